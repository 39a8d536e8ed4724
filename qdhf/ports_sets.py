"""What adapters promise about sets of items and about whole studies that move. Part of :mod:`qdhf.ports`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from qdhf.types import Collection, Export, Mark, RunSpec, Study


class CollectionBook(Protocol):
    def add(self, collection: Collection) -> Collection: ...
    def get(self, collection_id: str) -> Collection: ...
    def of_study(self, study_id: str, removed: bool = False) -> list[Collection]:
        """Newest first, under their latest names: those that are there, or (``removed``) those put away."""

    def rename(self, collection_id: str, name: str) -> Collection: ...
    def remove(self, collection_id: str, removed: bool = True) -> Collection:
        """Put a set away, or (False) take it out again."""

    def mark(self, study_id: str, item_id: str, mark: Mark | None) -> None:
        """Pin or ban an item, or (None) take the mark away."""

    def marks(self, study_id: str) -> dict[str, Mark]: ...
    def add_export(self, study_id: str, collection_id: str | None, formats: Sequence[str] = ()) -> Export: ...
    def note_export(self, export_id: str, done: int, total: int) -> None: ...
    def finish_export(self, export_id: str, blob: str, size: int) -> Export: ...
    def export(self, export_id: str) -> Export: ...
    def exports(self, study_id: str) -> list[Export]: ...


class BundleBook(Protocol):
    """A whole study as rows of plain JSON, table by table. ``tables`` in the order in which they are loaded; ``schema``:
    the revision of the records, which only grows."""

    @property
    def schema(self) -> str: ...
    @property
    def tables(self) -> tuple[str, ...]: ...
    def rows(self, table: str, study_id: str) -> Iterator[dict[str, Any]]:
        """The study's rows of a table, in a fixed order, without numbers that only count rows."""

    def load(
        self,
        study_id: str,
        rows: Callable[[str], Iterable[dict[str, Any]]],
        check: Callable[[Study, RunSpec | None], None] = lambda study, wish: None,
    ) -> dict[str, int]:
        """Store what ``rows`` gives for each table, ids kept; returns how many rows were new, by table. All of a study, or
        (InvalidInput) nothing: where a row is not the study's, cannot be read or disagrees with what is stored, or where
        ``check`` raises for the study or for what one of its runs is to do."""
