"""Draws from a posterior by a sequential Monte Carlo sampler: from exact draws of the prior, answers fade in.

Del Moral, Doucet & Jasra 2006 ("Sequential Monte Carlo samplers", sections 3.3.1 and 3.4.2): weights of the answers'
likelihood rise in steps that keep half of the effective draws; after each step draws are resampled and moved by
Hamiltonian Monte Carlo (Neal 2011, sections 2 and 5.3). Unlike a chain it needs no warm-up, explores every mode that the
prior reaches, measures how probable the answers are (log evidence), and can be continued when answers come in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.types import FloatArray, IntArray

HALF = 0.5  # share of effective draws that a step keeps
WANTED = 0.75  # share of trajectories to accept
NOISE = 2.0

Density = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""(s, size) coordinates to (log likelihood (s,), gradient (s, size)); the prior is standard normal."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """``draws`` in each of ``islands`` populations that know nothing of each other. ``moves``: trajectories after each
    step, ``last``: after the last; ``leaps``: their length."""

    draws: int = 32
    islands: int = 1
    moves: int = 8
    last: int = 10
    leaps: int = 6


@dataclass(frozen=True)
class Island:
    """The draws (s, size) of one population, and the log evidence that it found."""

    u: FloatArray
    log_evidence: float


@dataclass(frozen=True)
class Drawn:
    """``u``: (s, size) coordinates; ``log_evidence``: log probability of the answers, prior integrated out; ``share``:
    (s,) weights of the draws, summing to 1; ``islands``: the populations that they come from."""

    u: FloatArray
    log_evidence: float
    share: FloatArray
    islands: tuple[Island, ...] = ()


class _Population:
    """Draws that move together; ``value`` and ``slope`` are those of the log likelihood, ``known`` and ``known_slope``
    those of the part that counts fully already."""

    def __init__(self, u: FloatArray, density: Density, known: Density | None, rng: np.random.Generator) -> None:
        self.u, self._density, self._known, self._rng = u, density, known, rng
        self.value, self.slope = density(u)
        nothing: tuple[FloatArray, FloatArray] = np.zeros(len(u)), np.zeros_like(u)
        self.old, self.old_slope = known(u) if known else nothing
        self.step, self.width = 0.3, np.ones(u.shape[1])

    def resample(self, log_weights: FloatArray) -> None:
        """Systematic resampling; widths of the moves follow what is left."""
        kept = _systematic(np.exp(log_weights), len(self.u), self._rng)
        self.u, self.value, self.slope = self.u[kept], self.value[kept], self.slope[kept]
        self.old, self.old_slope = self.old[kept], self.old_slope[kept]
        self.width = np.clip(self.u.std(axis=0), 0.1, 1.5)

    def move(self, heat: float, leaps: int) -> None:
        """One trajectory of each draw under prior × known × likelihood^heat; the step size follows what is accepted."""
        rng, width = self._rng, self.width
        momentum = rng.normal(size=self.u.shape)
        energy = self._energy(self.u, self.value, self.old, momentum, heat)
        step = self.step * rng.uniform(0.7, 1.3) * width
        u, value, slope, old, old_slope = self.u, self.value, self.slope, self.old, self.old_slope
        momentum = momentum - 0.5 * step * (u - heat * slope - old_slope)
        with np.errstate(over="ignore", invalid="ignore"):  # a trajectory that runs away is not accepted
            for leap in range(leaps):
                u = u + step * momentum
                value, slope = self._density(u)
                if self._known is not None:
                    old, old_slope = self._known(u)
                momentum = momentum - (1.0 if leap < leaps - 1 else 0.5) * step * (u - heat * slope - old_slope)
            gain = energy - self._energy(u, value, old, momentum, heat)
        accepted = np.exp(np.minimum(0.0, np.where(np.isfinite(gain), gain, -np.inf)))
        taken = rng.random(len(u)) < accepted
        wide = taken[:, None]
        self.u, self.slope = np.where(wide, u, self.u), np.where(wide, slope, self.slope)
        self.value, self.old = np.where(taken, value, self.value), np.where(taken, old, self.old)
        self.old_slope = np.where(wide, old_slope, self.old_slope)
        self.step *= float(np.exp(0.5 * (accepted.mean() - WANTED)))

    def _energy(
        self, u: FloatArray, value: FloatArray, old: FloatArray, momentum: FloatArray, heat: float
    ) -> FloatArray:
        return np.asarray(0.5 * ((u * u).sum(axis=1) + (momentum * momentum).sum(axis=1)) - heat * value - old)


def sample(density: Density, size: int, *, rng: np.random.Generator, effort: Effort) -> Drawn:
    """Draws from standard normal × exp(log likelihood), ``size`` numbers each.

    A population can end in the wrong one of several modes. Several start apart, and each counts by the evidence that it
    found, blurred by ``NOISE`` nats, which is how far two populations in the same mode differ by chance.
    """
    firsts = [rng.normal(size=(effort.draws, size)) for _ in range(effort.islands)]
    return _weighed([Island(*_faded_in(density, first, None, rng, effort)) for first in firsts])


def pooled(one: Drawn, two: Drawn) -> Drawn:
    """The islands of both, weighed anew."""
    return _weighed([*one.islands, *two.islands])


def _weighed(islands: Sequence[Island]) -> Drawn:
    evidence = np.array([island.log_evidence for island in islands])
    belief = np.exp((evidence - evidence.max()) / NOISE)
    belief /= belief.sum()
    share = np.concatenate([np.full(len(i.u), b / len(i.u)) for i, b in zip(islands, belief, strict=True)])
    top = float(evidence.max())
    total = top + float(np.log(np.mean(np.exp(evidence - top))))
    return Drawn(np.concatenate([i.u for i in islands]), total, share, tuple(islands))


def go_on(density: Density, drawn: Drawn, known: Density, *, rng: np.random.Generator, effort: Effort) -> Drawn:
    """``drawn``, from the posterior of answers with likelihood ``known``, continued with new answers' ``density``;
    ``effort.draws`` of them."""
    first = drawn.u[_systematic(drawn.share, effort.draws, rng)]
    u, evidence = _faded_in(density, first, known, rng, effort)
    return Drawn(u, drawn.log_evidence + evidence, np.full(len(u), 1 / len(u)))


def _systematic(weights: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """``n`` positions drawn in proportion to ``weights``, evenly."""
    edges = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(edges, (rng.random() + np.arange(n)) / n), len(edges) - 1)


def _faded_in(
    density: Density, first: FloatArray, known: Density | None, rng: np.random.Generator, effort: Effort
) -> tuple[FloatArray, float]:
    """(draws, log evidence) of one population that starts at ``first``."""
    population, heat, log_evidence = _Population(first, density, known, rng), 0.0, 0.0
    while heat < 1.0:
        rise = _rise(population.value, 1.0 - heat)
        log_weights = rise * population.value
        top = float(log_weights.max())
        log_evidence += top + float(np.log(np.mean(np.exp(log_weights - top))))
        population.resample(log_weights - top)
        heat = min(1.0, heat + rise) if rise < 1.0 - heat else 1.0
        for _ in range(effort.moves if heat < 1.0 else effort.last):
            population.move(heat, effort.leaps)
    return population.u, log_evidence


def _rise(value: FloatArray, most: float) -> float:
    """The largest rise of the heat, up to ``most``, that keeps ``HALF`` of the effective draws; at least 10⁻⁶."""
    spread = value - value.max()

    def effective(rise: float) -> float:
        weights = np.exp(rise * spread)
        return float(weights.sum() ** 2 / (weights @ weights) / len(weights))

    if effective(most) >= HALF:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if effective(middle) < HALF else (middle, high)
    return max(low, 1e-6)
