"""A mixture of descriptors fitted by EM: raters who see different things get axes of their own.

MaxMin-RLHF (Chakraborty et al. 2024, arXiv 2402.08925, algorithm 2) clusters people by alternating between reward models
and assignments. Here the reward model is a map W_k with the likelihood of ``descriptors.likelihood``:

    E-step   r_uk ∝ π_k · Π_t P(y_t | W_k), over the answers t of rater u, in log space
    M-step   π_k = mean of r_uk over raters; W_k = the most probable map, answers weighted by r_uk

Ours differ in soft assignments, a lapse rate, the descriptors' prior over maps, and starts from moments of the answers.
How far maps leave their prior is held at what is expected before any answer: its most probable value would be as far as
can be (measured: with people's errors such maps say .02 to .06 less of unseen answers right, and are far too sure).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.special import logsumexp

from qdhf.descriptors.likelihood import Likelihood
from qdhf.descriptors.target import SCALE_AT, TRUST_SPREAD, Target
from qdhf.types import Answers, FloatArray, IntArray

ROUNDS = 10  # of E and M steps
FEW, MANY = 10, 100  # steps of L-BFGS within a round, and for maps that are kept
FIRM = 0.9  # how firmly a start assigns its raters
STILL = 0.01  # memberships that change less than this have settled
SIZES = (0.3, 0.6, 1.0, 2.0)  # tried for a map that starts from moments


@dataclass(frozen=True)
class Mixture:
    """``membership``: (raters, groups) probabilities; ``maps``: coordinates of each group's map in the target's terms;
    ``value``: log posterior of all of it, up to a constant."""

    membership: FloatArray
    maps: tuple[FloatArray, ...]
    value: float


def per_answer(target: Target, map_: FloatArray) -> FloatArray:
    """(n,) log likelihood of each answer under one map."""
    maps = target.maps(map_[None])
    found: FloatArray = target.likelihood(squares(target, map_)[:, None], maps.lapse)[0][:, 0]
    return found


def squares(target: Target, map_: FloatArray) -> FloatArray:
    """(q,) squared distances of the pairs under one map."""
    z = target.places(target.maps(map_[None]))[:, :, 0]
    return np.asarray(np.einsum("qk,qk->q", z, z))


class Em:
    """EM over the raters of ``answers``, whose pairs ``target`` (in float64) places. Deterministic given ``rng``."""

    def __init__(self, target: Target, answers: Answers, rng: np.random.Generator) -> None:
        self._target, self._answers, self._rng = target, answers, rng
        self._rater = target.likelihood.rater
        self._width = np.sqrt((target.reduced**2).mean(axis=0))
        self._raters = len(answers.raters)

    def fit(self, groups: int, restarts: int) -> Mixture:
        """The most probable of several mixtures: one from a clustering of moments, the others from random partitions."""
        if groups == 1:
            return self._finished(np.ones((self._raters, 1)))
        settled: list[FloatArray] = []
        for start in range(restarts):
            parts = self._clusters(groups) if start == 0 else self._rng.permutation(np.arange(self._raters) % groups)
            found = self._settle(np.eye(groups)[parts])
            if not any(_same(found, known) for known in settled):
                settled.append(found)
        return max((self._finished(found) for found in settled), key=lambda mixture: mixture.value)

    def _settle(self, firm: FloatArray) -> FloatArray:
        """Memberships after at most ``ROUNDS`` rounds from firm ones."""
        groups = firm.shape[1]
        membership: FloatArray = FIRM * firm + (1 - FIRM) / groups
        maps = [self._fresh(membership[:, k], FEW) for k in range(groups)]
        for _ in range(ROUNDS):
            before, membership = membership, self._expect(membership, maps)[0]
            if np.abs(membership - before).max() < STILL:
                break
            maps = [self._optimum(self._weighted(membership[:, k]), maps[k].x, FEW) for k in range(groups)]
        return membership

    def _finished(self, membership: FloatArray) -> Mixture:
        maps = [self._fresh(membership[:, k], MANY) for k in range(membership.shape[1])]
        membership, evidence = self._expect(membership, maps)
        price = sum(0.5 * float(m.x @ m.x) for m in maps)
        return Mixture(membership, tuple(np.asarray(m.x) for m in maps), evidence - price)

    def _expect(self, membership: FloatArray, maps: list[OptimizeResult]) -> tuple[FloatArray, float]:
        """The E-step: (memberships, log likelihood of all answers)."""
        told = np.stack([np.bincount(self._rater, per_answer(self._target, m.x), self._raters) for m in maps], axis=1)
        joint = told + np.log(np.maximum(membership.mean(axis=0), 1e-6))
        total = logsumexp(joint, axis=1, keepdims=True)
        return np.asarray(np.exp(joint - total)), float(total.sum())

    def _weighted(self, of_rater: FloatArray) -> Target:
        return replace(self._target, likelihood=Likelihood(self._answers, of_rater[self._rater]))

    def _fresh(self, of_rater: FloatArray, steps: int) -> OptimizeResult:
        """The better of two optima: one found from the prior, one from the moments of the answers."""
        target = self._weighted(of_rater)
        found = [self._optimum(target, u, steps) for u in (np.zeros(target.size), self._from_moments(target))]
        return min(found, key=lambda result: float(result.fun))

    def _optimum(self, target: Target, start: FloatArray, steps: int) -> OptimizeResult:
        return minimize(
            _loss, start, args=(target,), jac=True, method="L-BFGS-B", options={"maxiter": steps, "ftol": 1e-7}
        )

    def _whitened(self) -> FloatArray:
        """(p,) factors by which all directions of the features spread alike, faint ones apart."""
        factors: FloatArray = 1 / np.maximum(self._width, max(0.1 * float(self._width.max()), 1e-12))
        return factors

    def _pulls(self) -> FloatArray:
        """(q,) slope of the log likelihood by each squared distance where nothing is known: all items at one place."""
        flat = np.zeros((len(self._target.reduced), 1))
        slope: FloatArray = self._target.likelihood(flat, np.zeros(1))[1][:, 0]
        return slope

    def _from_moments(self, target: Target) -> FloatArray:
        """Coordinates of a map along the directions in which answers stretch distances most: the first eigenvectors of
        Σ slope · z zᵀ over pairs z."""
        white, (_, k) = self._whitened(), target.axes
        z = target.reduced * white
        pulls = self._pulls() * target.likelihood.spread_over_pairs(target.likelihood.weights)
        directions = np.linalg.eigh((z * pulls[:, None]).T @ z)[1][:, ::-1][:, :k] * white[:, None]  # (p, k)
        starts = []
        for size in SIZES:
            u = np.zeros(target.size)
            u[: directions.size] = (directions * size / np.exp(SCALE_AT)).ravel()
            u[target.weights + 1] = -1 / TRUST_SPREAD  # no part of the prior
            starts.append(u)
        return min(starts, key=lambda u: _loss(u, target)[0])

    def _clusters(self, groups: int) -> IntArray:
        """(raters,) a cluster each, of Ward's method over the moments of their answers."""
        from scipy.cluster.hierarchy import fcluster, linkage

        z = self._target.reduced * self._whitened()
        z, pulls = z[:, self._width > 0.1 * self._width.max()], self._pulls()
        of_pair = self._target.likelihood.spread_over_pairs(self._rater)
        moments = np.zeros((self._raters, z.shape[1] ** 2))
        for rater in range(self._raters):
            own = of_pair == rater
            moments[rater] = ((z[own] * pulls[own, None]).T @ z[own]).ravel() / max(1, int(own.sum()))
        left, values, _ = np.linalg.svd(moments - moments.mean(axis=0), full_matrices=False)
        tree = linkage((left * values)[:, : groups - 1], "ward")
        found: IntArray = fcluster(tree, groups, "maxclust") - 1
        return found


def _loss(u: FloatArray, target: Target) -> tuple[float, FloatArray]:
    """Negative log posterior and its gradient; the scale of V, whose coordinate is 0 in every start, stays there."""
    value, slope = target(u[None])
    down: FloatArray = u - slope[0]
    down[target.weights] = 0.0
    return 0.5 * float(u @ u) - float(value[0]), down


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Whether two memberships put the same raters together."""
    first, second = one.argmax(axis=1), other.argmax(axis=1)
    return bool(((first[:, None] == first) == (second[:, None] == second)).all())
