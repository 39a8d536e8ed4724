"""Questions that groups of raters would answer differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qdhf import checks
from qdhf.errors import NotEnoughItems
from qdhf.judgments.groups import Axes
from qdhf.types import FloatArray, IntArray

TRIED = 20_000  # random questions


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """``items``: rows of reference, a and b. ``probabilities``: by group, that a is said to be closer."""

    items: tuple[int, int, int]
    probabilities: tuple[float, ...]

    @property
    def gap(self) -> float:
        """Between the groups furthest apart, in [0, 1]."""
        return max(self.probabilities) - min(self.probabilities)


def disagreements(
    features: FloatArray,
    groups: Sequence[Axes],
    count: int,
    *,
    rng: np.random.Generator,
    asked: IntArray | None = None,
) -> list[Disagreement]:
    """The ``count`` questions about (n, d) ``features`` whose answers differ most between ``groups``, most first.

    Looked for among ``TRIED`` random questions and those ``asked``, (m, 3) rows. No item is in two of them while there
    are others, so that they show different things; of each, a is what the first group prefers. Empty for one group.
    Raises NotEnoughItems below three items.
    """
    x = checks.matrix("features", features)
    if len(x) < 3:
        raise NotEnoughItems(f"Questions need at least 3 items; got {len(x)}. Generate or import some first.")
    if len(groups) < 2:
        return []
    tried = rng.integers(0, len(x), (TRIED, 3))
    pool = tried if asked is None else np.concatenate([np.asarray(asked).reshape(-1, 3), tried])
    pool = pool[(pool != np.roll(pool, 1, axis=1)).all(axis=1)]
    chances = np.stack([axes.probabilities(x, pool) for axes in groups], axis=1)  # (m, groups)
    order = np.argsort(-np.ptp(chances, axis=1), kind="stable")
    fresh, taken = _without_shared_items(pool[order], count), set[tuple[int, frozenset[int]]]()
    found: list[Disagreement] = []
    for row in [*order[fresh], *order]:
        key = (int(pool[row, 0]), frozenset(pool[row, 1:].tolist()))
        if key not in taken and len(found) < count:
            taken.add(key)
            found.append(_told(pool[row], chances[row]))
    return sorted(found, key=lambda each: -each.gap)


def _without_shared_items(rows: IntArray, count: int) -> list[int]:
    """Up to ``count`` positions in ``rows``, in order, none of which shares an item with one before."""
    used: set[int] = set()
    kept: list[int] = []
    for i, row in enumerate(rows.tolist()):
        if len(kept) == count:
            break
        if not used & set(row):
            used.update(row)
            kept.append(i)
    return kept


def _told(row: IntArray, chances: FloatArray) -> Disagreement:
    r, a, b = (int(i) for i in row)
    if chances[0] < 0.5:
        a, b, chances = b, a, 1 - chances
    return Disagreement(items=(r, a, b), probabilities=tuple(float(p) for p in chances))
