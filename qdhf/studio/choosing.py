"""How a set comes about: from a study's items, marks, maps and measures, by one of several ways, then by single swaps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qdhf.checks import between
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.studio.rating import Rating
from qdhf.studio.valuing import MEASURED, PREFERRED, Valuing
from qdhf.types import Fit, FloatArray, Mark, Study, StudyMatrix

if TYPE_CHECKING:
    from qdhf.curate.pool import Pick, Pool, Wish
    from qdhf.curate.screening import Limits

WAYS = ("different", "representative", "balanced", "fair", "cells", "direction")
MOST_ITEMS, MOST_ASIDE = 10_000, 500
SWAPPED = "{}, instead of one swapped out"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that a set follows from, besides the study and its marks: choosing again gives the same set.

    ``method``: one of ``WAYS``. ``floor``: the share of lowest quality left out, in [0, 1).
    ``copies``: cosine of features from which an item is a copy of a better one; None for exact copies only. ``dial``: by
    name of objective, −1 to 1. ``only``: ids to keep to. ``aside``: ids swapped out one after the other."""

    k: int
    method: str = "different"
    floor: float = 0.25
    copies: float | None = 0.999
    dial: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    only: frozenset[str] | None = None
    aside: tuple[str, ...] = ()

    def checked(self) -> Settings:
        """Raises InvalidInput for a number that makes no sense."""
        between("The number of items to choose", self.k, 1, MOST_ITEMS)
        between("The quality floor", self.floor, 0.0, 0.99)
        if self.copies is not None:
            between("The cosine from which items are copies", self.copies, 0.0, 1.0)
        for weight in self.dial.values():
            between("A dial", weight, -1.0, 1.0)
        if len(self.aside) > MOST_ASIDE:
            raise InvalidInput(f"At most {MOST_ASIDE} items can be swapped out; ban what you never want to see.")
        return self

    def record(self) -> dict[str, Any]:
        """JSON-ready, to be kept with a set. A filter is kept as how many items it let through."""
        made: dict[str, Any] = {
            "method": self.method, "k": self.k, "quality_floor_share": self.floor, "near_copy_cosine": self.copies,
            "seed": self.seed,
        }  # fmt: skip
        if self.dial:
            made["dial"] = dict(self.dial)
        if self.only is not None:
            made["filter_passes"] = len(self.only)
        if self.aside:
            made["swapped_out"] = list(self.aside)
        return made


class Choosing:
    """Puts the pool together and asks for the picks."""

    def __init__(self, store: Store, learning: Learning, rating: Rating, valuing: Valuing) -> None:
        self._store, self._learning, self._rating, self._valuing = store, learning, rating, valuing

    def objectives(self, study: Study) -> dict[str, FloatArray]:
        """What a direction can be made of, (n,) each by name: measures of quality, and each axis of the map ("axis 1").
        Raises NotEnoughItems."""
        matrix, fit = self.ground(study)
        measures = self._valuing.measures(study, self._learning.matrices.measured(study))
        places = fit.projection(matrix.features)
        axes = {f"axis {axis + 1}": places[:, axis] for axis in range(places.shape[1])}
        return {**{name: values[: len(matrix)] for name, values in measures.items()}, **axes}

    def objective_names(self, study: Study) -> dict[str, tuple[str, str, str]]:
        """For each objective what people call it, and the words for its low and its high end."""
        known = {
            MEASURED: ("Measured quality", "worse", "better"), PREFERRED: ("What people prefer", "less liked", "liked"),
        }  # fmt: skip
        axes = self._learning.axis_names(study)
        found = {}
        for name in self.objectives(study):
            axis = axes.get(int(name.removeprefix("axis ")) - 1) if name not in known else None
            ends = (axis.low or "low", axis.high or "high") if axis else ("low", "high")
            found[name] = known.get(name, (axis.name if axis else name.capitalize(), *ends))
        return found

    def ground(self, study: Study) -> tuple[StudyMatrix, Fit]:
        """What there is to choose from, and on which map. Raises NotEnoughItems."""
        fit, matrix = self._learning.current(study), self._learning.matrices.of(study)
        if fit is None:
            raise NotEnoughItems("Choosing needs at least three items. Generate or import some first.")
        return matrix, fit

    def key(self, study: Study, marks: Mapping[str, Mark], settings: Settings) -> Hashable:
        """Two choices of one key are the same."""
        matrix, fit = self.ground(study)
        quality = hash((matrix.quality.tobytes(), None if matrix.ruled_out is None else matrix.ruled_out.tobytes()))
        dial = tuple(sorted(settings.dial.items()))
        names = tuple(sorted((axis, n.name) for axis, n in self._learning.axis_names(study).items()))
        answers = self.answers_key(study) if settings.method == "fair" else None
        plain = replace(settings, dial={})
        return study.id, len(matrix), fit.version, quality, tuple(marks.items()), names, answers, dial, _hashable(plain)

    def answers_key(self, study: Study) -> Hashable:
        """Whatever is found from the answers stays the same while this does."""
        return study.id, self._store.judgments.count(study.id), self._store.exclusions.changes(study.id)

    def picks(
        self, study: Study, marks: Mapping[str, Mark], settings: Settings, before: list[Pick] | None
    ) -> list[Pick]:
        """Rows of the study's matrix with their reasons, in order of choice. ``before``: the picks of the same settings
        without the last swap; None where nothing is swapped.

        Raises NotEnoughItems, InvalidInput; NotEnoughJudgments where the way needs groups of raters."""
        from qdhf.curate.methods import choose
        from qdhf.curate.pool import Wish

        matrix, fit = self.ground(study)
        row = {item: i for i, item in enumerate(matrix.ids)}
        wish = Wish(k=settings.k, pins=_marked(marks, row, "pin"), dial=settings.dial, seed=settings.seed)
        limits = _limits(matrix, marks, settings, row)
        aside = [row[item] for item in settings.aside if item in row]
        if before is not None and (not aside or aside[-1] not in {p.row for p in before} - {*wish.pins}):
            return before  # it is not in the set, or it is pinned
        pool = self._pool(study, matrix, fit, settings)

        def chosen(wish: Wish, limits: Limits) -> list[Pick]:
            return choose(settings.method, pool, wish, limits)

        return chosen(wish, limits) if before is None else swapped(chosen, wish, limits, before, aside)

    def passing(self, study: Study, marks: Mapping[str, Mark], settings: Settings) -> int:
        """How many items pass what the settings leave out. Raises NotEnoughItems below three items, InvalidInput."""
        from qdhf.curate.screening import screen

        matrix, fit = self.ground(study)
        row = {item: i for i, item in enumerate(matrix.ids)}
        pool = self._pool(study, matrix, fit, replace(settings, method=WAYS[0]))
        return len(screen(pool, _limits(matrix, marks, settings, row), _marked(marks, row, "pin")).rows)

    def group_shares(self, study: Study, ids: Sequence[str]) -> tuple[float, ...]:
        """For each group of raters the share of its own map, cut into about twice as many regions as the set has items,
        that the set shows of what all items do. Raises NotEnoughJudgments."""
        from qdhf.curate.fair import regions

        matrix = self._learning.matrices.of(study)
        inside = np.isin(matrix.ids, list(ids))
        cells = [regions(places, len(ids)) for places in self._groups(study, matrix)]
        return tuple(len(np.unique(each[inside])) / len(np.unique(each)) for each in cells)

    def _groups(self, study: Study, matrix: StudyMatrix) -> tuple[FloatArray, ...]:
        found = self._rating.groups(study).groups.groups
        return tuple(group.axes.projection(matrix.features) for group in found)

    def _pool(self, study: Study, matrix: StudyMatrix, fit: Fit, settings: Settings) -> Pool:
        from qdhf.curate.pool import Pool
        from qdhf.search.archive import place

        places = fit.projection(matrix.features)
        return Pool(
            places=places, features=matrix.features, quality=matrix.quality, dims=study.map.dims,
            cells=place(places, fit.low, fit.high, study.map.dims),
            groups=self._groups(study, matrix) if settings.method == "fair" else (),
            objectives=self.objectives(study) if settings.method == "direction" else {},
        )  # fmt: skip


def swapped(
    choose: Callable[[Wish, Limits], list[Pick]], wish: Wish, limits: Limits, before: list[Pick], aside: Sequence[int]
) -> list[Pick]:
    """``before`` with the last row of ``aside`` replaced: the others stay where they are, and ``choose`` finds one more that
    was not swapped out, this time or earlier."""
    from qdhf.curate.pool import Pick

    rows, gone = [pick.row for pick in before], aside[-1]
    kept = tuple(row for row in rows if row != gone)
    without = replace(
        limits, bans=(*limits.bans, *(row for row in dict.fromkeys(aside) if row not in (*kept, *limits.bans)))
    )
    new = next(p for p in choose(replace(wish, pins=kept), without) if p.row not in kept)
    return [
        Pick(new.row, SWAPPED.format(new.reason)) if row == gone else pick
        for row, pick in zip(rows, before, strict=True)
    ]


def _limits(matrix: StudyMatrix, marks: Mapping[str, Mark], settings: Settings, row: Mapping[str, int]) -> Limits:
    from qdhf.curate.screening import Limits

    off = () if matrix.eligible is None else tuple(np.flatnonzero(~matrix.eligible).tolist())
    counting = matrix.counted().quality if len(off) < len(matrix) else matrix.quality
    return Limits(
        floor=float(np.quantile(counting, settings.floor)) if settings.floor > 0 else -np.inf,
        copies=settings.copies, bans=_marked(marks, row, "ban"), off=off,
        only=None if settings.only is None else tuple(row[i] for i in settings.only if i in row),
    )  # fmt: skip


def _marked(marks: Mapping[str, Mark], row: Mapping[str, int], mark: Mark) -> tuple[int, ...]:
    return tuple(row[item] for item, m in marks.items() if m == mark and item in row)


def _hashable(settings: Settings) -> Hashable:
    return tuple(sorted((name, value) for name, value in vars(settings).items() if name not in ("dial", "only"))), (
        settings.only
    )
