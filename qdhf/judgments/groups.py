"""Groups of raters: how many there are, who belongs together, and what each group sees.

People are one group unless their answers say otherwise: one more group must predict answers that it never saw better,
by more than one standard error over raters. See ``groups_em`` for the mixture itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.descriptors.fitting import Design, fit_projection
from qdhf.descriptors.likelihood import Likelihood, selected
from qdhf.descriptors.projection import pca_projection
from qdhf.descriptors.validation import gaps, wilson
from qdhf.errors import NotEnoughJudgments
from qdhf.judgments.groups_em import Em, Mixture, per_answer, squares
from qdhf.types import Accuracy, Answers, FloatArray, IntArray, Projection, Triplets

LEAST_ANSWERS = 20  # of a rater, before anything can be said about their group
LEAST_RATERS = 2
MOST_GROUPS = 3
LEAST_GAIN = 0.1  # nats per rater: less is rounding
FOLDS, RESTARTS = 4, 3


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What some raters see: P(a closer) = lapse + (1 − 2·lapse)·σ(steepness·Δ) on the map of ``projection``."""

    projection: Projection
    steepness: float
    lapse: float

    def probabilities(self, features: FloatArray, items: IntArray) -> FloatArray:
        """(m,) probability that a is closer, of (m, 3) rows reference, a, b of (n, d) ``features``."""
        some = np.zeros(len(items))
        delta = gaps(self.projection(features), Triplets(items=items, target=some, rater=some.astype(np.int64)))
        found: FloatArray = self.lapse + (1 - 2 * self.lapse) * expit(self.steepness * delta)
        return found


@dataclass(frozen=True, kw_only=True)
class Group:
    """``share`` of the raters in [0, 1] (expected); ``own`` and ``pooled``: how often the group's own axes and
    everyone's order answers of its raters that neither was learned from; None where all are "can't tell"."""

    raters: tuple[str, ...]
    share: float
    axes: Axes
    own: Accuracy | None
    pooled: Accuracy | None


@dataclass(frozen=True, kw_only=True)
class Groups:
    """``groups``: largest first. ``membership``: (raters, groups) probabilities, in the order of ``raters``.

    ``gains``: for each number of groups tried beyond one, by how many nats per rater it predicts unseen answers better
    than one group fewer, and the standard error of that."""

    groups: tuple[Group, ...]
    raters: tuple[str, ...]
    membership: FloatArray
    everyone: Axes
    gains: tuple[tuple[float, float], ...]

    def __len__(self) -> int:
        return len(self.groups)


@dataclass(frozen=True)
class _HeldOut:
    """For every answer: its log likelihood by a mixture that never saw it, and whether the map of its rater's group
    orders it right (½ where that says nothing, NaN for "can't tell")."""

    log_likelihood: FloatArray
    right: FloatArray


def find_groups(
    features: FloatArray, answers: Answers, *, rng: np.random.Generator, most: int = MOST_GROUPS, axes: int = 2
) -> Groups:
    """Groups among the raters of ``answers`` about (n, d) ``features``, 1 to ``most``; maps have ``axes`` axes.

    Raters with fewer than ``LEAST_ANSWERS`` answers are left out. Deterministic given ``rng``.
    Raises NotEnoughJudgments with fewer than ``LEAST_RATERS`` raters left.
    """
    x, known = checks.matrix("features", features), with_enough(answers)
    if len(known.raters) < LEAST_RATERS:
        raise NotEnoughJudgments(
            f"Groups need at least {LEAST_RATERS} raters with {LEAST_ANSWERS} answers each; there "
            f"{'is' if len(known.raters) == 1 else 'are'} {len(known.raters)}. Ask more people, or the same ones more."
        )
    with one_thread():
        search = _Search(x, known, axes, rng)
        held_out, gains = [search.held_out(1)], []
        while len(held_out) < min(most, len(known.raters)):
            more = search.held_out(len(held_out) + 1)
            gains.append(search.gain(more, held_out[-1]))
            if gains[-1][0] <= max(gains[-1][1], LEAST_GAIN):
                break
            held_out.append(more)
        return search.groups(held_out, tuple(gains))


def with_enough(answers: Answers) -> Answers:
    """The answers of raters who gave at least ``LEAST_ANSWERS``, raters numbered anew."""
    rater = Likelihood(answers).rater
    counts = np.bincount(rater, minlength=len(answers.raters))
    kept = selected(answers, np.flatnonzero(counts[rater] >= LEAST_ANSWERS)) if len(rater) else answers
    who = np.flatnonzero(counts >= LEAST_ANSWERS)
    number = np.full(len(counts), -1)
    number[who] = np.arange(len(who))
    t = kept.triplets
    return Answers(
        triplets=Triplets(items=t.items, target=t.target, rater=number[t.rater]),
        choices=tuple(type(c)(pairs=c.pairs, chosen=c.chosen, rater=number[c.rater]) for c in kept.choices if len(c)),
        raters=tuple(answers.raters[i] for i in who),
    )


class _Search:
    """Mixtures of one to a few groups over the same answers, all measured on the same folds."""

    def __init__(self, features: FloatArray, answers: Answers, axes: int, rng: np.random.Generator) -> None:
        self._x, self._answers, self._rng = features, answers, rng
        self._design = Design(features, pca_projection(features, axes))
        self._likelihood = Likelihood(answers)
        self._fold = _folds(self._likelihood, rng)

    def _em(self, answers: Answers) -> Em:
        target = self._design.target(self._x, Likelihood(answers), 0, np.float64)
        return Em(target, answers, self._rng)

    def held_out(self, groups: int) -> _HeldOut:
        """``groups`` groups, cross-validated over answers within raters."""
        log_likelihood, right = np.zeros(len(self._fold)), np.zeros(len(self._fold))
        for fold in range(FOLDS):
            test = np.flatnonzero(self._fold == fold)
            mixture = self._em(selected(self._answers, np.flatnonzero(self._fold != fold))).fit(groups, RESTARTS)
            log_likelihood[test], right[test] = self._measured(mixture, selected(self._answers, test))
        return _HeldOut(log_likelihood, right)

    def _measured(self, mixture: Mixture, test: Answers) -> tuple[FloatArray, FloatArray]:
        target = self._design.target(self._x, Likelihood(test), 0, np.float64)
        of_answer = mixture.membership[target.likelihood.rater]  # (n, groups)
        chances = np.stack([np.exp(per_answer(target, m)) for m in mixture.maps], axis=1)
        right = np.stack([_right(target.likelihood, test, squares(target, m)) for m in mixture.maps], axis=1)
        own = right[np.arange(len(right)), of_answer.argmax(axis=1)]
        return np.log((chances * of_answer).sum(axis=1)), own

    def gain(self, more: _HeldOut, fewer: _HeldOut) -> tuple[float, float]:
        """(mean, standard error) over raters of what ``more`` groups predict better, in nats per rater."""
        n = len(self._answers.raters)
        each = np.bincount(self._likelihood.rater, more.log_likelihood - fewer.log_likelihood, n)
        return float(each.mean()), float(each.std(ddof=1) / np.sqrt(n))

    def groups(self, held_out: list[_HeldOut], gains: tuple[tuple[float, float], ...]) -> Groups:
        """The mixture with as many groups as ``held_out`` has entries, fitted to all answers; empty groups dropped."""
        em = self._em(self._answers)
        mixture = em.fit(len(held_out), RESTARTS)
        best, mean = mixture.membership.argmax(axis=1), mixture.membership.mean(axis=0)
        order = sorted(set(best.tolist()), key=lambda k: (-int((best == k).sum()), -float(mean[k])))
        everyone = self._axes(np.ones(len(best)))
        own = held_out[-1] if len(order) > 1 else held_out[0]
        found = []
        for k in order:
            mine = (best == k)[self._likelihood.rater]
            found.append(
                Group(
                    raters=tuple(r for r, b in zip(self._answers.raters, best, strict=True) if b == k),
                    share=float(mean[k]), axes=self._axes(mixture.membership[:, k]) if len(order) > 1 else everyone,
                    own=_accuracy(own.right[mine]), pooled=_accuracy(held_out[0].right[mine]),
                )
            )  # fmt: skip
        return Groups(
            groups=tuple(found), raters=self._answers.raters, membership=mixture.membership[:, order],
            everyone=everyone, gains=gains,
        )  # fmt: skip

    def _axes(self, of_rater: FloatArray) -> Axes:
        """The descriptor's own fit, every answer counted as often as its rater belongs to the group."""
        weights = of_rater[self._likelihood.rater]
        learned = fit_projection(self._x, self._answers, prior=self._design.prior, rng=self._rng, weights=weights)
        return Axes(projection=learned.projection, steepness=learned.steepness, lapse=learned.lapse)


def _folds(likelihood: Likelihood, rng: np.random.Generator) -> IntArray:
    """(n,) fold of each answer, spread evenly within raters; questions about the same items share a fold, so that no
    repeat of a question is learned from."""
    n = len(likelihood)
    low, high = np.full(n, np.iinfo(np.int64).max), np.zeros(n, np.int64)
    of_pair = likelihood.spread_over_pairs(np.arange(n))
    total = np.zeros(n, np.int64)
    for side in likelihood.pairs.T:
        np.minimum.at(low, of_pair, side)
        np.maximum.at(high, of_pair, side)
        np.add.at(total, of_pair, side * side)
    asked = np.unique(np.stack([low, high, total], axis=1), axis=0, return_inverse=True)[1].ravel()
    shuffled = rng.permutation(n)
    order = shuffled[np.argsort(likelihood.rater[shuffled], kind="stable")]
    fold, number = np.full(n, -1), 0
    for answer in order.tolist():
        if fold[answer] < 0:
            fold[asked == asked[answer]] = number % FOLDS
            number += 1
    return fold


def _right(likelihood: Likelihood, answers: Answers, far: FloatArray) -> FloatArray:
    """(n,) 1 where the squared distances ``far`` (q,) of the pairs put the chosen ones nearest, 0 where not, ½ where
    they are equal, NaN for "can't tell"."""
    m = len(answers.triplets)
    lead = (far[:m] - far[m : 2 * m]) * np.sign(likelihood.target - 0.5)
    parts, pair = [np.where(likelihood.target == 0.5, np.nan, 0.5 * (1 + np.sign(lead)))], 2 * m
    for c in answers.choices:
        n, width = c.pairs.shape[:2]
        screens = far[pair : pair + n * width].reshape(n, width)
        lead = screens[:, c.chosen :].min(axis=1) - screens[:, : c.chosen].max(axis=1)
        parts.append(0.5 * (1 + np.sign(lead)))
        pair += n * width
    return np.concatenate(parts)


def _accuracy(right: FloatArray) -> Accuracy | None:
    told = right[~np.isnan(right)]
    return wilson(float(told.sum()), len(told)) if len(told) else None
