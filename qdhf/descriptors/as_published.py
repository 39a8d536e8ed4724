"""The learner of the QDHF paper, to compare with.

Ding et al. 2024 (arXiv 2310.12103), section 3.2, eq. 3, with what their released code adds: hinge on squared
distances, margin 0.05; one linear layer with bias, uniform initial weights in ±1/√d; Adam with step 0.001 on batches of
32 drawn with replacement; the last quarter of the answers, in order of time, decides when to stop: once the mean
accuracy of the newest ten epochs is below that of the ten that end one epoch earlier.
Written from that description.
"""

from __future__ import annotations

import numpy as np

from qdhf import checks
from qdhf.descriptors.projection import tidy
from qdhf.errors import NotEnoughJudgments
from qdhf.types import FloatArray, Projection, Triplets

MARGIN, STEP, BATCH = 0.05, 1e-3, 32
PATIENCE = 10  # epochs that validation accuracy is compared over


class _Adam:
    """Kingma & Ba 2015, algorithm 1, with its default decay rates."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._m, self._v, self._t = np.zeros(shape), np.zeros(shape), 0

    def step(self, gradient: FloatArray) -> FloatArray:
        self._t += 1
        self._m = 0.9 * self._m + 0.1 * gradient
        self._v = 0.999 * self._v + 0.001 * gradient**2
        m, v = self._m / (1 - 0.9**self._t), self._v / (1 - 0.999**self._t)
        return np.asarray(STEP * m / (np.sqrt(v) + 1e-8))


def _hinge_slope(weights: FloatArray, to_a: FloatArray, to_b: FloatArray, sign: FloatArray) -> FloatArray:
    """Gradient (k, d) of mean max(0, MARGIN − sign·Δ); ``to_a``, ``to_b``: (m, d) differences to the reference."""
    at_a, at_b = to_a @ weights.T, to_b @ weights.T
    delta = (at_b**2).sum(axis=1) - (at_a**2).sum(axis=1)
    active = np.where(sign * delta < MARGIN, -sign, 0.0)[:, None] / len(sign)
    return np.asarray(2 * ((active * at_b).T @ to_b - (active * at_a).T @ to_a))


def fit_as_published(
    features: FloatArray, triplets: Triplets, *, k: int = 2, rng: np.random.Generator, most_epochs: int = 1000
) -> Projection:
    """The published projection of (n, d) ``features``; ties are left out, for the published loss has none.

    The bias of their linear layer shifts all places alike and never enters a distance, so it is left out.
    Raises NotEnoughJudgments below 4 answers.
    """
    x = np.asarray(checks.matrix("features", features), np.float64)
    told = np.flatnonzero(triplets.target != 0.5)
    if len(told) < 4:
        raise NotEnoughJudgments(f"The published recipe needs 4 answers other than “can't tell”; got {len(told)}.")
    r, a, b = triplets.items[told].T
    to_a, to_b, sign = x[r] - x[a], x[r] - x[b], np.where(triplets.target[told] > 0.5, 1.0, -1.0)
    cut = max(1, int(0.75 * len(told)))
    weights = rng.uniform(-1, 1, (k, x.shape[1])) / np.sqrt(x.shape[1])
    adam, accuracy = _Adam(weights.shape), []
    for epoch in range(most_epochs):
        for _ in range(max(1, cut // BATCH)):
            batch = rng.integers(0, cut, BATCH)
            weights -= adam.step(_hinge_slope(weights, to_a[batch], to_b[batch], sign[batch]))
        delta = ((to_b[cut:] @ weights.T) ** 2).sum(axis=1) - ((to_a[cut:] @ weights.T) ** 2).sum(axis=1)
        accuracy.append(float((delta * sign[cut:] > 0).mean()))
        if epoch > PATIENCE and np.mean(accuracy[-PATIENCE:]) < np.mean(accuracy[-1 - PATIENCE : -1]):
            break
    return tidy(weights, x.mean(axis=0), 1.0)
