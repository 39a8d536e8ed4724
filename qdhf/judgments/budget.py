"""How much more answers are worth: learning curves, what the next answers gain, and where to spend them.

Error falls with the number of answers n as a·n^−b + c (Cortes et al. 1993, "Learning curves: asymptotic values and rate
of convergence"). Fitted per stratum (a prompt, say), it tells where the next answer gains most, or who is worst off
(adaptive sampling for fair data sets, Cai et al. 2022, with this curve as the model of the gain).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.types import FloatArray

FALLS = np.linspace(0.2, 1.5, 14)  # exponents b that are tried
USUAL, PULL = 0.5, 0.02  # the exponent of statistics' √n, and how strongly few points are drawn to it
LEAST_POINTS = 3
STEP = 5  # answers handed out at a time
EVEN = 0.25  # of a budget goes to everyone alike, for curves from few answers are guesses
HELPS = 0.001  # predicted fall of the error by a step, below which a stratum has enough


@dataclass(frozen=True, kw_only=True)
class Point:
    """A measurement: ``error`` in [0, 1] on ``tests`` unseen answers after learning from ``answers``."""

    answers: float
    error: float
    tests: int


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Error after n answers: scale·n^−fall + floor, at most ½ (a coin's)."""

    scale: float
    fall: float
    floor: float

    def __call__(self, answers: float) -> float:
        return float(min(0.5, self.scale * max(answers, 1.0) ** -self.fall + self.floor))

    def gain(self, answers: float, more: float) -> float:
        """By how much ``more`` answers are predicted to lower the error, after ``answers``."""
        return self(answers) - self(answers + more)


def fit_curve(points: Sequence[Point]) -> Curve | None:
    """The curve through ``points``, least squares with the tests as weights, scale and floor not below 0.

    None below three different numbers of answers: then a curve says nothing."""
    n = np.array([p.answers for p in points], np.float64)
    if len(np.unique(n[n >= 1])) < LEAST_POINTS:
        return None
    error, weight = np.array([p.error for p in points]), np.array([p.tests for p in points], np.float64)
    weight /= weight.sum()
    found = [_at(float(b), n, error, weight) for b in FALLS]
    return min(found, key=lambda each: each[0])[1]


def _at(fall: float, n: FloatArray, error: FloatArray, weight: FloatArray) -> tuple[float, Curve]:
    """(weighted squared error plus a pull toward the usual exponent, curve) at exponent ``fall``."""
    x = np.maximum(n, 1.0) ** -fall
    mx, me = float(weight @ x), float(weight @ error)
    variance = float(weight @ (x - mx) ** 2)
    scale = max(0.0, float(weight @ ((x - mx) * (error - me))) / variance) if variance > 0 else 0.0
    floor = me - scale * mx
    if floor < 0:
        floor, scale = 0.0, float(weight @ (x * error)) / max(float(weight @ x**2), 1e-12)
    curve = Curve(scale=scale, fall=fall, floor=floor)
    missed = float(weight @ (scale * x + floor - error) ** 2)
    return missed + PULL * float(weight @ (error - me) ** 2) * (fall - USUAL) ** 2, curve


Priority = Callable[[Curve, float, int], float]
"""(curve of a stratum, answers it has, answers of a step) to how urgent the step is; below 0: not needed."""


def largest_gain(curve: Curve, answers: float, step: int) -> float:
    """The predicted fall of the stratum's error."""
    gain = curve.gain(answers, step)
    return gain if gain >= HELPS else -1.0


def worst_first(curve: Curve, answers: float, step: int) -> float:
    """The stratum's predicted error, while answers still help it."""
    return curve(answers) if curve.gain(answers, step) >= HELPS else -1.0


def allocate(
    points: Mapping[str, Sequence[Point]], have: Mapping[str, int], budget: int, *, priority: Priority = worst_first
) -> dict[str, int]:
    """How many of the next ``budget`` answers each stratum gets; they sum to ``budget``.

    ``points``: measurements by stratum, ``have``: answers by stratum so far. A quarter of the answers is shared out
    evenly, the others go out five at a time to the most urgent stratum. Where a stratum has fewer than three points, or
    none needs more, everyone gets the same.
    Raises InvalidInput for a negative budget or no stratum.
    """
    if budget < 0 or not points:
        raise InvalidInput(
            f"A plan needs a budget of 0 or more answers and at least one group; got {budget}, {len(points)}."
        )
    curves = {name: fit_curve(found) for name, found in points.items()}
    given = dict.fromkeys(points, 0)
    known = {name: curve for name, curve in curves.items() if curve is not None}
    if len(known) < len(curves):
        return _uniform(given, budget)
    given = _uniform(given, round(EVEN * budget))
    while (left := budget - sum(given.values())) > 0:
        step = min(STEP, left)
        urgent = {name: priority(c, have.get(name, 0) + given[name], step) for name, c in known.items()}
        best = max(urgent, key=lambda name: urgent[name])
        if urgent[best] < 0:
            return _uniform(given, left)
        given[best] += step
    return given


def _uniform(given: dict[str, int], budget: int) -> dict[str, int]:
    """``given`` with ``budget`` more shared out evenly, first ones first."""
    share, rest = divmod(budget, len(given))
    return {name: n + share + (i < rest) for i, (name, n) in enumerate(given.items())}
