"""What people call better, learned from pairs: a utility linear in the features (Bradley & Terry 1952; Thurstone 1927).

P(x is better than y) = σ(u(x) − u(y)), u(x) = w·z(x), z the principal coordinates of the standardised features. A normal
prior holds w back; how much is chosen by the evidence of the answers (Laplace's approximation, MacKay 1992), so that few
answers give a nearly even preference instead of a wild one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from qdhf.errors import NotEnoughJudgments
from qdhf.types import FloatArray, IntArray, Judgment

COORDINATES = 24  # principal coordinates of the features that a preference may use
LEAST = 10  # pairs told apart, before a preference is learned
PRECISIONS = np.geomspace(0.03, 3000, 24)
STEPS = 50  # Newton's, at most
TARGETS = {"a": 1.0, "b": 0.0, "tie": 0.5}


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Answers to "which is better?". ``items``: (m, 2) rows of a matrix, a and b. ``target``: (m,) probability that a is
    better: 1, 0, ½ for "can't tell"; ¾ and ¼ where an answer says "a bit"."""

    items: IntArray
    target: FloatArray

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, kw_only=True)
class Preference:
    """A learned utility. ``weights``: (b,), ``basis``: (b, d), ``mean``: (d,). ``typical``: the median utility of the items
    it was learned with. ``precision``: of the prior, as chosen; ``pairs``: how many answers taught it."""

    weights: FloatArray
    basis: FloatArray
    mean: FloatArray
    typical: float
    precision: float
    pairs: int

    def utility(self, features: FloatArray) -> FloatArray:
        """(n,) of (n, d) ``features``."""
        found: FloatArray = (np.asarray(features, np.float64) - self.mean) @ self.basis.T @ self.weights
        return found

    def __call__(self, features: FloatArray) -> FloatArray:
        """(n,) float32 in (0, 1): the probability to be preferred to a typical item."""
        found: FloatArray = expit(self.utility(features) - self.typical).astype(np.float32)
        return found


def to_pairs(ids: Sequence[str], judgments: Iterable[Judgment]) -> Pairs:
    """The answers to "which is better?" as rows over ``ids``; skips, and what is not there, are left out."""
    row = {item: i for i, item in enumerate(ids)}
    kept = [
        (row[j.a], row[j.b], 0.5 + (TARGETS[j.closer] - 0.5) * j.grade)
        for j in judgments
        if j.kind == "better" and j.closer in TARGETS and j.a in row and j.b in row
    ]
    table = np.array(kept, np.float64).reshape(-1, 3)
    return Pairs(items=table[:, :2].astype(np.int64), target=table[:, 2])


def learn_preference(features: FloatArray, pairs: Pairs) -> Preference:
    """The preference that ``pairs`` speak for, over (n, d) ``features``. Deterministic.

    Raises NotEnoughJudgments below ``LEAST`` answers that tell two items apart."""
    told = int((pairs.target != 0.5).sum())
    if told < LEAST:
        raise NotEnoughJudgments(
            f"Learning what is better takes {LEAST} answers to “Which is better?” that choose one; there are {told}."
        )
    mean, basis = _coordinates(features)
    coordinates = (np.asarray(features, np.float64) - mean) @ basis.T
    gaps = coordinates[pairs.items[:, 0]] - coordinates[pairs.items[:, 1]]
    found = [_fit(gaps, pairs.target, precision) for precision in PRECISIONS]
    best = int(np.argmax([evidence for _, evidence in found]))
    weights = found[best][0]
    return Preference(
        weights=weights, basis=basis, mean=mean, typical=float(np.median(coordinates @ weights)),
        precision=float(PRECISIONS[best]), pairs=len(pairs),
    )  # fmt: skip


def preference_accuracy(preference: Preference, features: FloatArray, pairs: Pairs) -> tuple[int, int]:
    """(how many of ``pairs`` it orders as people did, of how many that tell two items apart); equal utilities are wrong."""
    told = pairs.target != 0.5
    utility = preference.utility(features)
    gap = utility[pairs.items[:, 0]] - utility[pairs.items[:, 1]]
    right = np.where(pairs.target > 0.5, gap > 0, gap < 0)
    return int(right[told].sum()), int(told.sum())


def _coordinates(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(mean (d,), basis (b, d)): the leading principal axes, all scaled alike, the first to unit variance."""
    features = np.asarray(features, np.float64)
    mean = features.mean(axis=0)
    _, size, axes = np.linalg.svd(features - mean, full_matrices=False)
    kept = min(COORDINATES, len(size))
    scale = max(float(size[0]) / np.sqrt(len(features)), 1e-12)
    return mean, axes[:kept] / scale


def _fit(gaps: FloatArray, target: FloatArray, precision: float) -> tuple[FloatArray, float]:
    """(w at the posterior's mode by Newton's method, log evidence up to a constant)."""
    size = gaps.shape[1]
    weights, eye = np.zeros(size), precision * np.eye(size)
    for _ in range(STEPS):
        chance = expit(gaps @ weights)
        slope = gaps.T @ (target - chance) - precision * weights
        curve = (gaps * (chance * (1 - chance))[:, None]).T @ gaps + eye
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    chance = np.clip(expit(gaps @ weights), 1e-12, 1 - 1e-12)
    curve = (gaps * (chance * (1 - chance))[:, None]).T @ gaps + eye
    likelihood = float((target * np.log(chance) + (1 - target) * np.log1p(-chance)).sum())
    prior = -0.5 * precision * float(weights @ weights) + 0.5 * size * np.log(precision)
    return weights, likelihood + prior - 0.5 * float(np.linalg.slogdet(curve)[1])
