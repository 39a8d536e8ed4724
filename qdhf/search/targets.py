"""Which cells to aim at: those a person picked, then empty ones beside filled ones, then weak ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.search.archive import ArchiveView
from qdhf.types import FloatArray, IntArray


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


def choose_targets(
    view: ArchiveView, quality: FloatArray, n: int, *, rng: np.random.Generator, picked: Sequence[int] = ()
) -> tuple[int, ...]:
    """``n`` cells to aim at, each once while there are enough, in order of urgency.

    First those of ``picked`` that are still empty or held by a single item, as given; then frontier cells, drawn
    without replacement with chances in proportion to their filled neighbours; then the weakest. ``quality``: (items,).
    Empty without any filled cell, apart from ``picked``. Raises InvalidInput for a picked cell outside the map.
    """
    total = len(view.elites)
    wrong = [c for c in picked if not 0 <= c < total]
    if wrong:
        raise InvalidInput(f"A map of {total} cells numbers them 0 to {total - 1}; {wrong[0]} was picked.")
    wanted = [c for c in dict.fromkeys(picked) if view.counts[c] <= 1]
    empty = [int(c) for c in _drawn(frontier(view), view, rng) if c not in set(wanted)]
    poor = [int(c) for c in weak(view, quality) if c not in set(wanted)]
    return tuple((wanted + empty + poor)[:n])


def _drawn(cells: IntArray, view: ArchiveView, rng: np.random.Generator) -> IntArray:
    """``cells`` in random order, cells with more filled neighbours tending to come first."""
    if not len(cells):
        return cells
    count = neighbours((view.elites >= 0).reshape(view.dims)).ravel()[cells]
    return cells[np.argsort(-(np.log(count) + rng.gumbel(size=len(cells))), kind="stable")]
