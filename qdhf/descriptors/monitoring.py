"""Signs that axes claim more than they know, and how many answers would settle it.

After the two early signs of over-optimised preference learning (Shi et al. 2024, arXiv 2410.11677): training goes on to
improve where unseen answers do not, and what is made crowds into few places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from qdhf.search.archive import elites, place
from qdhf.types import FitReport, FloatArray, IntArray, Judgment, StudyMatrix

GAP = 0.15  # train minus held-out accuracy from which axes may be over-fitted
SURE = 1.96  # standard errors that the gap must be away from 0
USEFUL = 0.1  # by which learned axes must beat those without answers to be clearly useful
EXCESS = 0.05  # held-out error above its floor that is left when over-fitting counts as mended
LAST, TOP = 200, 5  # items, cells
CROWDED = 0.25  # share of the possible entropy by which the latest items must fall below the ones before
NEWEST = 0.25  # of the elites, by when they were made
STEP, MOST = 10, 2000  # counts of answers are said in tens, up to this


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """How ``n`` items lie over the cells. ``entropy``: of their counts, as a share of the largest possible for so many
    items and cells, 1 where they spread evenly, 0 where one cell holds all. ``top``: share of the items that the ``TOP``
    fullest cells hold."""

    entropy: float
    top: float
    n: int


def occupancy(cells: IntArray, total: int) -> Occupancy | None:
    """Of the flat cells (n,) of items on a map of ``total`` cells; None below two items."""
    n = len(cells)
    if n < 2 or total < 2:
        return None
    counts = np.sort(np.bincount(cells, minlength=total))[::-1]
    share = counts[counts > 0] / n
    most = float(np.log(min(n, total)))
    entropy = float(-(share * np.log(share)).sum()) / most
    return Occupancy(entropy=max(0.0, entropy), top=float(counts[:TOP].sum() / n), n=n)


@dataclass(frozen=True, kw_only=True)
class Crowding:
    """The latest items beside as many before them, on the same map."""

    latest: Occupancy
    before: Occupancy

    @property
    def fires(self) -> bool:
        return self.before.entropy - self.latest.entropy > CROWDED


def crowding(places: FloatArray, low: FloatArray, high: FloatArray, dims: tuple[int, ...]) -> Crowding | None:
    """Of (n, k) ``places`` in the order in which items were made; None below 40 items."""
    size = min(LAST, len(places) // 2)
    if size < 20 or len(dims) != places.shape[1]:
        return None
    cells, total = place(places[-2 * size :], low, high, dims), int(np.prod(dims))
    before, latest = occupancy(cells[:size], total), occupancy(cells[size:], total)
    return Crowding(latest=latest, before=before) if latest and before else None


def over_fitted(report: FitReport) -> bool:
    """Whether the axes know the answers they learned from by heart, and little else.

    Training accuracy exceeds held-out accuracy by ``GAP`` at least and by ``SURE`` standard errors (two independent
    shares, unpooled), and unseen answers are predicted hardly better (``USEFUL``) than without any answers. A gap alone is
    no harm: with few answers good axes, too, do better on those they learned from.
    """
    train, held, base = report.train, report.held_out, report.baseline
    if train is None or held is None or report.method == "pca":
        return False
    gap = train.value - held.value
    shrunk = [((a.value * a.n + 1) / (a.n + 2), a.n) for a in (train, held)]
    error = sqrt(sum(p * (1 - p) / n for p, n in shrunk))
    idle = base is None or held.value < base.value + USEFUL
    return idle and gap >= GAP and gap >= SURE * error


def tens(answers: float) -> int:
    """A count of answers to say: up to the next ten, at most ``MOST``."""
    return int(min(MOST, max(STEP, STEP * np.ceil(answers / STEP))))


def answers_to_mend(report: FitReport, curve: tuple[float, float] | None = None) -> int:
    """How many more answers would bring the held-out error to ``EXCESS`` above its floor.

    ``curve``: (a, b) of the excess error a·n^−b, see :mod:`qdhf.judgments.budget`. Without one, the gap between training
    and held-out accuracy stands in for the excess and shrinks as 1/n (as it does for models that have enough data).
    """
    n = max(report.n_train, 1)
    if curve is not None and curve[0] > 0 and curve[1] > 0:
        wanted = (curve[0] / EXCESS) ** (1 / curve[1])
    else:
        gap = report.train.value - report.held_out.value if report.train and report.held_out else GAP
        wanted = n * gap / EXCESS
    return tens(wanted - n)


def answers_to_settle(spread: float, n: int, goal: float = 1.0) -> int | None:
    """How many more answers bring the ``spread`` of an item's place after ``n`` answers to ``goal``, both in cells: it
    falls as 1/√n (Bernstein–von Mises). None where it is there already."""
    return tens(n * ((spread / goal) ** 2 - 1)) if spread > goal and n > 0 else None


def newest_elites(matrix: StudyMatrix, cells: IntArray, total: int) -> set[str]:
    """Ids of the quarter of the elites that were made last; empty below 4 elites."""
    rows = elites(cells, matrix.quality, total)
    rows = np.sort(rows[rows >= 0])
    return {matrix.ids[r] for r in rows[len(rows) - int(NEWEST * len(rows)) :].tolist()}


def about(judgments: Sequence[Judgment], items: set[str]) -> list[Judgment]:
    """The judgments that showed at least one of ``items``."""
    return [j for j in judgments if items & {j.reference, j.a, j.b, *j.shown}]
