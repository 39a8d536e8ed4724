"""A set that is fair to every group: none of them sees much less of its own map than another.

MaxMin-RLHF (Chakraborty et al. 2024, arXiv 2402.08925, eq. 8) maximises the reward of the group worst off. Here a group's
reward is coverage: the share of the cells its map fills with all items that the set fills, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.curate.pool import PINNED, Pick, Pool, Wish, by_quality
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.search.archive import place
from qdhf.types import FloatArray, IntArray

ROUNDS, TRIES = 20, 4000  # of exchanges: of a whole set, and of single items
GROUPS = 8  # at most
EDGE = 0.02  # of the items may lie outside a map's regions at either end; the outer regions take them


@dataclass(frozen=True, kw_only=True)
class FairSet:
    """``rows``: the set, in order of choice; ``pooled``: the set for everyone. ``coverage`` and ``pooled_coverage``:
    what each group gets of either, in [0, 1]; the smallest of the former is never below that of the latter."""

    rows: tuple[int, ...]
    pooled: tuple[int, ...]
    coverage: tuple[float, ...]
    pooled_coverage: tuple[float, ...]


def regions(places: FloatArray, k: int) -> IntArray:
    """(n,) region of each of (n, a) ``places`` on a map cut into about 2·k."""
    side = max(2, round(float((2 * k) ** (1 / places.shape[1]))))
    low, high = np.quantile(places, [EDGE, 1 - EDGE], axis=0)
    return place(places, low, np.maximum(high, low + 1e-6), (side,) * places.shape[1])


def fair_set(
    cells: Sequence[IntArray],
    quality: FloatArray,
    k: int,
    *,
    pooled: Sequence[int] | IntArray,
    pins: Sequence[int] = (),
) -> FairSet:
    """``k`` of n items whose smallest coverage over groups is as large as a greedy choice and exchanges make it.

    ``cells``: for each group the cell (n,) of each item on its map, whole numbers from 0. ``quality`` (n,) decides
    between equally useful items. ``pooled``: the rows of a set of size ``k`` chosen for everyone; it is started from,
    too, and kept where nothing better is found. Larger is better in the order of sorted coverages ("leximin"). ``pins``
    come first in both and are never exchanged. Time per choice or exchange n·groups. Raises InvalidInput for arrays or
    rows that do not fit, NotEnoughItems for fewer than ``k`` items.
    """
    _check(cells, quality, k, pooled)
    if set(pins) - set(pooled):
        raise InvalidInput("The set to compare with must hold every pin.")
    order = by_quality(quality)  # the better of equals comes first
    rank = np.argsort(order)
    filled = [np.unique(each, return_inverse=True)[1][order] for each in cells]
    first = [int(rank[row]) for row in pins]
    everyone = first + [int(rank[row]) for row in pooled if row not in set(pins)]
    made = [_Making(filled, start).completed(k).exchanged(len(pins)) for start in (first, everyone)]
    best = max(made, key=lambda each: sorted(each.coverage))
    return FairSet(
        rows=tuple(int(order[row]) for row in best.rows), pooled=tuple(int(row) for row in pooled),
        coverage=best.coverage, pooled_coverage=_Making(filled, everyone).coverage,
    )  # fmt: skip


def _check(cells: Sequence[IntArray], quality: FloatArray, k: int, pooled: Sequence[int] | IntArray) -> None:
    n = len(quality)
    if len(cells) > GROUPS:
        raise InvalidInput(f"A set can be fair to at most {GROUPS} groups; there are {len(cells)}.")
    if not cells or any(np.shape(each) != (n,) for each in cells) or not np.isfinite(quality).all():
        raise InvalidInput(f"A fair set needs one cell per item ({n}) for each group, and finite qualities.")
    if not 1 <= k <= n:
        raise NotEnoughItems(f"A set of {k} was asked for; there are {n} items. Ask for 1 to {n}.")
    if len(set(pooled)) != k or min(pooled) < 0 or max(pooled) >= n:
        raise InvalidInput(f"The set to compare with must hold {k} different rows from 0 to {n - 1}.")


class _Making:
    """A set being put together. ``cells``: for each group the cell (n,) of each item, numbered from 0 without gaps."""

    def __init__(self, cells: Sequence[IntArray], rows: Sequence[int]) -> None:
        self.cells, self.rows = cells, list(rows)
        self.sizes = [int(each.max()) + 1 for each in cells]
        self.counts = [np.bincount(each[self.rows], minlength=s) for each, s in zip(cells, self.sizes, strict=True)]
        self.free = np.ones(len(cells[0]), bool)
        self.free[self.rows] = False

    @property
    def coverage(self) -> tuple[float, ...]:
        """For each group the share of its filled cells that the set fills."""
        return tuple(float((c > 0).sum()) / s for c, s in zip(self.counts, self.sizes, strict=True))

    def put(self, row: int, at: int | None = None) -> None:
        self.rows.insert(len(self.rows) if at is None else at, row)
        self._count(row, 1)

    def take(self, at: int) -> int:
        row = self.rows.pop(at)
        self._count(row, -1)
        return row

    def _count(self, row: int, change: int) -> None:
        for each, counts in zip(self.cells, self.counts, strict=True):
            counts[each[row]] += change
        self.free[row] = change < 0

    def best_addition(self) -> int:
        """The free row after which sorted coverages are largest; the first of equals."""
        kind = np.zeros(len(self.free), np.uint8)  # bit g: the item fills a cell that group g lacks
        for g, (each, counts) in enumerate(zip(self.cells, self.counts, strict=True)):
            kind |= ((counts == 0).astype(np.uint8) << g)[each]
        there = np.flatnonzero(np.bincount(kind[self.free]))
        held = [int((c > 0).sum()) for c in self.counts]
        after = [
            sorted((h + (bits >> g & 1)) / s for g, (h, s) in enumerate(zip(held, self.sizes, strict=True)))
            for bits in there.tolist()
        ]
        best = max(after)
        equals = np.zeros(256, bool)
        equals[[bits for bits, worth in zip(there.tolist(), after, strict=True) if worth == best]] = True
        return int((equals[kind] & self.free).argmax())

    def completed(self, k: int) -> _Making:
        """Filled up to ``k``, each time by the best addition."""
        while len(self.rows) < k:
            self.put(self.best_addition())
        return self

    def exchanged(self, keep: int) -> _Making:
        """With single items beyond the first ``keep`` exchanged for better ones while that helps."""
        left = len(self.rows) - keep
        for _ in range(min(ROUNDS, 1 + TRIES // max(1, left))):
            if not sum(self._exchange(at) for at in range(keep, len(self.rows))):
                break
        return self

    def _exchange(self, at: int) -> bool:
        """Exchange one item where that makes the set better; whether it did."""
        before = sorted(self.coverage)
        row = self.take(at)
        other = self.best_addition()
        self.put(other, at)
        if sorted(self.coverage) > before:
            return True
        self.take(at)
        self.put(row, at)
        return False


def fair(pool: Pool, wish: Wish) -> list[Pick]:
    """:func:`fair_set` on the maps of the pool's groups, never worse for the group worst off than one for everyone.

    Raises InvalidInput where the pool has no groups."""
    if not pool.groups:
        raise InvalidInput("A fair set needs groups of raters; none are known. Look for them on the raters page.")
    order = [*wish.pins, *(int(row) for row in by_quality(pool.quality) if row not in set(wish.pins))]
    best = order[: wish.k]
    pooled = fair_set([regions(pool.places, wish.k)], pool.quality, wish.k, pooled=best, pins=wish.pins).rows
    cells = [regions(places, wish.k) for places in pool.groups]
    rows = fair_set(cells, pool.quality, wish.k, pooled=pooled, pins=wish.pins).rows
    return [
        Pick(row, PINNED if row in wish.pins else said) for row, said in zip(rows, _reasons(cells, rows), strict=True)
    ]


def _reasons(cells: Sequence[IntArray], rows: Sequence[int]) -> list[str]:
    seen: list[set[int]] = [set() for _ in cells]
    found = []
    for row in rows:
        new = [g + 1 for g, each in enumerate(cells) if int(each[row]) not in seen[g]]
        for held, each in zip(seen, cells, strict=True):
            held.add(int(each[row]))
        if len(new) == len(cells) > 1:
            found.append("new to every group")
        else:
            found.append(f"new to group {' and '.join(map(str, new))}" if new else "the best of the rest")
    return found
