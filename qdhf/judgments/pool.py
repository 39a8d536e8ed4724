"""Candidate questions: triplets of items that lie all over the map, new items among them more often."""

from __future__ import annotations

import numpy as np

from qdhf.types import FloatArray, IntArray

POOL = 1500  # candidate questions that are compared
POOL_ITEMS = 400  # items that they are drawn from
LOOKED_AT = 800  # items whose places are looked at to find those
NEW_SHARE = 0.25  # of the items looked at come from the newest …
NEWEST = 0.1  # … share of all items: the search drifts toward what judges never saw, so they are shown it
GRID = 8  # cells along each axis that items are spread over


def looked_at(rows: IntArray, rng: np.random.Generator) -> IntArray:
    """At most ``LOOKED_AT`` of ``rows`` (oldest first), the newest preferred."""
    if len(rows) <= LOOKED_AT:
        return rows
    newest = rows[-max(1, int(NEWEST * len(rows))) :]
    new = rng.choice(newest, min(len(newest), int(NEW_SHARE * LOOKED_AT)), replace=False)
    rest = np.setdiff1d(rows, new, assume_unique=True)
    return np.sort(np.concatenate([new, rng.choice(rest, LOOKED_AT - len(new), replace=False)]))


def spread_out(places: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """(≤ n,) positions of (m, k) ``places`` drawn so that every part of the map gets its turn, however few lie there.

    Places are binned over their own range, and one of each bin is taken in turn, bins in random order."""
    if len(places) <= n:
        return np.arange(len(places))
    low, high = places.min(axis=0), places.max(axis=0)
    grid = np.minimum(GRID * (places - low) / np.where(high > low, high - low, 1), GRID - 1).astype(np.int64)
    cells = np.ravel_multi_index(tuple(grid.T), (GRID,) * grid.shape[1])
    order = rng.permutation(len(places))
    by_cell = order[np.argsort(cells[order], kind="stable")]
    sorted_cells = cells[by_cell]
    first = np.r_[0, np.flatnonzero(np.diff(sorted_cells)) + 1]
    turn = np.arange(len(by_cell)) - np.repeat(first, np.diff(np.r_[first, len(by_cell)]))
    taken = by_cell[np.argsort(turn + rng.random(len(turn)), kind="stable")[:n]]
    return np.sort(taken)


def triplets_of(rows: IntArray, rng: np.random.Generator) -> IntArray:
    """(m, 3) distinct items of ``rows``, reference first, without doubles: all questions of few items, else ``POOL``."""
    count = len(rows)
    if count * (count - 1) * (count - 2) // 2 <= POOL:
        i, (j, k) = np.arange(count), np.triu_indices(count, 1)
        every = np.stack([np.repeat(i, len(j)), np.tile(j, count), np.tile(k, count)], axis=1)
        every = every[(every[:, 0] != every[:, 1]) & (every[:, 0] != every[:, 2])]
        return rows[rng.permutation(every)]
    drawn = rng.integers(0, count, (2 * POOL, 3))
    drawn[:, 1:].sort(axis=1)
    distinct = (drawn[:, 0] != drawn[:, 1]) & (drawn[:, 0] != drawn[:, 2]) & (drawn[:, 1] != drawn[:, 2])
    _, first = np.unique(drawn[distinct], axis=0, return_index=True)
    return rows[rng.permutation(drawn[distinct][first])[:POOL]]
