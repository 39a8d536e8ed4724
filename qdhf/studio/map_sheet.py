"""All items of a study on the cells of a map, and how that travels to a browser."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qdhf.types import Fit, FloatArray, IntArray

if TYPE_CHECKING:
    from qdhf.search.tessellation import Tessellation


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """n items, rows by position. ``features`` (n, d); ``places`` (n, 2); ``cells`` (n,) of a grid of ``dims`` (columns,
    rows; flat, rows fastest) or of ``tiling``; ``low`` and ``high`` (2,) bounds. ``aimable``: whether runs could aim at
    its cells, which they can on the latest axes of everyone alone."""

    study_id: str
    fit: Fit
    ids: tuple[str, ...]
    positions: IntArray
    features: FloatArray
    places: FloatArray
    cells: IntArray
    quality: FloatArray
    low: FloatArray
    high: FloatArray
    dims: tuple[int, int]
    tiling: Tessellation | None
    aimable: bool

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def total(self) -> int:
        """Number of cells."""
        return self.dims[0] * self.dims[1] if self.tiling is None else len(self.tiling)

    @cached_property
    def counts(self) -> IntArray:
        """(cells,) items in each."""
        return np.bincount(self.cells, minlength=self.total)

    @cached_property
    def elites(self) -> IntArray:
        """(cells,) row of the best item, −1 where empty."""
        from qdhf.search.archive import elites

        return elites(self.cells, self.quality, self.total)

    @property
    def filled(self) -> list[tuple[int, int]]:
        """Cells that hold items, ascending, each with the row of its best."""
        cells = np.flatnonzero(self.elites >= 0)
        return list(zip(cells.tolist(), self.elites[cells].tolist(), strict=True))

    @property
    def coverage(self) -> float:
        """Share of the cells that hold an item, in [0, 1]."""
        return float((self.elites >= 0).mean())

    @property
    def qd_score(self) -> float:
        """Sum of the elites' quality."""
        return float(self.quality[self.elites[self.elites >= 0]].sum())

    @property
    def clipped(self) -> int:
        """Items beyond the bounds, which cells at the border hold."""
        return int(((self.places < self.low) | (self.places > self.high)).any(axis=1).sum())

    def row(self, item_id: str | None) -> int | None:
        """Where the item stands; None where it is not here."""
        return self._row.get(item_id) if item_id else None

    @cached_property
    def _row(self) -> dict[str, int]:
        return {item: row for row, item in enumerate(self.ids)}

    def position(self, item_id: str | None) -> int | None:
        """The item's position in the study; None where it is not here."""
        row = self.row(item_id)
        return None if row is None else int(self.positions[row])

    def where(self, cell: int) -> str:
        """A cell in words, as the browser says it."""
        if self.tiling is not None:
            return f"cell {cell + 1}"
        return f"column {cell // self.dims[1] + 1}, row {cell % self.dims[1] + 1}"

    def on_grid(self, cells: Collection[int], dims: tuple[int, int]) -> list[int]:
        """Cells of a grid of ``dims`` over the same bounds that ``cells`` stand for, ascending: those with their middle in
        one of them, and the one around the middle of each."""
        from qdhf.search.archive import centres, place

        if not cells:
            return []
        middles = centres(self.low, self.high, dims)
        chosen = np.array(sorted(cells), np.int64)
        inside = np.flatnonzero(np.isin(self.cell_of(middles), chosen))
        around = place(self.middles[chosen], self.low, self.high, dims)
        return sorted({*inside.tolist(), *around.tolist()})

    @cached_property
    def middles(self) -> FloatArray:
        """(cells, 2) places in the middle of each cell."""
        from qdhf.search.archive import centres

        if self.tiling is None:
            return centres(self.low, self.high, self.dims)
        middles: FloatArray = self.low + self.tiling.centres * (self.high - self.low)
        return middles

    def cell_of(self, places: FloatArray) -> IntArray:
        """(m,) cell that each of (m, 2) ``places`` falls into."""
        from qdhf.search.archive import place
        from qdhf.search.tessellation import nearest

        if self.tiling is None:
            return place(places, self.low, self.high, self.dims)
        return nearest((places - self.low) / (self.high - self.low), self.tiling)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """What a browser needs to draw the map at any moment of the study, JSON-ready; arrays as base64, little endian.

        ``cells``: int32; ``quality``: float64, so that the browser finds the same elites; ``positions``: int32, None where
        they are 0, 1, 2 …; ``tiling``: float32 centres and vertices in the unit square, int32 corners and starts."""
        plain = bool((self.positions == np.arange(len(self))).all())
        return {
            "items": len(self), "dims": list(self.dims), "cells": packed(self.cells, "<i4"),
            "quality": packed(self.quality, "<f8"), "positions": None if plain else packed(self.positions, "<i4"),
            "tiling": None if self.tiling is None else _outlines(self.tiling),
        }  # fmt: skip


def packed(array: FloatArray | IntArray, kind: str) -> str:
    """Base64 of ``array`` as numbers of ``kind``, a numpy type like "<f4"."""
    return b64encode(np.ascontiguousarray(array, np.dtype(kind)).tobytes()).decode()


def _outlines(tiling: Tessellation) -> dict[str, Any]:
    return {
        "cells": len(tiling), "centres": packed(tiling.centres, "<f4"), "vertices": packed(tiling.vertices, "<f4"),
        "corners": packed(tiling.corners, "<i4"), "starts": packed(tiling.starts, "<i4"),
    }  # fmt: skip
