"""The archive as people see it: the map, an item and its relatives, examples along the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qdhf.errors import NotEnoughItems
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.types import Fit, FloatArray, Item, Study, StudyMatrix

if TYPE_CHECKING:
    from qdhf.search.archive import ArchiveView

VENDI_ITEMS = 2000  # diversity is computed on at most so many evenly spaced elites
ORDERS = (0.1, 0.5, 1.0, 2.0, float("inf"))


@dataclass(frozen=True, kw_only=True)
class Map:
    """The archive of a study under one descriptor. ``elites``: the item of each filled cell, by cell;
    ``quality``: their quality stretched to [0, 1] over the study, for colours."""

    fit: Fit
    view: ArchiveView
    matrix: StudyMatrix
    elites: dict[int, Item]
    quality: dict[int, float]

    @property
    def empty(self) -> int:
        return int(np.prod(self.view.dims)) - len(self.elites)


@dataclass(frozen=True, kw_only=True)
class Detail:
    """An item with what is known of it. ``place``: (k,) on the map; ``neighbours``: the nearest others there."""

    item: Item
    quality: float
    place: tuple[float, ...]
    cell: int
    parents: list[Item]
    children: list[Item]
    neighbours: list[Item]


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """The suite, never one number. Vendi scores by order q, as the effective number of different elites."""

    elites: int
    learned: dict[float, float]  # kernel exp(−d²/2ℓ²) on places
    features: dict[float, float]  # cosine of the encoder's features
    coverage: float
    qd_score: float
    entropy: float  # of all items over cells, as a share of the largest possible


class Browsing:
    """Use-cases of the archive and diversity pages."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning
        self._known: tuple[str, FloatArray] = ("", np.zeros((0, 2)))  # fit and places of the study looked at last

    def map(self, study: Study, version: int | None = None) -> Map:
        """The map under the latest descriptor, or under an earlier ``version``. Raises NotEnoughItems."""
        from qdhf.search.archive import build_view

        fit = self._store.fits.get(study.id, version) if version is not None else self._learning.current(study)
        if fit is None:
            raise NotEnoughItems("The map needs at least three items. Generate or import some first.")
        matrix = self._learning.matrices.of(study)
        view = build_view(matrix, fit, study.map.dims)
        cells = np.flatnonzero(view.elites >= 0)
        rows = view.elites[cells]
        items = self._store.items.many([matrix.ids[r] for r in rows])
        low, high = float(matrix.quality.min()), float(matrix.quality.max())
        shade = (matrix.quality[rows] - low) / max(high - low, 1e-9)
        return Map(
            fit=fit, view=view, matrix=matrix, elites=dict(zip(cells.tolist(), items, strict=True)),
            quality=dict(zip(cells.tolist(), shade.tolist(), strict=True)),
        )  # fmt: skip

    def detail(self, study: Study, item_id: str, neighbours: int = 8) -> Detail:
        """Everything about one item. Raises NotFound; NotEnoughItems where there is no map yet."""
        from qdhf.search.archive import place

        item, fit, matrix = (
            self._store.items.get(item_id),
            self._learning.current(study),
            self._learning.matrices.of(study),
        )
        if fit is None or item_id not in matrix.ids:
            raise NotEnoughItems("This item has no place yet: its features are still being computed.")
        points, row = self._places(fit, matrix), matrix.ids.index(item_id)
        away = ((points - points[row]) ** 2).sum(axis=1)
        near = np.argsort(away, kind="stable")[: neighbours + 1]
        near = near[near != row][:neighbours]
        parents = self._store.items.many(item.genome.parents) if item.genome else []
        return Detail(
            item=item, quality=float(matrix.quality[row]), place=tuple(points[row].tolist()), parents=parents,
            cell=int(place(points[row : row + 1], fit.low, fit.high, study.map.dims)[0]),
            children=self._store.items.children(item_id), neighbours=self._items(matrix, near.tolist()),
        )  # fmt: skip

    def along_axes(self, study: Study, fit: Fit, count: int = 9) -> list[list[Item]]:
        """For each axis up to ``count`` typical items from its low end to its high end, no two nearly the same."""
        from qdhf.descriptors.examples import along

        matrix = self._learning.matrices.of(study)
        points = fit.projection(matrix.features)
        return [
            self._items(matrix, along(points, matrix.features, axis, count).tolist()) for axis in range(points.shape[1])
        ]

    def diversity(self, study: Study) -> Diversity:
        """How different the elites are, by several measures. Raises NotEnoughItems."""
        from qdhf.metrics.vendi import vendi_cosine, vendi_places

        found = self.map(study)
        view, matrix = found.view, found.matrix
        rows = np.sort(view.elites[view.elites >= 0])
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), VENDI_ITEMS)).round().astype(int)]
        share = view.counts[view.counts > 0] / view.counts.sum()
        places = found.fit.projection(matrix.features[rows])
        return Diversity(
            elites=len(rows), learned=vendi_places(places, ORDERS), features=vendi_cosine(matrix.features[rows], ORDERS),
            coverage=view.coverage, qd_score=view.qd_score,
            entropy=float(-(share * np.log(share)).sum() / math.log(len(view.counts))),
        )  # fmt: skip

    def _places(self, fit: Fit, matrix: StudyMatrix) -> FloatArray:
        """(n, k) places of all items; those that are known are not placed anew, since items never change."""
        fit_id, points = self._known
        if fit_id != fit.id or len(points) > len(matrix):
            points = np.zeros((0, len(fit.low)))
        if len(points) < len(matrix):
            points = np.concatenate([points, fit.projection(matrix.features[len(points) :])])
            self._known = (fit.id, points)
        return points

    def _items(self, matrix: StudyMatrix, rows: Sequence[int]) -> list[Item]:
        return self._store.items.many([matrix.ids[r] for r in rows])
