"""What a collection's own metadata calls its files: ``metadata.jsonl`` or ``metadata.csv`` beside them, as Hugging Face image
folders have it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Any

from qdhf.errors import InvalidInput

FILE = ("file_name", "image", "file", "path")  # columns that name a file, the first that is there
WORDS = ("name", "text", "caption", "prompt", "title", "description")  # columns that say what is on it
LONGEST = 500  # characters of a caption that are kept
MOST, LARGEST = 200_000, 100 * 2**20  # rows and characters of all metadata of a collection
LONGEST_LINE = 1_000_000  # characters


def caption_of(row: Mapping[str, Any]) -> str:
    """The first of :data:`WORDS` that says something, on one line; else empty."""
    found = next((row[name] for name in WORDS if isinstance(row.get(name), str) and row[name].strip()), "")
    return " ".join(found.replace("\0", "").split())[:LONGEST]


class Captions:
    """Captions by the paths of files, gathered from all metadata of one collection.

    Rows that say nothing, or that cannot be read, are left out. Raises InvalidInput for more than 200,000 rows or 100 MB, all
    files together, and for a line of more than a million characters."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._rows = self._size = 0

    def read(self, metadata: str, file: IO[bytes]) -> None:
        """``file``: what is in the file that the collection calls ``metadata``."""
        folder = PurePosixPath(metadata).parent
        for row in _rows(metadata, self._lines(metadata, file)):
            name = next((row[key] for key in FILE if isinstance(row.get(key), str)), None)
            if name and (words := caption_of(row)):
                self.found[str(folder / name)] = words

    def _lines(self, metadata: str, file: IO[bytes]) -> Iterator[str]:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        while line := text.readline(LONGEST_LINE):
            self._rows, self._size = self._rows + 1, self._size + len(line)
            if len(line) == LONGEST_LINE:
                raise InvalidInput(
                    f"{metadata} has a line of more than {LONGEST_LINE:,} characters; it is no metadata."
                )
            if self._rows > MOST or self._size > LARGEST:
                raise InvalidInput(
                    f"The metadata has more than {MOST:,} rows or {LARGEST >> 20} MB at {metadata}; import the collection in "
                    "parts."
                )
            yield line
        text.detach()  # whoever opened the file closes it


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
