"""What the items of a map can be coloured by beside their quality, age and number: doubt, people, origin."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.studio.map_sheet import Sheet, packed
from qdhf.studio.rating import Rating
from qdhf.types import FloatArray, IntArray, Item, Study

PLAIN = ("quality", "age", "count")  # a browser finds these by itself
WAYS = (*PLAIN, "uncertainty", "group", "source")
REMEMBERED = 8
KINDS = 7  # told apart by colour; rarer ones are put together


@dataclass(frozen=True, kw_only=True)
class Colours:
    """A value for each item. Amounts: numbers, NaN where nothing is known. Kinds (``names`` not empty): the number of a
    name, −1 where none fits."""

    by: str
    values: FloatArray
    names: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """JSON-ready, ``values`` as base64 of float32."""
        return {"by": self.by, "values": packed(self.values, "<f4"), "names": list(self.names)}


class ColourWays:
    """Finds colours for :class:`qdhf.studio.mapping.Mapping` and remembers them."""

    def __init__(self, store: Store, learning: Learning, rating: Rating) -> None:
        self._store, self._learning, self._rating = store, learning, rating
        self._known: OrderedDict[tuple[object, ...], Colours] = OrderedDict()
        self._makers: OrderedDict[str, list[str]] = OrderedDict()

    def offered(self, study: Study, sheet: Sheet) -> list[str]:
        """Names of ways that tell items apart here."""
        missing = set()
        if sheet.fit.draws is None:
            missing.add("uncertainty")
        if not self._learning.answers(study):
            missing.add("group")
        return [way for way in WAYS if way not in missing]

    def of(self, study: Study, sheet: Sheet, by: str) -> Colours | None:
        """See :meth:`qdhf.studio.mapping.Mapping.colours`."""
        if by not in WAYS:
            raise InvalidInput(f"A map is coloured by one of {', '.join(WAYS)}; got {by!r}.")
        if by in PLAIN:
            return None
        answers = self._learning.answers(study) if by == "group" else []
        key = (study.id, sheet.fit.id, sheet.dims, by, len(sheet), len(answers), id(self._rating.known_groups(study)))
        if key not in self._known:
            find = {"uncertainty": self._uncertainty, "group": self._group, "source": self._source}[by]
            self._known[key] = find(study, sheet)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]

    def _uncertainty(self, study: Study, sheet: Sheet) -> Colours:
        """By how many cells of the grid an item's place may be off: the root of the summed variances over draws."""
        from qdhf.descriptors.posterior import spread

        if sheet.fit.draws is None:
            return Colours(by="uncertainty", values=np.full(len(sheet), np.nan))
        size = (sheet.high - sheet.low) / np.array(sheet.dims)
        parts = np.array_split(
            sheet.features, max(1, len(sheet) // 2000)
        )  # draws of all at once would take much memory
        doubt = [np.linalg.norm(spread(sheet.fit.draws, part) / size, axis=1) for part in parts]
        return Colours(by="uncertainty", values=np.concatenate(doubt))

    def _group(self, study: Study, sheet: Sheet) -> Colours:
        """The group of raters to whose questions the item belongs most, by its share of what they were shown; before
        groups were looked for, the rater."""
        minds = self._rating.known_groups(study)
        if minds is not None and len(minds.groups) > 1:
            who = {r.id: n for n, members in enumerate(minds.members) for r in members}
            names = [f"Group {letter}" for letter in ascii_uppercase[: len(minds.groups)]]
        else:
            raters = [rater for rater, _ in self._learning.raters(study)]
            who = {r.id: n for n, r in enumerate(raters)}
            names = [f"Rater {n + 1}" for n in range(len(raters))]  # who looks at a map need not know who they are
        shown = np.zeros((len(sheet), max(1, len(names))), np.int64)
        for answer in self._learning.answers(study):
            if answer.rater_id in who:
                for item in answer.shown or (answer.reference, answer.a, answer.b):
                    if (row := sheet.row(item)) is not None:
                        shown[row, who[answer.rater_id]] += 1
        share = shown / np.maximum(shown.sum(axis=0), 1)  # else those who answered more would have every item
        most = np.where(shown.any(axis=1), share.argmax(axis=1), -1)
        return _kinds("group", most, names)

    def _source(self, study: Study, sheet: Sheet) -> Colours:
        """How the item came about: by which emitter, or from a file."""
        makers = self._made_by(study, int(sheet.positions[-1]) + 1 if len(sheet) else 0)
        found = [makers[position] for position in sheet.positions.tolist()]
        names = sorted(set(found), key=lambda name: -found.count(name))
        number = {name: n for n, name in enumerate(names)}
        return _kinds("source", np.array([number[name] for name in found], np.int64), names)

    def _made_by(self, study: Study, positions: int) -> list[str]:
        """The maker of each of the first ``positions``, items read once."""
        known = self._makers.setdefault(study.id, [])
        self._makers.move_to_end(study.id)
        while len(self._makers) > REMEMBERED:
            self._makers.popitem(last=False)
        if len(known) < positions:
            known = known + [_maker(i) for i in self._store.items.of_study(study.id, after=len(known) - 1)]
            self._makers[study.id] = known
        return known


def _maker(item: Item) -> str:
    return item.genome.emitter if item.genome else "imported"


def _kinds(by: str, number: IntArray, names: Sequence[str]) -> Colours:
    """Kinds in order of how many items have them; beyond ``KINDS``, the rarer ones become "others"."""
    counts = np.bincount(number[number >= 0], minlength=len(names))
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    kept = order if len(order) <= KINDS else order[: KINDS - 1]
    place = np.full(len(names) + 1, len(kept))
    place[kept] = np.arange(len(kept))
    place[-1] = -1  # where ``number`` is −1
    shown = tuple(names[n] for n in kept) + (("others",) if len(kept) < len(order) else ())
    return Colours(by=by, values=place[number].astype(np.float64), names=shown)
