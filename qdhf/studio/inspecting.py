"""One item looked at closely: its text, where it comes from and what came of it, and what is related to it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from qdhf.errors import NotFound, StorageFailure
from qdhf.ports import Store
from qdhf.studio.matrices import Matrices
from qdhf.types import FloatArray, Item, Study, StudyMatrix

if TYPE_CHECKING:
    from scipy.sparse import csr_array

GONE = "(The file of this text is missing or damaged here.)"
LONGEST_TEXT = 20_000  # characters shown
STUDIES = 2  # whose graphs are kept
GROWN = 1.1  # times as many items: the graph is made anew


@dataclass(frozen=True, kw_only=True)
class Family:
    """An item among those it comes from and those that came of it.

    ``levels``: ids by generation, the oldest first; ``own``: which of them is the item's. ``edges``: (parent, child).
    ``trail``: from an item without parents to this one, by first parents. ``left_out``: how many more children of those
    shown there are."""

    items: dict[str, Item]
    levels: list[list[str]]
    own: int
    edges: list[tuple[str, str]]
    trail: list[Item]
    left_out: int


@dataclass(frozen=True)
class _Graph:
    rows: dict[str, int]
    ids: tuple[str, ...]
    units: FloatArray
    edges: csr_array


class Inspecting:
    """Use-cases of the item panel. Thread-safe."""

    def __init__(self, store: Store, matrices: Matrices) -> None:
        self._store, self._matrices, self._lock = store, matrices, Lock()
        self._graphs: OrderedDict[str, _Graph] = OrderedDict()

    def item(self, study: Study, item_id: str) -> Item:
        """Raises NotFound where the study has no such item."""
        item = self._store.items.get(item_id)
        if item.study_id != study.id:
            raise NotFound("This item belongs to another study.")
        return item

    def items(self, study: Study, ids: Sequence[str]) -> list[Item]:
        """Those of ``ids`` that are items of the study, in their order, each once."""
        found = []
        for item_id in dict.fromkeys(ids):
            try:
                found.append(self.item(study, item_id))
            except NotFound:
                continue
        return found

    def texts(self, items: Sequence[Item]) -> dict[str, str]:
        """What the texts among ``items`` say, by id; pictures are left out. Of one whose file is missing: that it is."""
        return {item.id: self._text(item.blob) for item in items if item.kind == "text"}

    def _text(self, blob: str) -> str:
        try:
            return self._store.blobs.get(blob).decode("utf-8", "replace")[:LONGEST_TEXT]
        except (NotFound, StorageFailure):
            return GONE

    def family(self, study: Study, item_id: str, *, up: int = 3, down: int = 2, wide: int = 8) -> Family:
        """``up`` generations of parents and ``down`` of children, of which at most ``wide`` in a generation, the first that
        came. One query per generation. Raises NotFound."""
        own = self.item(study, item_id)
        items, edges, older = {own.id: own}, [], [[own.id]]
        for _ in range(up):
            parents = self._store.items.many(list(dict.fromkeys(p for i in older[0] for p in _parents(items[i]))))
            older.insert(0, [p.id for p in parents if p.id not in items][:wide])
            items |= {p.id: p for p in parents if p.id in older[0]}
            if not older[0]:
                break
        edges = [(p, i) for i, item in items.items() for p in _parents(item) if p in items]
        younger, left_out = self._younger([own.id], items, edges, down, wide)
        older = [level for level in older if level]
        return Family(
            items=items, levels=older + younger, own=len(older) - 1, edges=list(dict.fromkeys(edges)),
            trail=_trail(own, items), left_out=left_out,
        )  # fmt: skip

    def _younger(
        self, level: list[str], items: dict[str, Item], edges: list[tuple[str, str]], down: int, wide: int
    ) -> tuple[list[list[str]], int]:
        """Generations of children, put into ``items`` and ``edges``; and how many more children there are."""
        levels: list[list[str]] = []
        left_out = 0
        for _ in range(down):
            links = self._store.items.links(level)
            fresh = list(dict.fromkeys(child for _, child in links if child not in items))
            level, rest = fresh[:wide], fresh[wide:]
            left_out += len(rest)
            items |= {item.id: item for item in self._store.items.many(level)}
            edges += [(parent, child) for parent, child in links if child in items]
            if not level:
                break
            levels.append(level)
        return levels, left_out

    def related(self, study: Study, item_id: str, count: int = 8) -> list[Item]:
        """Items that have to do with this one and differ from it and from each other, the most related first: see
        :func:`qdhf.curate.related.related`. Empty while the item's features are being computed."""
        from qdhf.curate.related import related

        graph = self._graph(study, item_id)
        if graph is None:
            return []
        rows = related(graph.units, graph.edges, graph.rows[item_id], count)
        return self._store.items.many([graph.ids[row] for row in rows])

    def _graph(self, study: Study, item_id: str) -> _Graph | None:
        """The study's graph of nearest neighbours; made anew where it lacks the item or the study grew by a tenth."""
        matrix = self._matrices.measured(study)
        if item_id not in matrix.ids:
            return None
        with self._lock:  # who comes second waits for the first instead of doing the same
            known = self._graphs.pop(study.id, None)
            if known is None or item_id not in known.rows or len(matrix) > GROWN * len(known.ids):
                known = _made(matrix)
            self._graphs[study.id] = known
            while len(self._graphs) > STUDIES:
                self._graphs.popitem(last=False)
            return known


def _made(matrix: StudyMatrix) -> _Graph:
    from qdhf.curate.related import directions, nearest_graph

    units = directions(matrix.features)
    return _Graph({item: row for row, item in enumerate(matrix.ids)}, matrix.ids, units, nearest_graph(units))


def _parents(item: Item) -> tuple[str, ...]:
    return item.genome.parents if item.genome else ()


def _trail(own: Item, items: dict[str, Item]) -> list[Item]:
    """From the first ancestor that is among ``items`` to ``own``, by first parents."""
    trail = [own]
    while (first := next(iter(_parents(trail[0])), None)) in items and items[str(first)] not in trail:
        trail.insert(0, items[str(first)])
    return trail
