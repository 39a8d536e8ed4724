"""What formats are written from, and what a format is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

from qdhf.formats.package import Package
from qdhf.types import Item, ItemKind, genome_record

Row = dict[str, Any]
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
PART_ITEMS = 1000  # items of one part: what a killed worker has to write again at most

COLUMNS = {
    "item": "Id of the item",
    "sha256": "SHA-256 of the item's content",
    "prompt": "What it was generated from; empty for imported items",
    "quality": "By the study's quality measure; higher is better",
    "place": "Where it lies on the map, one number per axis",
    "reason": "How it got into the set",
    "source": "Generator and revision, or “collection” for imported items",
    "name": "File name or caption of imported items",
    "genome": "What makes the item again, as JSON; null for imported items",
    "width": "In pixels; null for texts",
    "height": "In pixels; null for texts",
    "created_at": "When it was made, ISO 8601",
}


@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """About the set as a whole, ready for JSON. ``figures``: by set (chosen, pool, random), then by figure."""

    name: str
    study: dict[str, Any]
    collection: dict[str, Any]
    command: str
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)


class Source(Protocol):
    """The items of a set in order, as often as they are needed. Nothing here is held in memory."""

    kind: ItemKind
    count: int
    info: SetInfo

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """One mapping per item: :data:`COLUMNS`, and ``number`` (from 1), ``file_name`` and ``media_type``."""

    def read(self, sha256: str) -> bytes:
        """The content of a file, checked."""

    def judgments(self, form: Literal["jsonl", "csv"]) -> Iterator[str]:
        """Lines of all answers given to the study, without line ends."""


@dataclass(frozen=True)
class Part:
    """A piece of an export that is written as a whole or again. ``items``: how much of the work it is."""

    name: str
    items: int
    write: Callable[[Package], None]


class Format(Protocol):
    """Writes a set in one form. ``words``: what it is, for people."""

    name: str
    words: str

    def parts(self, source: Source) -> list[Part]:
        """What there is to write, in order. Names of parts are unique within the export and always the same."""


def item_row(item: Item, number: int, *, quality: float, place: list[float] | None, reason: str) -> Row:
    """What exports say about one item."""
    genome = None if item.genome is None else json.dumps(genome_record(item.genome), ensure_ascii=False)
    ending = "txt" if item.kind == "text" else EXTENSIONS.get(item.media_type, "bin")
    return {
        "number": number, "file_name": f"{number:06d}-{item.blob[:12]}.{ending}", "media_type": item.media_type,
        "item": item.id, "sha256": item.blob, "prompt": item.genome.prompt if item.genome else "",
        "quality": round(quality, 6), "place": None if place is None else [round(v, 6) for v in place],
        "reason": reason, "source": item.source, "name": item.name,
        "genome": genome, "width": item.width, "height": item.height, "created_at": item.created_at.isoformat(),
    }  # fmt: skip


def metadata(row: Row) -> Row:
    """The columns that every format has, in order."""
    return {name: row[name] for name in COLUMNS}


def read_rows(path: Path, start: int, stop: int | None) -> Iterator[Row]:
    """Lines ``start`` to ``stop`` of a file with one row per line."""
    with path.open(encoding="utf-8") as file:
        for line in islice(file, start, stop):
            yield json.loads(line)


def ranges(count: int, size: int = PART_ITEMS) -> list[tuple[int, int]]:
    """(start, stop) of consecutive portions of ``count`` things."""
    return [(start, min(start + size, count)) for start in range(0, count, size)]
