"""The learner: a linear map from similarity judgments, pulled toward axes known before.

A judgment's probability is P(a closer) = e + (1 − 2e)·σ(β·Δ), Δ = ‖f(r) − f(b)‖² − ‖f(r) − f(a)‖²: the logistic
triplet likelihood (stochastic triplet embedding, van der Maaten & Weinberger 2012, eq. 2, of which Δ is the log odds
for a Gaussian kernel) with a lapse rate e, as psychometric functions have, here bounded by ``MOST_LAPSES``. Ours differ
from the published hinge (see ``as_published``) in that Δ gets a probability, wrong answers a price with a ceiling and
the map a prior: a penalty λ‖V‖² on what is added to the prior's weights, or, where the answers contradict the prior,
on the whole map. λ and the choice between the two are cross-validated over unseen items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.descriptors.projection import principal_axes, tidy
from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.types import FloatArray, IntArray, Projection, Triplets

MOST_LAPSES = 0.25
MOST_AXES = 64  # the map may use this many principal directions of the features
STAY = 1e6  # strength that stands for "the prior itself"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A way to fit: how strongly to pull, and toward the prior or toward no map at all."""

    strength: float
    to_prior: bool = True

    @property
    def price(self) -> float:
        """Nats by which the answers must favour this over staying: giving up the prior takes the most evidence."""
        return 0.0 if self.strength >= STAY else 0.5 if self.to_prior else 2.0


CANDIDATES = (
    Candidate(strength=STAY),
    *(Candidate(strength=s) for s in (100.0, 30.0, 10.0, 3.0)),
    *(Candidate(strength=s, to_prior=False) for s in (10.0, 3.0)),
)


@dataclass(frozen=True, kw_only=True)
class Learned:
    """``loss``: cross-validated log loss per answer of each candidate in order (empty with one candidate)."""

    projection: Projection
    candidate: Candidate
    lapse: float
    loss: tuple[float, ...]

    @property
    def stayed(self) -> bool:
        return self.candidate.strength >= STAY


@dataclass(frozen=True)
class _Rows:
    """Differences reference − b stacked over reference − a (2m, p), the same for the prior's places (2m, k)."""

    reduced: FloatArray
    prior: FloatArray
    target: FloatArray

    def __getitem__(self, kept: IntArray) -> _Rows:
        both = np.concatenate([kept, kept + len(self.target)])
        return _Rows(self.reduced[both], self.prior[both], self.target[kept])


def _gaps(z: FloatArray) -> FloatArray:
    """Δ (m,) from stacked place differences (2m, k)."""
    squares = np.einsum("ij,ij->i", z, z)
    half = len(z) // 2
    gaps: FloatArray = squares[:half] - squares[half:]
    return gaps


def _loss(theta: FloatArray, rows: _Rows, strength: float) -> tuple[float, FloatArray]:
    """Penalised negative log likelihood and its gradient in theta = (V as (p, k), log β, logit of e / MOST_LAPSES)."""
    p, k = rows.reduced.shape[1], rows.prior.shape[1]
    v, log_beta, lapse_logit = theta[: p * k].reshape(p, k), theta[-2], theta[-1]
    beta, share = np.exp(log_beta), expit(lapse_logit)
    lapse = MOST_LAPSES * share
    z = rows.prior + rows.reduced @ v  # (2m, k)
    gaps = _gaps(z)
    sure = expit(beta * gaps)
    chance = np.clip(lapse + (1 - 2 * lapse) * sure, 1e-9, 1 - 1e-9)
    y = rows.target
    nll = -np.sum(y * np.log(chance) + (1 - y) * np.log1p(-chance))
    by_chance = (1 - y) / (1 - chance) - y / chance
    by_logit = by_chance * (1 - 2 * lapse) * sure * (1 - sure)
    weighted = np.concatenate([by_logit, -by_logit])[:, None] * (2 * beta * z)
    slope_v = rows.reduced.T @ weighted + 2 * strength * v
    slope_beta = beta * (by_logit @ gaps) + 0.1 * log_beta
    slope_lapse = (by_chance @ (1 - 2 * sure)) * lapse * (1 - share) + 0.2 * (lapse_logit + 1)
    # weak priors keep β and e finite where answers are few or without contradiction
    value = nll + strength * np.sum(v * v) + 0.05 * log_beta**2 + 0.1 * (lapse_logit + 1) ** 2
    return float(value), np.concatenate([slope_v.ravel(), [slope_beta, slope_lapse]])


def _solve(rows: _Rows, candidate: Candidate, start: FloatArray | None, steps: int) -> FloatArray:
    """theta after at most ``steps`` steps of L-BFGS."""
    size = rows.reduced.shape[1] * rows.prior.shape[1]
    theta = np.zeros(size + 2) if start is None else start.copy()
    theta[-1] = theta[-1] or -1.0
    free = [(None, None)] * size + [(-6.0, 6.0), (-8.0, 8.0)]
    found = minimize(
        _loss, theta, args=(rows, candidate.strength), jac=True, method="L-BFGS-B", bounds=free,
        options={"maxiter": steps, "ftol": 1e-7, "gtol": 1e-4},
    )  # fmt: skip
    return np.asarray(found.x)


class _Problem:
    """Triplets in reduced, scaled coordinates: the prior's mean |Δ| is 2 and its weights have unit rows on average."""

    def __init__(self, features: FloatArray, triplets: Triplets, prior: Projection) -> None:
        found = principal_axes(features, MOST_AXES)
        self.prior, self.axes = prior, found.axes
        used, where = np.unique(triplets.items, return_inverse=True)
        items = where.reshape(-1, 3)
        x = np.asarray(features[used], np.float64) - prior.mean
        r, a, b = items.T
        pairs = np.concatenate([r, r]), np.concatenate([b, a])
        places = x @ (np.asarray(prior.weights, np.float64).T / prior.scale)
        steps = places[pairs[0]] - places[pairs[1]]
        gap = float(np.abs(_gaps(steps)).mean())
        stretch = np.sqrt(2.0 / gap) if gap > 0 else 1.0
        self.unit = max(float(np.sqrt(np.mean(np.sum(np.square(prior.weights, dtype=np.float64), axis=1)))), 1e-12)
        reduced = x @ (found.axes.T * (stretch * self.unit / prior.scale))
        self.rows = _Rows(reduced[pairs[0]] - reduced[pairs[1]], stretch * steps, triplets.target.astype(np.float64))
        self.items = items

    def rows_for(self, candidate: Candidate) -> _Rows:
        rows = self.rows
        if candidate.strength >= STAY:
            return _Rows(rows.reduced[:, :0], rows.prior, rows.target)
        return rows if candidate.to_prior else _Rows(rows.reduced, np.zeros_like(rows.prior), rows.target)

    def start(self, candidate: Candidate) -> FloatArray | None:
        """Zero is the prior itself; without one, half of it (zero would be a saddle point)."""
        if candidate.to_prior:
            return None
        v = 0.5 * self.axes @ np.asarray(self.prior.weights, np.float64).T / self.unit  # (p, k)
        return np.concatenate([v.ravel(), [0.0, 0.0]])

    def projection(self, candidate: Candidate, theta: FloatArray) -> Projection:
        if candidate.strength >= STAY:
            return self.prior
        k = len(self.prior.weights)
        weights = self.unit * theta[:-2].reshape(-1, k).T @ self.axes  # (k, d)
        if candidate.to_prior:
            weights = weights + self.prior.weights
        return tidy(weights, np.asarray(self.prior.mean), self.prior.scale)


def item_folds(items: IntArray, folds: int, rng: np.random.Generator) -> list[tuple[IntArray, IntArray]]:
    """(train rows, test rows) per fold, split by item: a test row holds an item that no training row has.

    ``items``: (m, 3). Folds without training or test rows are left out; where that leaves none (very few items),
    rows are split at random instead.
    """
    group = rng.permutation(np.arange(items.max() + 1)) % folds
    hit = np.stack([(group[items] == f).any(axis=1) for f in range(folds)])  # (folds, m)
    found: list[tuple[IntArray, IntArray]]
    found = [(np.flatnonzero(~h), np.flatnonzero(h)) for h in hit if 0 < h.sum() <= 0.9 * len(h)]
    if found:
        return found
    part = rng.permutation(len(items)) % min(folds, len(items))
    return [(np.flatnonzero(part != f), np.flatnonzero(part == f)) for f in range(int(part.max()) + 1)]


def calibrated_loss(logits: FloatArray, target: FloatArray) -> float:
    """Least mean log loss of ``target`` (m,) under e + (1 − 2e)·σ(γ·logits), over a grid of γ and e.

    Maps fitted to part of the answers order unseen ones better than their confidence says. Comparing them after
    calibration compares the order (measured on people's and planted answers: without it, staying with the prior wins
    long after the learned map is better).
    """
    unit = max(float(np.abs(logits).mean()), 1e-12)
    sure = expit(np.geomspace(0.01, 30, 25)[:, None] / unit * logits)  # (25, m)
    best = np.inf
    for lapse in np.linspace(0, MOST_LAPSES, 6):
        chance = np.clip(lapse + (1 - 2 * lapse) * sure, 1e-9, 1 - 1e-9)
        loss = -(target * np.log(chance) + (1 - target) * np.log1p(-chance)).mean(axis=1)
        best = min(best, float(loss.min()))
    return best


def _cross_validate(
    problem: _Problem, candidates: tuple[Candidate, ...], folds: int, rng: np.random.Generator
) -> tuple[float, ...]:
    """Calibrated log loss per held-out answer, of each candidate; all folds of a candidate calibrated as one."""
    parts = item_folds(problem.items, folds, rng)
    target = np.concatenate([problem.rows.target[test] for _, test in parts])
    losses = []
    thetas: list[FloatArray | None] = [None] * len(parts)
    for i, candidate in enumerate(candidates):
        rows, before = problem.rows_for(candidate), candidates[i - 1]
        warm = i > 0 and before.to_prior == candidate.to_prior and before.strength < STAY
        logits = []
        for part, (train, test) in enumerate(parts):
            start = thetas[part] if warm else problem.start(candidate)
            theta = thetas[part] = _solve(rows[train], candidate, start, steps=60)
            logits.append(_logits(theta, rows[test]))
        losses.append(calibrated_loss(np.concatenate(logits), target))
    return tuple(losses)


def _logits(theta: FloatArray, rows: _Rows) -> FloatArray:
    """β·Δ (m,)."""
    gaps = _gaps(rows.prior + rows.reduced @ theta[:-2].reshape(-1, rows.prior.shape[1]))
    logits: FloatArray = np.exp(theta[-2]) * gaps
    return logits


def fit_projection(
    features: FloatArray,
    triplets: Triplets,
    *,
    prior: Projection,
    rng: np.random.Generator,
    candidates: tuple[Candidate, ...] = CANDIDATES,
    folds: int = 5,
) -> Learned:
    """Learn a map of (n, d) ``features`` from ``triplets`` over their rows, as many axes as ``prior`` has.

    Of ``candidates`` the one with the smallest cross-validated loss (plus its price) is fitted to all answers, so few
    or contradictory answers change little. Deterministic given ``rng``.
    Raises NotEnoughJudgments without triplets, InvalidInput where their rows are not in ``features``.
    """
    x = checks.matrix("features", features, columns=prior.mean.shape[0])
    if not len(triplets):
        raise NotEnoughJudgments("A fit needs at least one answer; there is none. Label some questions first.")
    if triplets.items.min() < 0 or triplets.items.max() >= len(x):
        given = f"{triplets.items.min()} to {triplets.items.max()}"
        raise InvalidInput(f"Triplets must name rows 0 to {len(x) - 1} of the features; got {given}.")
    with one_thread():
        problem = _Problem(x, triplets, prior)
        loss = _cross_validate(problem, candidates, folds, rng) if len(candidates) > 1 else ()
        totals = [each * len(triplets) + c.price for each, c in zip(loss, candidates, strict=False)]
        best = candidates[int(np.argmin(totals)) if loss else 0]
        theta = _solve(problem.rows_for(best), best, problem.start(best), steps=300)
    lapse = float(MOST_LAPSES * expit(theta[-1]))
    return Learned(projection=problem.projection(best, theta), candidate=best, lapse=lapse, loss=loss)
