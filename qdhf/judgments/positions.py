"""Whether a rater favours places on the screen where three or more items stand in a random order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from qdhf.types import FloatArray, IntArray, Judgment

EXACT = 60  # odd-one-out answers up to which the test is exact; beyond, each place expects 20 and chi-square holds
LEAST_EXPECTED = 5.0  # picks that each place of a grid must expect (Cochran's rule) before chi-square is trusted

Counts = tuple[int, IntArray]  # answers, picks by place


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Where a rater's picks fell in one kind of question. ``answers``: how many; ``shares``: (m,) share of the picks at each
    place of the commonest number of places, in the order on screen, summing to 1. ``p``: probability of picks at least as
    uneven where every place is as likely; None where there are too few to tell."""

    kind: Literal["odd", "grid"]
    answers: int
    shares: tuple[float, ...]
    p: float | None

    @property
    def favourite(self) -> int:
        """The place picked most, 0 for the first."""
        return int(np.argmax(self.shares))


def positions(judgments: Sequence[Judgment]) -> tuple[Positions, ...]:
    """Of one rater's answers: "odd" then "grid", those of them that were picked in at all."""
    odd, grids = _counted(judgments, "odd"), _counted(judgments, "grid")
    found = []
    if odd:
        (answers, counts) = odd[3, 1]
        found.append(Positions(kind="odd", answers=answers, shares=_shares(counts), p=_odd_p(answers, counts)))
    if grids:
        (_, counts) = max(grids.values(), key=lambda each: each[0])
        total = sum(answers for answers, _ in grids.values())
        found.append(Positions(kind="grid", answers=total, shares=_shares(counts), p=_grid_p(grids)))
    return tuple(found)


def _counted(judgments: Sequence[Judgment], kind: str) -> dict[tuple[int, int], Counts]:
    """Answers and their picks by place, apart for each (number of places, number picked)."""
    answers: Counter[tuple[int, int]] = Counter()
    places: dict[tuple[int, int], list[int]] = {}
    for j in judgments:
        if j.kind != kind or j.closer != "picked":
            continue
        choices = j.shown if kind == "odd" else j.shown[1:]
        shape = len(choices), len(j.picked)
        answers[shape] += 1
        places.setdefault(shape, []).extend(choices.index(item) for item in j.picked)
    return {shape: (answers[shape], np.bincount(found, minlength=shape[0])) for shape, found in places.items()}


def _shares(counts: IntArray) -> tuple[float, ...]:
    return tuple((counts / counts.sum()).tolist())


def uneven(answers: int, counts: IntArray) -> float:
    """How uneven ``counts`` are, chi-square with m − 1 degrees of freedom where every k of m places are as likely.

    k picks of one answer never fall on the same place, so the covariance of an answer's indicators is
    k(m − k)/(m(m − 1))·(I − J/m); for k = 1 this is Pearson's statistic."""
    m, k = len(counts), int(counts.sum()) / answers
    off = ((counts - answers * k / m) ** 2).sum()
    return float(off * m * (m - 1) / (answers * k * (m - k)))


def _odd_p(answers: int, counts: IntArray) -> float:
    """Exact multinomial test up to ``EXACT`` answers, ordered by :func:`uneven`; else chi-square."""
    if answers > EXACT:
        return _beyond(uneven(answers, counts), len(counts) - 1)
    squares, chances = _outcomes(answers)
    return min(1.0, float(chances[squares >= int((counts**2).sum())].sum()))


@lru_cache(maxsize=EXACT + 1)
def _outcomes(answers: int) -> tuple[IntArray, FloatArray]:
    """Of every way in which ``answers`` picks fall on three places: the sum of squared counts, which orders them as
    :func:`uneven` does, in whole numbers; and the probability."""
    from scipy.special import gammaln

    one, two = np.divmod(np.arange((answers + 1) ** 2), answers + 1)
    kept = one + two <= answers
    split = np.stack([one[kept], two[kept], answers - one[kept] - two[kept]])  # (3, s)
    logs = gammaln(answers + 1) - gammaln(split + 1).sum(axis=0) - answers * np.log(3)
    return (split**2).sum(axis=0), np.exp(logs)


def _grid_p(grids: dict[tuple[int, int], Counts]) -> float | None:
    """Chi-square over all shapes of grids together, those with few answers left out; independent ones add up."""
    enough = [(n, counts) for n, counts in grids.values() if counts.sum() >= LEAST_EXPECTED * len(counts)]
    if not enough:
        return None
    return _beyond(sum(uneven(n, counts) for n, counts in enough), sum(len(counts) - 1 for _, counts in enough))


def _beyond(statistic: float, freedom: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(freedom, statistic))
