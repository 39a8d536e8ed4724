"""The best of each cell of the map."""

from __future__ import annotations

import numpy as np

from qdhf.curate.pool import PINNED, Pick, Pool, Wish
from qdhf.curate.subsets import checked_size, farthest_points
from qdhf.errors import NotEnoughItems
from qdhf.search.archive import elites
from qdhf.types import IntArray


def one_per_cell(pool: Pool, wish: Wish) -> list[Pick]:
    """The elites of ``k`` cells (MAP-Elites: Mouret & Clune 2015, arXiv 1504.04909), with the best first; where there are
    more cells than that, those farthest from one another on the map. A pin stands for its cell.

    Raises NotEnoughItems where fewer than ``k`` cells hold an item."""
    checked_size(len(pool), wish.k, wish.pins)
    held = set(pool.cells[list(wish.pins)].tolist())
    best = elites(pool.cells, pool.quality, int(np.prod(pool.dims)))
    others = np.array([row for cell, row in enumerate(best) if row >= 0 and cell not in held], np.int64)
    rows = np.concatenate([np.asarray(wish.pins, np.int64), others])
    if wish.k > len(rows):
        raise NotEnoughItems(
            f"{wish.k} items were asked for, but what passes lies in {len(held) + len(others)} cells of the map. "
            f"Ask for at most {len(rows)}, loosen what is left out, or choose another way."
        )
    corners = np.stack(np.unravel_index(pool.cells[rows], pool.dims), axis=1).astype(np.float64)  # (rows, axes)
    chosen = farthest_points(corners, pool.quality[rows], wish.k, pins=range(len(wish.pins)))
    counts = np.bincount(pool.cells, minlength=int(np.prod(pool.dims)))
    return [Pick(int(row), _reason(pool, wish, int(row), counts)) for row in rows[chosen]]


def _reason(pool: Pool, wish: Wish, row: int, counts: IntArray) -> str:
    if row in wish.pins:
        return PINNED
    cell = int(pool.cells[row])
    where = ", ".join(str(int(i) + 1) for i in np.unravel_index(cell, pool.dims))
    n = int(counts[cell])
    return f"the best of {n} in cell {where}" if n > 1 else f"the only one in cell {where}"
