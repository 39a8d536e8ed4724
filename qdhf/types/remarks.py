"""What people say of items (tags, stars, notes), and what came of making an item again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RemarkKind = Literal["tag", "star", "note"]
REMARK_KINDS: tuple[RemarkKind, ...] = ("tag", "star", "note")
TAG_LIMIT = 40  # characters of a tag
NOTE_LIMIT = 4000  # of a note


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A fact: somebody (``by``) gave an item a tag, a star or a note, or (``holds`` False) took it away.

    ``text``: the tag, or the note; "" for stars. An item has any number of tags, at most one star and one note; of each
    the last word stands."""

    item_id: str
    kind: RemarkKind
    text: str = ""
    holds: bool = True
    by: str
    created_at: datetime

    @property
    def subject(self) -> tuple[str, RemarkKind, str]:
        """What this is the last word about, until there is a later one."""
        return self.item_id, self.kind, self.text if self.kind == "tag" else ""


@dataclass(frozen=True, kw_only=True)
class Remade:
    """How an item made again compares with what is stored. ``device``: where it was made this time; ``blob``: its file.

    ``largest`` and ``mean``: difference of pixel values, in grey levels of 255; of a text, the share of characters that
    differ (0 to 1), twice; None where the two cannot be compared, being of two sizes. ``companions``: how many items were
    made in one batch with it, itself included."""

    device: str
    blob: str
    same_bytes: bool
    same_content: bool
    largest: float | None
    mean: float | None
    companions: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Remake:
    """That an item was to be made again, and, once that was tried, what came of it."""

    id: str
    study_id: str
    item_id: str
    by: str
    created_at: datetime
    result: Remade | None = None
    finished_at: datetime | None = None
