"""What people say of items: tags, stars, notes. Facts with their author; the last word about each stands."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from qdhf.ports import Store
from qdhf.studio.access import LOCAL
from qdhf.types import Item, Person, Remark, RemarkKind, Study, now


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of one item now. ``tags``: in the order in which they were given; ``note``: "" where there is none;
    ``note_by``: who wrote it."""

    tags: tuple[str, ...] = ()
    starred: bool = False
    note: str = ""
    note_by: str = ""


class Sayings:
    """What is said of the items of the ``most`` latest studies, read anew where anything was said since. Thread-safe."""

    def __init__(self, store: Store, most: int = 4) -> None:
        self._store, self._most, self._lock = store, most, Lock()
        self._known: OrderedDict[str, tuple[int, list[tuple[str, RemarkKind, str]]]] = OrderedDict()

    def of(self, study: Study) -> list[tuple[str, RemarkKind, str]]:
        """(item id, kind, text) of all that stands."""
        count = self._store.remarks.count(study.id)
        with self._lock:
            known = self._known.pop(study.id, None)
            if known is None or known[0] != count:
                known = count, self._store.remarks.said(study.id)
            self._known[study.id] = known
            while len(self._known) > self._most:
                self._known.popitem(last=False)
            return known[1]

    def tags(self, study: Study) -> dict[str, int]:
        """Every tag that an item has, with how many have it, in alphabetical order."""
        counts = Counter(text for _, kind, text in self.of(study) if kind == "tag")
        return {tag: counts[tag] for tag in sorted(counts, key=lambda t: (t.casefold(), t))}


class Noting:
    """Use-cases of whoever looks at items. ``by`` is set by the door, see :attr:`qdhf.studio.permissions.Rule.signed`."""

    def __init__(self, store: Store, sayings: Sayings) -> None:
        self._store, self._sayings = store, sayings

    def tag(self, study: Study, ids: Sequence[str], tag: str, *, by: Person = LOCAL) -> int:
        """Give items a tag; returns how many did not have it. A tag that differs from a known one by capitals alone is that
        one. Raises InvalidInput for a tag that has not 1 to 40 characters, NotFound for items of another study."""
        return self._add(study, ids, "tag", self._spelled(study, tag), by=by)

    def untag(self, study: Study, ids: Sequence[str], tag: str, *, by: Person = LOCAL) -> int:
        """Take a tag away; returns how many had it. Raises as :meth:`tag`."""
        return self._add(study, ids, "tag", self._spelled(study, tag), holds=False, by=by)

    def star(self, study: Study, item: Item, on: bool, *, by: Person = LOCAL) -> None:
        """Give an item a star or take it away. Raises NotFound."""
        self._add(study, [item.id], "star", holds=on, by=by)

    def note(self, study: Study, item: Item, text: str, *, by: Person = LOCAL) -> None:
        """Write an item's note in place of the one before; a blank one takes it away. Raises InvalidInput for more than
        4,000 characters, NotFound."""
        self._add(study, [item.id], "note", text.strip(), holds=bool(text.strip()), by=by)

    def tags(self, study: Study) -> dict[str, int]:
        """Every tag that an item has, with how many have it, in alphabetical order."""
        return self._sayings.tags(study)

    def of_item(self, study: Study, item_id: str) -> Said:
        """What is said of one item."""
        found = self._store.remarks.standing(study.id, item_id)
        note = next((r for r in found if r.kind == "note"), None)
        return Said(
            tags=tuple(r.text for r in found if r.kind == "tag"), starred=any(r.kind == "star" for r in found),
            note=note.text if note else "", note_by=note.by if note else "",
        )  # fmt: skip

    def _spelled(self, study: Study, tag: str) -> str:
        """``tag`` with single spaces, as it was first spelled."""
        tag = " ".join(tag.split())
        known = self.tags(study)
        return tag if tag in known else next((t for t in known if t.casefold() == tag.casefold()), tag)

    def _add(
        self, study: Study, ids: Sequence[str], kind: RemarkKind, text: str = "", *, by: Person, holds: bool = True
    ) -> int:
        at = now()
        said = [
            Remark(item_id=i, kind=kind, text=text, holds=holds, by=by.label, created_at=at)
            for i in dict.fromkeys(ids)
        ]  # fmt: skip
        return self._store.remarks.add(study.id, said)
