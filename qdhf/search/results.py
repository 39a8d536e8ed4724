"""What came of a batch: who opened cells and bettered elites, and which aims hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.search.archive import ArchiveView
from qdhf.search.proposals import BoolArray, firsts
from qdhf.types import FloatArray, IntArray, Share


@dataclass(frozen=True, kw_only=True)
class Results:
    """``shares`` by emitter; ``gained``: items that opened or bettered a cell; of ``aimed`` items ``hits`` landed in their
    cell and ``near`` in it or in one of the eight around it; ``missed``: the cells of those that landed in another."""

    shares: dict[str, Share]
    gained: int
    aimed: int
    hits: int
    near: int
    missed: tuple[int, ...]


def beside(cells: IntArray, targets: IntArray, dims: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether each flat cell is the target or touches it, corners included."""
    apart = np.array(np.unravel_index(cells, dims)) - np.array(np.unravel_index(targets, dims))
    return np.asarray(np.abs(apart).max(axis=0, initial=0) <= 1)


def results(
    view: ArchiveView,
    quality: FloatArray,
    rows: Sequence[int],
    *,
    emitters: Sequence[str],
    targets: Sequence[int | None],
    shares: Mapping[str, float],
    eligible: BoolArray | None = None,
) -> Results:
    """What the items in ``rows`` of the map did, given who made each and which cell it was aimed at, row by row; only
    what came before an item counts against it. ``shares``: of the batch, by emitter; ``eligible``: (n,) which items of
    the map may be elites, None for all."""
    opened, bettered = firsts(view.cells, quality, eligible)
    made = {
        name: [r for r, emitter in zip(rows, emitters, strict=True) if emitter == name]
        for name in dict.fromkeys((*shares, *emitters))
    }
    aims = [(view.cells[r], t) for r, t in zip(rows, targets, strict=True) if t is not None]
    landed, wanted = np.array(aims, np.int64).reshape(-1, 2).T
    return Results(
        shares={
            name: Share(
                share=shares.get(name, 0.0), made=len(own), opened=int(opened[own].sum()), bettered=int(bettered[own].sum())
            )
            for name, own in made.items()
        },
        gained=int(np.logical_or(opened, bettered)[list(rows)].sum()), aimed=len(aims), hits=int((landed == wanted).sum()),
        near=int(beside(landed, wanted, view.dims).sum()), missed=tuple(wanted[landed != wanted].tolist()),
    )  # fmt: skip
