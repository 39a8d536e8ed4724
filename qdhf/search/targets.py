"""Which cells to aim at: those a person picked, then empty ones beside filled ones, weak ones, uncertain ones.

A cell that was aimed at in vain falls back: it may lie where nothing can land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.search.archive import ArchiveView
from qdhf.types import FloatArray, IntArray

DOUBTFUL = 0.5  # cells of uncertainty from which an elite's place counts as uncertain


def neighbours(filled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> IntArray:
    """How many of the cells that share a side are filled, for a grid of any number of axes: int array of its shape."""
    padded = np.pad(filled.astype(np.int64), 1)
    inner = tuple(slice(1, -1) for _ in range(filled.ndim))
    count = np.zeros(padded.shape, np.int64)
    for axis in range(filled.ndim):
        count += np.roll(padded, 1, axis) + np.roll(padded, -1, axis)
    return count[inner]


def frontier(view: ArchiveView) -> IntArray:
    """Empty cells beside a filled one, those with the most filled neighbours first, flat and int64."""
    filled = (view.elites >= 0).reshape(view.dims)
    count = np.where(filled, 0, neighbours(filled)).ravel()
    order = np.argsort(-count, kind="stable")
    return order[: int((count > 0).sum())]


def weak(view: ArchiveView, quality: FloatArray) -> IntArray:
    """Filled cells, lowest quality of the elite first."""
    filled = view.filled
    return filled[np.argsort(np.asarray(quality)[view.elites[filled]], kind="stable")]


def uncertain(view: ArchiveView, doubt: FloatArray) -> IntArray:
    """Filled cells whose elite's place is least certain, most doubtful first: those whose ``doubt`` (items,), a standard
    deviation in cells, is at least half a cell."""
    filled = view.filled
    told = np.asarray(doubt)[view.elites[filled]]
    order = np.argsort(-told, kind="stable")
    return filled[order[: int((told >= DOUBTFUL).sum())]]


def choose_targets(
    view: ArchiveView,
    quality: FloatArray,
    n: int,
    *,
    rng: np.random.Generator,
    picked: Sequence[int] = (),
    doubt: FloatArray | None = None,
    missed: Mapping[int, int] | None = None,
) -> tuple[int, ...]:
    """``n`` cells to aim at, each once while there are enough, in order of urgency.

    First those of ``picked`` that have no elite or are held by a single item, as given; then frontier cells, drawn
    without replacement with chances in proportion to their filled neighbours, and halved by each time that they were
    ``missed``; then the weakest and the most uncertain in turn. ``quality``, ``doubt``: (items,), see :func:`uncertain`.
    Empty without any filled cell, apart from ``picked``. Raises InvalidInput for a picked cell outside the map.
    """
    total = len(view.elites)
    wrong = [c for c in picked if not 0 <= c < total]
    if wrong:
        raise InvalidInput(f"A map of {total} cells numbers them 0 to {total - 1}; {wrong[0]} was picked.")
    wanted = [c for c in picked if view.counts[c] <= 1 or view.elites[c] < 0]
    empty = _drawn(frontier(view), view, rng, missed or {}).tolist()
    poor = weak(view, quality).tolist()
    vague = uncertain(view, doubt).tolist() if doubt is not None else []
    filled = [c for pair in zip_longest(poor, vague) for c in pair if c is not None]
    return tuple(dict.fromkeys([*wanted, *empty, *filled]))[:n]


def _drawn(cells: IntArray, view: ArchiveView, rng: np.random.Generator, missed: Mapping[int, int]) -> IntArray:
    """``cells`` in random order; those with more filled neighbours tend to come first, those often missed last."""
    if not len(cells):
        return cells
    count = neighbours((view.elites >= 0).reshape(view.dims)).ravel()[cells]
    halved = np.array([missed.get(int(c), 0) for c in cells]) * np.log(2)
    return cells[np.argsort(-(np.log(count) - halved + rng.gumbel(size=len(cells))), kind="stable")]
