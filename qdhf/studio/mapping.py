"""The map as people look at it: whose axes, which cells, which colours. Derived for looking; nothing of it is stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from qdhf.checks import between
from qdhf.errors import InvalidInput, NotEnoughItems, NotEnoughJudgments, NotFound
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.studio.map_colours import Colours, ColourWays
from qdhf.studio.map_sheet import Sheet, packed
from qdhf.studio.rating import Rating
from qdhf.types import Fit, FloatArray, IntArray, Item, Projection, Study, StudyMatrix

if TYPE_CHECKING:
    from qdhf.search.tessellation import Tessellation

MOST_CELLS = 100  # along an axis that is looked at; a study's own map may have more
EXAMPLES = 9  # along an axis
SHEETS = 8  # kept in memory
SHELF, SHELVES = 250, 200  # items whose thumbnails are looked up at once; how many such lists are kept


@dataclass(frozen=True, kw_only=True)
class Look:
    """How to look at a study. ``version``: of the axes, None for the latest; ``group``: a group of raters (0 first) whose
    own axes to take instead. ``dims``: columns and rows of the grid, None for the study's own; ``even``: so many cells of
    about equal area (see :mod:`qdhf.search.tessellation`) in place of a grid."""

    version: int | None = None
    group: int | None = None
    dims: tuple[int, int] | None = None
    even: int | None = None


class Mapping:
    """Use-cases of the archive page's map. Thread-safe."""

    def __init__(self, store: Store, learning: Learning, rating: Rating) -> None:
        self._store, self._learning, self._rating = store, learning, rating
        self._ways = ColourWays(store, learning, rating)
        self._sheets: OrderedDict[tuple[str, Look], tuple[tuple[object, ...], Sheet]] = OrderedDict()
        self._strips: WeakKeyDictionary[Sheet, tuple[tuple[int, ...], ...]] = WeakKeyDictionary()
        self._shelves: OrderedDict[tuple[str, int], list[Item]] = OrderedDict()
        self._versions: dict[str, tuple[int, list[datetime]]] = {}  # of the study asked for last: when each was made
        self._lock = Lock()

    def sheet(self, study: Study, look: Look | None = None) -> Sheet:
        """All items of ``study`` on their cells. Remembered until items, axes or quality change.

        Raises NotEnoughItems below three items, NotEnoughJudgments for a group where none is known, NotFound for a version
        that is not there, InvalidInput for cells that cannot be drawn."""
        look = look or Look()
        _check(look)
        current = self._learning.current(study)
        if current is None:
            raise NotEnoughItems("The map needs at least three items. Generate or import some first.")
        fit = current if look.version in (None, current.version) else self._store.fits.get(study.id, look.version or 0)
        matrix = self._learning.matrices.of(study)
        minds = None if look.group is None else self._rating.known_groups(study)
        key, out = (study.id, look), matrix.ruled_out
        facts = (len(matrix), hash(matrix.quality.tobytes()), None if out is None else hash(out.tobytes()))
        stamp = (fit.id, id(minds), *facts)
        with self._lock:
            known, found = self._sheets.get(key, ((), None))
            if found is not None and known == stamp:
                self._sheets.move_to_end(key)
                return found
        made = self._made(study, look, fit, matrix.counted(), fit is current)
        with self._lock:
            self._sheets[key] = (stamp, made)
            self._sheets.move_to_end(key)
            while len(self._sheets) > SHEETS:
                self._sheets.popitem(last=False)
        return made

    def colours(self, study: Study, sheet: Sheet, by: str) -> Colours | None:
        """What colours the items of ``sheet``: ``by`` "uncertainty", "group" or "source"; None for what the map itself
        knows: "quality", "age", "count". Raises InvalidInput for other words."""
        return self._ways.of(study, sheet, by)

    def ways(self, study: Study, sheet: Sheet) -> list[str]:
        """What the items can be coloured by here: without what would be one colour all over."""
        return self._ways.offered(study, sheet)

    def strips(self, study: Study, sheet: Sheet) -> tuple[tuple[int, ...], ...]:
        """For either axis the rows of up to nine typical items from its low end to its high end."""
        from qdhf.descriptors.examples import along

        if sheet not in self._strips:
            self._strips[sheet] = tuple(
                tuple(along(sheet.places, sheet.features, axis, EXAMPLES).tolist()) for axis in (0, 1)
            )
        return self._strips[sheet]

    def items(self, sheet: Sheet, positions: Sequence[int]) -> list[Item]:
        """The items at these positions of the study, in order. Raises InvalidInput where ``sheet`` lacks one."""
        rows = np.searchsorted(sheet.positions, positions)
        there = (rows < len(sheet)) & (sheet.positions[np.minimum(rows, len(sheet) - 1)] == positions)
        if not there.all():
            raise InvalidInput("Some of the items picked are not on the map any more. Pick anew.")
        return self._store.items.many([sheet.ids[row] for row in rows.tolist()])

    def targets(self, study: Study, sheet: Sheet, cells: Collection[int]) -> list[int]:
        """The empty cells of the study's own map that these ``cells`` of a sheet stand for, ascending: those with their
        middle inside one, or the one around its middle. A run aims at these."""
        home = self.sheet(study)
        wanted = sheet.on_grid(cells, home.dims)
        return [cell for cell in wanted if home.counts[cell] == 0]

    def version_at(self, study: Study, position: int) -> int:
        """The version of the axes that was the latest when the item at ``position`` was made; the first one before any.
        Raises NotFound."""
        made = self._item_at(study.id, position).created_at
        latest = self._learning.current(study)
        if latest is None:
            raise NotFound("There are no axes yet.")
        known, times = self._versions.get(study.id, (0, []))
        if known != latest.version:
            times = [fit.created_at for fit in self._learning.versions(study)]
            self._versions = {study.id: (latest.version, times)}
        return max(1, sum(time <= made for time in times))

    def passing(self, sheet: Sheet, ids: Collection[str] | None) -> str | None:
        """Which items of ``sheet`` are among ``ids``, as base64 of bits, the first item the lowest bit; None for all."""
        if ids is None:
            return None
        return packed(np.packbits([item in ids for item in sheet.ids], bitorder="little"), "|u1")

    def thumbnail(self, study_id: str, position: int, size: int) -> bytes:
        """The small picture (128 or 256 pixels) of the item at ``position``, or its text; the file itself where it has
        none. Raises NotFound."""
        item = self._item_at(study_id, position)
        return self._store.blobs.get(item.thumbs.get(size, item.blob))

    def _item_at(self, study_id: str, position: int) -> Item:
        shelf, place = divmod(position, SHELF)
        items = self._shelf(study_id, shelf)
        if not 0 <= place < len(items) or items[place].position != position:
            raise NotFound(f"There is no item at {position} in this study.")
        return items[place]

    def _shelf(self, study_id: str, shelf: int) -> list[Item]:
        """The items at ``SHELF`` positions in a row; those that are all there never change."""
        key = (study_id, shelf)
        with self._lock:
            if key in self._shelves:
                self._shelves.move_to_end(key)
                return self._shelves[key]
        found = self._store.items.of_study(study_id, after=shelf * SHELF - 1, limit=SHELF)
        if len(found) == SHELF:
            with self._lock:
                self._shelves[key] = found
                while len(self._shelves) > SHELVES:
                    self._shelves.popitem(last=False)
        return found

    def _made(self, study: Study, look: Look, fit: Fit, matrix: StudyMatrix, newest: bool) -> Sheet:
        projection = fit.projection if look.group is None else self._group(study, look.group, fit, matrix)
        places, low, high = projection(matrix.features), np.asarray(fit.low), np.asarray(fit.high)
        if places.shape[1] != 2:
            raise InvalidInput(f"A map is drawn of two axes; these have {places.shape[1]}.")
        dims = look.dims or (study.map.dims[0], study.map.dims[1])
        tiling, cells = _cells(places, low, high, look.even or dims)
        return Sheet(
            study_id=study.id, fit=fit, ids=matrix.ids, positions=matrix.positions, features=matrix.features, places=places,
            cells=cells, quality=np.asarray(matrix.quality, np.float64), low=low, high=high, dims=dims, tiling=tiling,
            aimable=newest and look.group is None,
        )  # fmt: skip

    def _group(self, study: Study, group: int, fit: Fit, matrix: StudyMatrix) -> Projection:
        """The group's own axes, turned onto everyone's so that the two maps can be compared."""
        from qdhf.descriptors.alignment import align

        minds = self._rating.known_groups(study)
        if minds is None or not 0 <= group < len(minds.groups):
            raise NotEnoughJudgments("These groups of raters are not known any more. Look for them under Raters.")
        return align(minds.groups.groups[group].axes.projection, fit.projection, matrix.features)


def _check(look: Look) -> None:
    for side in look.dims or ():
        between("The cells along an axis", side, 1, MOST_CELLS)


def _cells(
    places: FloatArray, low: FloatArray, high: FloatArray, size: tuple[int, int] | int
) -> tuple[Tessellation | None, IntArray]:
    """Cell of each place: of a grid of ``size`` columns and rows, or of so many even cells."""
    if isinstance(size, tuple):
        from qdhf.search.archive import place

        return None, place(places, low, high, size)
    from qdhf.search.tessellation import nearest, tessellate

    tiling = tessellate(size)
    return tiling, nearest((places - low) / (high - low), tiling)
