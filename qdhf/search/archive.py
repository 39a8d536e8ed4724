"""The archive as a pure function of items and descriptor: MAP-Elites' grid (Mouret & Clune 2015, arXiv 1504.04909).

Cells are computed as pyribs computes them, so a map here and a ``ribs`` GridArchive of the same items agree elite for
elite; :func:`pyribs_archive` builds the latter. Only that function imports pyribs, which is heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import Fit, FloatArray, IntArray, StudyMatrix

if TYPE_CHECKING:
    from ribs.archives import GridArchive

EPSILON = 1e-6  # pyribs adds it before dividing, so that a place on a border belongs to the upper cell


@dataclass(frozen=True, kw_only=True)
class ArchiveView:
    """A filled map over n items; rows are rows of the matrix it was built from.

    ``places`` (n, k), ``cells`` (n,) flat cell per item, ``elites`` (cells,) row of the best item or −1, ``counts``
    (cells,) items per cell, ``clipped``: items outside the bounds, which edge cells hold. ``coverage`` in [0, 1];
    ``qd_score``: sum of the elites' quality, objective offset 0.
    """

    dims: tuple[int, ...]
    low: FloatArray
    high: FloatArray
    places: FloatArray
    cells: IntArray
    elites: IntArray
    counts: IntArray
    clipped: int
    coverage: float
    qd_score: float

    @property
    def filled(self) -> IntArray:
        """Flat cells that hold an elite, ascending."""
        return np.flatnonzero(self.elites >= 0)

    @property
    def elite_rows(self) -> IntArray:
        """Rows of the elites, by cell."""
        return self.elites[self.elites >= 0]


def _bounds(low: FloatArray, high: FloatArray, dims: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    lower, upper = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if not lower.shape == upper.shape == (len(dims),):
        raise InvalidInput(f"A map with {len(dims)} axes needs as many bounds; got {lower.shape} and {upper.shape}.")
    if not (np.isfinite(lower).all() and np.isfinite(upper).all() and (lower < upper).all()):
        raise InvalidInput(f"Bounds must be finite, low below high on each axis; got {lower} to {upper}.")
    return lower, upper


def place(points: FloatArray, low: FloatArray, high: FloatArray, dims: tuple[int, ...]) -> IntArray:
    """Flat cell (n,) int64 of each of (n, k) ``points``, last axis fastest; points outside go to the nearest edge cell.

    The formula of pyribs' ``GridArchive.index_of``, clipped before it is made whole so that no place is too far out.
    Raises InvalidInput for points that are not finite or bounds that do not fit.
    """
    x = np.asarray(checks.matrix("places", points, columns=len(dims)), np.float64)
    lower, upper = _bounds(low, high, dims)
    size = np.asarray(dims, np.int64)
    steps = (size * (x - lower) + EPSILON) / (upper - lower)
    grid = np.clip(steps, 0, size - 1).astype(np.int64)
    cells: IntArray = np.ravel_multi_index(tuple(grid.T), dims).astype(np.int64)
    return cells


def elites(cells: IntArray, quality: FloatArray, total: int) -> IntArray:
    """Row of the best item of each of ``total`` cells, −1 where empty. Of equally good items the earlier one stays."""
    found = np.full(total, -1, np.int64)
    order = np.lexsort((np.arange(len(cells)), -np.asarray(quality, np.float64), cells))
    first = np.ones(len(order), bool)
    first[1:] = cells[order][1:] != cells[order][:-1]
    found[cells[order][first]] = order[first]
    return found


def centres(low: FloatArray, high: FloatArray, dims: tuple[int, ...]) -> FloatArray:
    """(cells, k) places in the middle of each cell, by flat cell."""
    lower, upper = _bounds(low, high, dims)
    grid = np.stack(np.unravel_index(np.arange(int(np.prod(dims))), dims), axis=1)
    middles: FloatArray = lower + (grid + 0.5) / np.asarray(dims) * (upper - lower)
    return middles


def view_of(
    places: FloatArray,
    quality: FloatArray,
    low: FloatArray,
    high: FloatArray,
    dims: tuple[int, ...],
    *,
    eligible: NDArray[np.bool_] | None = None,
) -> ArchiveView:
    """The map of (n, k) ``places`` with ``quality`` (n,). ``eligible``: (n,) which items may be elites, None for all.
    Raises InvalidInput where a quality is not finite."""
    if not np.isfinite(quality).all():
        raise InvalidInput(f"Quality must be finite; item {int(np.flatnonzero(~np.isfinite(quality))[0])} is not.")
    cells, total = place(places, low, high, dims), int(np.prod(dims))
    if eligible is None:
        best = elites(cells, quality, total)
    else:
        rows = np.flatnonzero(eligible)
        best = elites(cells[rows], quality[rows], total)
        best[best >= 0] = rows[best[best >= 0]]
    held = best[best >= 0]
    return ArchiveView(
        dims=tuple(dims), low=np.asarray(low), high=np.asarray(high), places=places, cells=cells, elites=best,
        counts=np.bincount(cells, minlength=total), clipped=int(((places < low) | (places > high)).any(axis=1).sum()),
        coverage=len(held) / total, qd_score=float(np.asarray(quality, np.float64)[held].sum()),
    )  # fmt: skip


def build_view(matrix: StudyMatrix, fit: Fit, dims: tuple[int, ...]) -> ArchiveView:
    """The map of every item of ``matrix`` under ``fit``, over ``dims`` cells."""
    places = fit.projection(matrix.features)
    return view_of(places, matrix.quality, fit.low, fit.high, dims, eligible=matrix.eligible)


def pyribs_archive(matrix: StudyMatrix, view: ArchiveView) -> GridArchive:
    """The same map as a pyribs ``GridArchive``: solution = place (float32), extra field ``position`` = item position.

    ``GridArchive`` brings emitters, plots and statistics; elites, coverage and QD score are those of ``view``.
    """
    from ribs.archives import GridArchive

    k = len(view.dims)
    archive: Any = GridArchive(
        solution_dim=k, dims=view.dims, ranges=list(zip(view.low.tolist(), view.high.tolist(), strict=True)),
        solution_dtype=np.float32, objective_dtype=np.float64, measures_dtype=np.float64,
        extra_fields={"position": ((), np.int64)},
    )  # fmt: skip
    if len(matrix):
        width = np.asarray(view.high, np.float64) - view.low
        near = np.clip(view.places, view.low - 1e3 * width, view.high + 1e3 * width)  # pyribs' int32 would overflow
        rows = slice(None) if matrix.eligible is None else matrix.eligible
        archive.add(
            view.places[rows], matrix.quality[rows].astype(np.float64), near[rows], position=matrix.positions[rows]
        )
    return archive
