"""A file of JSON lines: each holds a text, or names a picture or text beside the file."""

from __future__ import annotations

import io
import json
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from qdhf.errors import InvalidInput
from qdhf.generators.collection_captions import FILE, caption_of
from qdhf.generators.collection_files import (
    DAMAGED,
    Entry,
    entry_of,
    refuse_many,
    text_entry,
)
from qdhf.generators.collection_folder import bytes_in

LONGEST_LINE = 8 << 20  # bytes
TEXT = ("text", "content", "completion", "response")  # columns that hold a text, the first that is there


class Lines:
    """``folder``: where files that lines name must lie; None where they cannot name any. Only the places of lines are held
    in memory. Raises InvalidInput for more lines than are accepted."""

    def __init__(self, source: Path | bytes, folder: Path | None = None) -> None:
        self._source, self._folder = source, folder.resolve() if folder else None
        self._starts = array("q")
        at, begins = 0, True
        with self._open() as file:
            while piece := file.readline(LONGEST_LINE):
                if begins and piece.strip():
                    self._starts.append(at)
                    refuse_many(len(self._starts))
                at, begins = at + len(piece), piece.endswith(b"\n")

    def _open(self) -> IO[bytes]:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"line {n + 1}" for n in range(len(self)))

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Entry]:
        return (self.read(i) for i in range(len(self)))

    def read(self, index: int) -> Entry:
        name = f"line {index + 1}"
        try:
            with self._open() as file:
                file.seek(self._starts[index])
                line = file.readline(LONGEST_LINE + 1)
            if len(line) > LONGEST_LINE:
                raise InvalidInput(f"It has more than {LONGEST_LINE >> 20} MB.")
            row = json.loads(line)
            if not isinstance(row, dict):
                raise InvalidInput("It is no JSON object.")
            name = next((str(row[key]) for key in FILE if isinstance(row.get(key), str)), name)
            return self._entry(name, row)
        except InvalidInput as error:
            return Entry(name=name, error=str(error))
        except DAMAGED as error:
            return Entry(name=name, error=f"It could not be read: {error}")

    def _entry(self, name: str, row: dict[str, Any]) -> Entry:
        names_file = any(isinstance(row.get(key), str) for key in FILE)
        if names_file and self._folder is not None:
            return replace(entry_of(name, bytes_in(self._folder, name)), caption=caption_of(row))
        words = next((row[key] for key in TEXT if isinstance(row.get(key), str)), None)
        if words is None:
            raise InvalidInput("It has neither a text nor the name of a file beside it.")
        own = row.get("name") if isinstance(row.get("name"), str) else ""
        return replace(text_entry(name, words), caption=str(own)[:500])
