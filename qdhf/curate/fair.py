"""A set that is fair to every group: none of them sees much less of its own map than another.

MaxMin-RLHF (Chakraborty et al. 2024, arXiv 2402.08925, eq. 8) maximises the reward of the group worst off. Here a group's
reward is coverage: the share of the cells its map fills with all items that the set fills, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray, IntArray

ROUNDS = 20  # of exchanges


@dataclass(frozen=True, kw_only=True)
class FairSet:
    """``rows``: the set, in order of choice; ``pooled``: the set for everyone. ``coverage`` and ``pooled_coverage``:
    what each group gets of either, in [0, 1]; the smallest of the former is never below that of the latter."""

    rows: tuple[int, ...]
    pooled: tuple[int, ...]
    coverage: tuple[float, ...]
    pooled_coverage: tuple[float, ...]


def fair_set(cells: Sequence[IntArray], quality: FloatArray, k: int, *, pooled: IntArray | Sequence[int]) -> FairSet:
    """``k`` of n items whose smallest coverage over groups is as large as a greedy choice and exchanges make it.

    ``cells``: for each group the cell (n,) of each item on its map, whole numbers from 0. ``quality`` (n,) decides
    between equally useful items. ``pooled``: the rows of a set of size ``k`` chosen for everyone; it is started from,
    too, and kept where nothing better is found. Larger is better in the order of sorted coverages ("leximin").
    Raises InvalidInput for arrays or rows that do not fit, NotEnoughItems for fewer than ``k`` items.
    """
    filled = _checked(cells, quality, k, pooled)
    order = np.argsort(-np.asarray(quality, np.float64), kind="stable")  # the better of equals comes first
    ranked = [each[order] for each in filled]
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    starts = [_greedy(ranked, k), [int(rank[row]) for row in pooled]]
    best = max((_exchanged(ranked, start) for start in starts), key=lambda rows: _worth(ranked, rows))
    chosen = [int(order[row]) for row in best]
    return FairSet(
        rows=tuple(chosen), pooled=tuple(int(row) for row in pooled),
        coverage=coverages(filled, chosen), pooled_coverage=coverages(filled, list(pooled)),
    )  # fmt: skip


def coverages(filled: Sequence[NDArray[np.bool_]], rows: Sequence[int]) -> tuple[float, ...]:
    """For each group the share of its filled cells that ``rows`` fill. ``filled``: (n, cells) one-hot, per group."""
    return tuple(float(each[list(rows)].any(axis=0).sum()) / each.shape[1] for each in filled)


def _checked(
    cells: Sequence[IntArray], quality: FloatArray, k: int, pooled: IntArray | Sequence[int]
) -> list[NDArray[np.bool_]]:
    """(n, filled cells) per group: which cell each item fills."""
    n = len(quality)
    if not cells or any(np.shape(each) != (n,) for each in cells) or not np.isfinite(quality).all():
        raise InvalidInput(f"A fair set needs one cell per item ({n}) for each group, and finite qualities.")
    if not 1 <= k <= n:
        raise NotEnoughItems(f"A set of {k} was asked for; there are {n} items. Ask for 1 to {n}.")
    if len(set(pooled)) != k or min(pooled) < 0 or max(pooled) >= n:
        raise InvalidInput(f"The set to compare with must hold {k} different rows from 0 to {n - 1}.")
    return [np.unique(each)[None, :] == np.asarray(each)[:, None] for each in cells]


def _worth(filled: Sequence[NDArray[np.bool_]], rows: Sequence[int]) -> tuple[float, ...]:
    return tuple(sorted(coverages(filled, rows)))


def _greedy(filled: Sequence[NDArray[np.bool_]], k: int) -> list[int]:
    """Each time the item after which sorted coverages are largest; the first of equals."""
    chosen: list[int] = []
    for _ in range(k):
        chosen.append(_best_addition(filled, chosen))
    return chosen


def _best_addition(filled: Sequence[NDArray[np.bool_]], chosen: Sequence[int]) -> int:
    """The row that makes sorted coverages largest when added to ``chosen``."""
    after = []
    for each in filled:
        held = each[list(chosen)].any(axis=0)
        after.append((held.sum() + (each & ~held).sum(axis=1)) / each.shape[1])
    worth = np.sort(np.stack(after), axis=0)  # (groups, n), smallest first
    worth[:, list(chosen)] = -1
    order = np.lexsort((np.arange(worth.shape[1]), *(-worth[::-1])))
    return int(order[0])


def _exchanged(filled: Sequence[NDArray[np.bool_]], start: Sequence[int]) -> list[int]:
    """``start`` with single items exchanged for better ones while that helps."""
    rows, worth = list(start), _worth(filled, start)
    for _ in range(ROUNDS):
        before = worth
        for at in range(len(rows)):
            others = rows[:at] + rows[at + 1 :]
            other = _best_addition(filled, others)
            changed = [*rows[:at], other, *rows[at + 1 :]]
            if (better := _worth(filled, changed)) > worth:
                rows, worth = changed, better
        if worth == before:
            break
    return rows
