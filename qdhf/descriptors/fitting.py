"""The learner: a linear map from similarity judgments, averaged over everything that the answers leave possible.

The published learner (see ``as_published``) looks for one projection, from a random start; so do point estimates with a
prior. With 50 answers thousands of projections agree with all of them, and the best-fitting one is a bad guess. Here the
posterior of the map (``target``, ``likelihood``) is sampled (``sampling``), and the map shown is the one whose squared
distances come closest to the posterior mean of squared distances: the principal axes of all draws' maps laid side by
side. The same draws say how sure a place or an answer is (``posterior``) and what to ask next (``judgments.questions``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.descriptors.likelihood import Likelihood, as_answers, selected
from qdhf.descriptors.maps import ROWS, RawDraws, averaged, steepness
from qdhf.descriptors.projection import principal_axes
from qdhf.descriptors.sampling import Drawn, Effort, go_on, pooled, sample
from qdhf.descriptors.target import Target
from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.types import Answers, FloatArray, IntArray, Projection, Triplets

MOST_AXES = 64  # the map may use this many principal directions of the features
FIRST, EARLY = 200, 100  # answers that draws start from where there are many more, or where all at once missed the mode
MANY = 300  # answers, beyond which only the first are faded in from nothing
MOST_SAMPLED = 2500  # answers; beyond, the posterior is taken to be normal around its mode
MORE = 1.5  # times as many answers: draws are made from scratch, for a population that is only moved can miss a mode
DOUBTFUL, COIN = 0.55, 0.66  # nats an answer; a coin flip has 0.69
ODDS = 3.0  # log odds, before any answer, that people see something else than the prior does


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A map from answers. ``steepness``: logits per squared unit of the map; ``temperatures``: (raters,), 1 for all
    where they were not asked for; ``evident``: probability that the answers say more than the prior does; ``scale``: how
    far draws leave the prior, in its own units (mean); ``state``: to go on from when more answers come in."""

    projection: Projection
    draws: RawDraws
    steepness: float
    lapse: float
    temperatures: FloatArray
    evident: float
    scale: float
    state: State

    @property
    def stayed(self) -> bool:
        """Whether the answers so far do not speak against the prior."""
        return self.evident < 0.5


class Design:
    """Features in reduced, scaled coordinates: the prior's mean |Δ| over random triplets is 2, its weights' rows have
    unit length on average."""

    def __init__(self, features: FloatArray, prior: Projection) -> None:
        found = principal_axes(features, MOST_AXES)
        self.prior, self.axes = prior, found.axes
        some = features[np.linspace(0, len(features) - 1, min(len(features), ROWS)).round().astype(int)]
        r, a, b = np.random.default_rng(0).integers(0, len(some), (3, 4000))
        places = prior(some)
        gap = np.abs(((places[r] - places[b]) ** 2).sum(axis=1) - ((places[r] - places[a]) ** 2).sum(axis=1)).mean()
        weights = np.asarray(prior.weights, np.float64)
        unit = float(np.sqrt(np.mean(np.sum(weights**2, axis=1)))) or 1.0
        stretch = np.sqrt(2.0 / gap) if gap > 0 else 1.0
        self.to_prior = weights * (stretch / prior.scale)  # (k, d)
        self.to_reduced = self.axes * (stretch * unit / prior.scale)  # (p, d)
        self.some = some

    def target(self, features: FloatArray, likelihood: Likelihood, raters: int, dtype: type) -> Target:
        used, where = np.unique(likelihood.pairs, return_inverse=True)
        x = np.asarray(features[used], np.float64) - self.prior.mean
        one, other = where.reshape(-1, 2).T
        reduced, places = x @ self.to_reduced.T, x @ self.to_prior.T
        return Target(
            likelihood, np.ascontiguousarray(reduced[one] - reduced[other], dtype),
            np.ascontiguousarray(places[one] - places[other], dtype), raters,
        )  # fmt: skip

    def targets(
        self, features: FloatArray, answers: Answers, weights: FloatArray, raters: int
    ) -> Callable[[IntArray, type], Target]:
        """The target of some rows of ``answers``."""

        def of(rows: IntArray, dtype: type) -> Target:
            part = answers if len(rows) == len(answers) else selected(answers, rows)
            return self.target(features, Likelihood(part, weights[rows]), raters, dtype)

        return of

    def raw(self, target: Target, drawn: Drawn, evident: float) -> RawDraws:
        """The draws as maps, and the prior itself with what is left of the probability."""
        maps, k = target.maps(drawn.u), len(self.to_prior)
        steps = maps.steps * maps.scale[:, None, None]  # (s, p, k)
        stretched = maps.trust[:, None, None] * np.eye(k)
        own = np.concatenate([stretched, steps.transpose(0, 2, 1)], axis=2)  # (s, k, k + p)
        alone = np.concatenate([np.eye(k), np.zeros((k, steps.shape[1]))], axis=1)[None]
        share = np.append(evident * drawn.share, 1 - evident)
        return RawDraws(
            basis=np.concatenate([self.to_prior, self.to_reduced]), mean=np.asarray(self.prior.mean, np.float64),
            coefficients=np.concatenate([own, alone]), lapse=np.append(maps.lapse, drawn.share @ maps.lapse), share=share,
        )  # fmt: skip


@dataclass(frozen=True)
class State:
    """What a fit can be continued from: ``answers`` and their ``weights`` known so far, and the draws."""

    design: Design
    answers: Answers
    weights: FloatArray
    drawn: Drawn
    evident: float
    scratch: int  # answers that the last fit from scratch knew


def effort_for(n: int) -> Effort:
    """How hard to sample for ``n`` answers, or to go on with those beyond the first: the more, the less draws differ."""
    if n <= MANY:
        return Effort(islands=3)
    return Effort(moves=4, last=6) if n <= 2 * MANY else Effort(moves=2, last=3)


def fit_projection(
    features: FloatArray,
    answers: Answers | Triplets,
    *,
    prior: Projection,
    rng: np.random.Generator,
    weights: FloatArray | None = None,
    temperatures: bool = False,
    effort: Effort | None = None,
) -> Learned:
    """Learn a map of (n, d) ``features`` from ``answers`` over their rows, as many axes as ``prior`` has.

    ``weights``: (answers,) how often each counts (triplets first, then choices in order); ``temperatures``: give each
    rater one; ``effort``: how hard to sample, by the number of answers where None. Deterministic given ``rng``.
    Raises NotEnoughJudgments without answers, InvalidInput where their rows are not in ``features``.
    """
    x, known = checks.matrix("features", features, columns=prior.mean.shape[0]), as_answers(answers)
    if not len(known):
        raise NotEnoughJudgments("A fit needs at least one answer; there is none. Label some questions first.")
    counts = np.ones(len(known)) if weights is None else np.asarray(weights, np.float64)
    likelihood = Likelihood(known, counts)
    _check_rows(likelihood.pairs, len(x))
    raters = len(known.raters) if temperatures else 0
    with one_thread():
        design = Design(x, prior)
        target = design.targets(x, known, counts, raters)
        drawn = _sampled(target, len(known), effort, rng)
        evident = _evident(design, x, likelihood, drawn, rng)
        if evident < 0.5 and len(known) > MANY:  # so many answers always say something: a mode may have been missed
            again = _sampled(target, len(known), effort, rng)
            drawn = max(drawn, again, key=lambda found: found.log_evidence)
            evident = _evident(design, x, likelihood, drawn, rng)
        return _learned(State(design, known, counts, drawn, evident, len(known)), raters)


def refit(features: FloatArray, answers: Answers, before: Learned, *, rng: np.random.Generator) -> Learned:
    """``before``, continued with answers that came since: quick, but not exactly what a fit from scratch gives.

    ``answers``: all of them. Where they do not begin with those that ``before`` knows (some were undone), where another
    kind of question was answered, or where raters have temperatures, all are fitted anew. Where they are ``MORE`` times
    as many as at the last fit from scratch, they are also fitted anew, and the fit that makes them more probable is kept.
    """
    state, n = before.state, len(before.state.answers)
    heated = bool((before.temperatures != 1).any())
    if heated or not _begins(answers, state.answers):
        return fit_projection(features, answers, prior=state.design.prior, rng=rng, temperatures=heated)
    new = selected(answers, np.arange(n, len(answers)))
    if not len(new):
        return before
    with one_thread():
        old = state.design.target(features, Likelihood(state.answers), 0, np.float32)
        fresh = state.design.target(features, Likelihood(new), 0, np.float32)
        few = Effort(draws=48, moves=2, last=3)
        drawn = go_on(fresh, state.drawn, old, rng=rng, effort=few)
        likelihood = Likelihood(answers)
        evident = _evident(state.design, np.asarray(features), likelihood, drawn, rng)
    often = len(answers) > MORE * state.scratch
    after = _learned(
        State(state.design, answers, np.ones(len(answers)), drawn, evident, len(answers) if often else state.scratch), 0
    )
    if not often:
        return after
    anew = fit_projection(features, answers, prior=state.design.prior, rng=rng)
    return max(after, anew, key=lambda learned: learned.state.drawn.log_evidence)


def _begins(answers: Answers, known: Answers) -> bool:
    n = len(known.triplets)
    same = not answers.choices and not known.choices and 0 < n <= len(answers.triplets)
    return same and bool(
        (answers.triplets.items[:n] == known.triplets.items).all()
        and (answers.triplets.target[:n] == known.triplets.target).all()
    )


def _check_rows(pairs: IntArray, n: int) -> None:
    if pairs.min() < 0 or pairs.max() >= n:
        raise InvalidInput(f"Answers must name rows 0 to {n - 1} of the features; got {pairs.min()} to {pairs.max()}.")


def _sampled(
    target: Callable[[IntArray, type], Target], n: int, effort: Effort | None, rng: np.random.Generator
) -> Drawn:
    """Draws given all ``n`` answers; ``target`` is that of some of them."""
    every = np.arange(n)
    if n <= MANY:
        found = _faded_in(target(every, np.float32), n, effort, rng)
        missed = effort is None and n > EARLY and found.log_evidence < -COIN * n
        return max(found, _in_two(target, EARLY, n, None, rng), key=lambda f: f.log_evidence) if missed else found
    if n <= MOST_SAMPLED:
        return _in_two(target, FIRST, n, effort, rng)
    begun = _faded_in(target(every[:FIRST], np.float32), FIRST, effort, rng)
    return _normal(target(every, np.float64), begun, rng)


def _in_two(
    target: Callable[[IntArray, type], Target], first: int, n: int, effort: Effort | None, rng: np.random.Generator
) -> Drawn:
    """Draws given the ``first`` answers, then given all ``n``: early questions are easier, and show the mode."""
    known, rest = target(np.arange(first), np.float32), target(np.arange(first, n), np.float32)
    begun = _faded_in(known, first, effort, rng)
    return go_on(rest, begun, known, rng=rng, effort=effort or effort_for(max(n, MANY + 1)))


def _faded_in(target: Target, n: int, effort: Effort | None, rng: np.random.Generator) -> Drawn:
    """Draws of ``target`` from nothing; with twice the islands where its ``n`` answers look much like coin flips, which
    is what they look like where the mode was missed."""
    found = sample(target, target.size, rng=rng, effort=effort or effort_for(n))
    if effort is None and found.log_evidence < -DOUBTFUL * n:
        found = pooled(found, sample(target, target.size, rng=rng, effort=effort_for(n)))
    return found


def _normal(target: Target, begun: Drawn, rng: np.random.Generator) -> Drawn:
    """Draws from the normal approximation at the mode, which is looked for from the best of the draws at hand."""
    some = begun.u[:: max(1, len(begun.u) // 8)]
    first = some[int(np.argmax(target(some)[0]))]

    def loss(u: FloatArray) -> tuple[float, FloatArray]:
        value, slope = target(u[None])
        return 0.5 * float(u @ u) - float(value[0]), u - slope[0]

    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 100, "ftol": 1e-8})
    w = target.weights
    root = np.linalg.cholesky(target.information(found.x))
    draws = np.tile(found.x, (48, 1))
    draws[:, :w] += np.linalg.solve(root.T, rng.normal(size=(w, 48))).T
    evidence = -float(found.fun) - float(np.log(np.diag(root)).sum())
    return Drawn(draws, evidence, np.full(48, 1 / 48))


def _evident(
    design: Design, features: FloatArray, likelihood: Likelihood, drawn: Drawn, rng: np.random.Generator
) -> float:
    """Probability that the answers come from the sampled maps rather than from the prior, stretched, by the evidence for
    either. Beforehand the maps are the likelier by far: where the prior is useless, evidence alone takes long to say so.
    Beyond ``MOST_SAMPLED`` answers it is certain."""
    if len(likelihood) > MOST_SAMPLED:
        return 1.0
    whole = design.target(features, likelihood, 0, np.float32)
    alone = Target(likelihood, whole.reduced[:, :0], whole.prior)
    stay = sample(alone, alone.size, rng=rng, effort=Effort(draws=48, moves=2, last=1, leaps=4))
    return float(expit(ODDS + drawn.log_evidence - stay.log_evidence))


def _learned(state: State, raters: int) -> Learned:
    design = state.design
    none = np.zeros((0, len(design.axes))), np.zeros((0, len(design.to_prior)))
    shape = Target(Likelihood(as_answers(_nothing())), *none, raters)  # coordinates mean the same whatever was answered
    maps = shape.maps(state.drawn.u)
    raw = design.raw(shape, state.drawn, state.evident)
    projection = averaged(raw, design.some)
    heat = np.ones(len(state.answers.raters)) if maps.temperature is None else maps.temperature @ state.drawn.share
    lapse = float(raw.share @ raw.lapse)
    return Learned(
        projection=projection, draws=raw, steepness=steepness(projection, raw, design.some, lapse), lapse=lapse,
        temperatures=heat, evident=state.evident, scale=float(state.drawn.share @ maps.scale), state=state,
    )  # fmt: skip


def _nothing() -> Triplets:
    return Triplets(items=np.zeros((0, 3), np.int64), target=np.zeros(0, np.float32), rater=np.zeros(0, np.int64))
