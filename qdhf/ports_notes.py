"""What adapters promise about what people say of single items, and about items made again. Part of :mod:`qdhf.ports`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from qdhf.types import Remade, Remake, Remark, RemarkKind


class RemarkBook(Protocol):
    """Tags, stars and notes. Appended; of each the last word stands."""

    def add(self, study_id: str, remarks: Sequence[Remark]) -> int:
        """Append, all or none; returns how many said something new: what holds already adds nothing. Authors and times
        are kept as given. Raises NotFound where the study lacks an item, InvalidInput for what cannot be a remark."""

    def standing(self, study_id: str, item_id: str | None = None) -> list[Remark]:
        """What is said of the study's items (or of one of them) now, in the order in which it was said."""

    def said(self, study_id: str) -> list[tuple[str, RemarkKind, str]]:
        """As :meth:`standing`, of all items, without authors and times: (item id, kind, text)."""

    def count(self, study_id: str) -> int:
        """How many remarks there ever were: what stands is another only where this is."""

    def every(self, study_id: str) -> list[Remark]:
        """All that was ever said, oldest first: added to another study in this order, the same stands there."""


class RemakeBook(Protocol):
    """Items made again, to see whether the same comes out."""

    def add(self, item_id: str, by: str) -> Remake:
        """Raises NotFound."""

    def finish(self, remake_id: str, result: Remade) -> Remake:
        """Note what came of it; what is finished already is left as it is. Raises NotFound."""

    def get(self, remake_id: str) -> Remake:
        """Raises NotFound."""

    def of_item(self, item_id: str) -> list[Remake]:
        """Newest first."""
