"""What a collection's own metadata calls its files: ``metadata.jsonl`` or ``metadata.csv`` beside them, as Hugging Face image
folders have it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from qdhf.errors import InvalidInput

FILE = ("file_name", "image", "file", "path")  # columns that name a file, the first that is there
WORDS = ("name", "text", "caption", "prompt", "title", "description")  # columns that say what is on it
LONGEST = 500  # characters of a caption that are kept
MOST = 200_000  # rows


def caption_of(row: Mapping[str, Any]) -> str:
    """The first of :data:`WORDS` that says something, on one line; else empty."""
    found = next((row[name] for name in WORDS if isinstance(row.get(name), str) and row[name].strip()), "")
    return " ".join(found.replace("\0", "").split())[:LONGEST]


def captions(metadata: str, lines: Iterable[str]) -> dict[str, str]:
    """Captions by the paths of files, read from the lines of the file called ``metadata``; rows that say nothing, or that
    cannot be read, are left out. Raises InvalidInput for more than 200,000 rows."""
    folder, found = PurePosixPath(metadata).parent, dict[str, str]()
    for row in _rows(metadata, lines):
        name = next((row[key] for key in FILE if isinstance(row.get(key), str)), None)
        if name and (words := caption_of(row)):
            found[str(folder / name)] = words
        if len(found) > MOST:
            raise InvalidInput(f"{metadata} has more than {MOST:,} rows; import the collection in parts.")
    return found


def _rows(metadata: str, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    if metadata.lower().endswith(".csv"):
        try:
            yield from csv.DictReader(lines)
        except csv.Error as error:
            raise InvalidInput(f"{metadata} is no table that can be read: {error}.") from error
        return
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row
