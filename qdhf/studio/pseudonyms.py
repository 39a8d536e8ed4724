"""An export as it leaves this machine: those who answered are numbered, in the order in which they first answered."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from qdhf.formats import MANIFEST

JUDGMENTS = ("judgments.jsonl", "judgments.csv")
IDS = ("event_id", "question_id", "repeat_of")  # what other programs called them may tell who it was


class Numbered:
    """Gives raters numbers, and ids others that belong together as before but say nothing. ``salt``: a secret."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self.raters: dict[str, str] = {}

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        rater = self.raters.setdefault(row["rater"], f"Rater {len(self.raters) + 1}")
        return {**row, "rater": rater, **{name: self._other(row[name]) for name in IDS if row.get(name)}}

    def _other(self, own: str) -> str:
        return hashlib.sha256(f"{self._salt}:{own}".encode()).hexdigest()[:26]


class Outgoing:
    """The files of a finished export as they would be sent; ``names``: with the names of those who answered.

    ``raters``: how many answered; None where no answers are inside."""

    def __init__(self, archive: zipfile.ZipFile, salt: str, names: bool) -> None:
        self._archive, self._salt = archive, salt
        self._judgments = [name for name in archive.namelist() if name in JUDGMENTS]
        self._changed = {} if names else {name: self._facts(name) for name in self._judgments}
        self._manifest = self._told() if self._changed else archive.read(MANIFEST)
        self.raters = self._count() if self._judgments else None

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Names and sizes in bytes, in order."""
        return tuple((info.filename, self._size(info)) for info in self._archive.infolist())

    def write(self, folder: Path) -> None:
        """All of them into ``folder``."""
        rest = [name for name in self._archive.namelist() if name not in self._changed and name != MANIFEST]
        self._archive.extractall(folder, rest)
        (folder / MANIFEST).write_bytes(self._manifest)
        for name in self._changed:
            with (folder / name).open("wb") as file:
                file.writelines(self._lines(name, Numbered(self._salt)))

    def _size(self, info: zipfile.ZipInfo) -> int:
        if info.filename == MANIFEST:
            return len(self._manifest)
        return int(self._changed[info.filename]["bytes"]) if info.filename in self._changed else info.file_size

    def _facts(self, name: str) -> dict[str, Any]:
        """What the manifest says of a file that is changed on its way out."""
        digest, size = hashlib.sha256(), 0
        for line in self._lines(name, Numbered(self._salt)):
            digest.update(line)
            size += len(line)
        return {"sha256": digest.hexdigest(), "bytes": size}

    def _told(self) -> bytes:
        manifest = json.loads(self._archive.read(MANIFEST))
        manifest["files"] |= self._changed
        return json.dumps(manifest, indent=1, ensure_ascii=False).encode()

    def _count(self) -> int:
        numbered = Numbered(self._salt)
        for _ in self._lines(self._judgments[0], numbered):
            pass
        return len(numbered.raters)

    def _lines(self, name: str, numbered: Numbered) -> Iterator[bytes]:
        with self._archive.open(name) as file:
            yield from _table(file, numbered) if name.endswith(".csv") else _objects(file, numbered)


def _objects(file: IO[bytes], numbered: Numbered) -> Iterator[bytes]:
    for line in file:
        yield json.dumps(numbered.row(json.loads(line)), ensure_ascii=False).encode() + b"\n"


def _table(file: IO[bytes], numbered: Numbered) -> Iterator[bytes]:
    reader = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
    line = io.StringIO()
    writer = csv.DictWriter(line, list(reader.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    for row in reader:
        writer.writerow(numbered.row(row))
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()
    yield line.getvalue().encode()
