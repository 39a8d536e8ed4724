"""What sets are chosen from, and what is asked of a set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class Pool:
    """n items. ``places`` (n, a): on the map, learned distances; ``features`` (n, d): of the encoder; ``quality`` (n,);
    ``cells`` (n,): flat cell of each on a map of ``dims``; ``groups``: for each group of raters the places (n, a_g) on its
    own map; ``objectives``: what a direction can be made of, (n,) each, by name.

    Raises InvalidInput where something does not have a finite row for each item."""

    places: FloatArray
    features: FloatArray
    quality: FloatArray
    cells: IntArray
    dims: tuple[int, ...]
    groups: tuple[FloatArray, ...] = ()
    objectives: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(checks.matrix("places", self.places))
        for name, rows in (("features", self.features), *((f"group {g + 1}", p) for g, p in enumerate(self.groups))):
            if len(checks.matrix(name, rows)) != n:
                raise InvalidInput(f"There are {n} places; {name} must have as many rows, not {len(rows)}.")
        for name, column in (("quality", self.quality), ("cells", self.cells), *self.objectives.items()):
            if np.shape(column) != (n,) or not np.isfinite(column).all():
                raise InvalidInput(f"{name} must be one finite number per item ({n}); got shape {np.shape(column)}.")

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: IntArray) -> Pool:
        """The items of these rows alone, in this order."""
        return replace(
            self, places=self.places[rows], features=self.features[rows], quality=self.quality[rows], cells=self.cells[rows],
            groups=tuple(each[rows] for each in self.groups),
            objectives={name: values[rows] for name, values in self.objectives.items()},
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wish:
    """``k`` items, the rows ``pins`` among them. ``dial``: how much of each objective of the pool, by name, from −1 (as
    little as can be) over 0 (no matter) to 1. ``seed``: of what is drawn by chance."""

    k: int
    pins: tuple[int, ...] = ()
    dial: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class Pick:
    """A row that was chosen, and why, in words for people."""

    row: int
    reason: str


PINNED = "pinned"


def by_quality(quality: FloatArray) -> IntArray:
    """Rows from the best down; of equally good ones the earlier first."""
    return np.argsort(-np.asarray(quality, np.float64), kind="stable")
