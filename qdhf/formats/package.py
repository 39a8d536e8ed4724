"""A ZIP file in the making that survives being killed.

It grows in a folder of its own: ``package.zip`` is only appended to, ``journal.jsonl`` says what it holds. Files belong
to parts; when a part is finished, the ZIP is forced to the disk and then the journal. Opened again, whatever followed
the last finished part is cut off and writing goes on there. Nothing is held in memory but the names of the files.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qdhf.errors import StorageFailure

EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date: the same content gives the same bytes
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Entry:
    """One file of the package, as the manifest names it."""

    name: str
    sha256: str
    bytes: int


class Sink:
    """A file of the package while it is written: counts and hashes what passes. Never seeks."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest, self._size = target, hashlib.sha256(), 0
        self.closed = False

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._digest.update(view)
        self._size += len(view)
        return self._target.write(view)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Bytes go to the disk when the part is finished."""

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def entry(self, name: str) -> Entry:
        return Entry(name, self._digest.hexdigest(), self._size)


@contextlib.contextmanager
def told_when_full(place: Path) -> Iterator[None]:
    """A full disk in words that say what to do; other errors of the disk by their own name. Raises StorageFailure."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFailure(
            f"The disk is full: {place} has no room for this export. What is written so far is kept. Free some space "
            "and try again; it goes on where it stopped."
        ) from error


class Package:
    """Use as a context manager. One process at a time; not thread-safe.

    ``done``: names of the parts that are finished. Raises StorageFailure where the disk is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal, self.path = folder / "journal.jsonl", folder / "package.zip"
        with told_when_full(folder):
            folder.mkdir(parents=True, exist_ok=True)
            records, kept = _finished(self._journal) if self.path.exists() else ([], 0)
            self._log = self._journal.open("ab")
            self._log.truncate(kept)
            end = max((r["end"] for r in records if "part" in r), default=0)
            self._file = self.path.open("r+b" if end else "w+b")
            self._file.truncate(end)
            self._file.seek(end)
        self.done = {r["part"] for r in records if "part" in r}
        self._pending: list[dict[str, Any]] = []
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)  # appends where the file stands
        for record in records:
            if "name" in record:
                self._zip.filelist.append(_info(record))
                self._zip.NameToInfo[record["name"]] = self._zip.filelist[-1]

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.fp = None  # else it would write a table of contents when it is forgotten
        for file in (self._log, self._file):
            with contextlib.suppress(
                OSError
            ):  # on a full disk; what is not finished is cut off when it is opened again
                file.close()

    def add(self, name: str, data: bytes, *, compress: bool = False) -> None:
        """One whole file. ``compress``: for texts; pictures are compressed already."""
        with self.open(name, compress=compress) as sink:
            sink.write(data)

    @contextlib.contextmanager
    def open(self, name: str, *, compress: bool = False) -> Iterator[Sink]:
        """A file that is written piece by piece."""
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with told_when_full(self.folder):
            with self._zip.open(info, "w", force_zip64=True) as target:
                sink = Sink(target)
                yield sink
            entry = sink.entry(name)
        self._pending.append({
            "name": name, "sha256": entry.sha256, "bytes": entry.bytes, "crc": info.CRC, "packed": info.compress_size,
            "at": info.header_offset, "method": info.compress_type,
        })  # fmt: skip

    def has(self, name: str) -> bool:
        """Whether a file of this name was added."""
        return name in self._zip.NameToInfo

    def finish_part(self, name: str) -> None:
        """What was added since the last part is on the disk from here on, whatever happens."""
        with told_when_full(self.folder):
            self._file.flush()
            os.fsync(self._file.fileno())
            records = [*self._pending, {"part": name, "end": self._file.tell()}]
            self._log.write(b"".join(json.dumps(r).encode() + b"\n" for r in records))
            self._log.flush()
            os.fsync(self._log.fileno())
        self._pending = []
        self.done.add(name)

    def entries(self) -> Iterator[Entry]:
        """The files of all finished parts, in order."""
        with self._journal.open("rb") as file:
            for line in file:
                record = json.loads(line)
                if "name" in record:
                    yield Entry(record["name"], record["sha256"], record["bytes"])

    def close(self) -> Path:
        """Write the table of contents; returns the path of the ZIP."""
        with told_when_full(self.folder):
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        return self.path


def _finished(journal: Path) -> tuple[list[dict[str, Any]], int]:
    """The records up to the last finished part, and how many bytes of the journal they take."""
    records: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    kept = size = 0
    with contextlib.suppress(FileNotFoundError), journal.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                break  # torn by a crash
            size += len(line)
            pending.append(record)
            if "part" in record:
                records.extend(pending)
                kept, pending = size, []
    return records, kept


def _info(record: dict[str, Any]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(record["name"], EPOCH)
    info.compress_type, info.external_attr = record["method"], 0o644 << 16
    info.create_version = info.extract_version = zipfile.ZIP64_VERSION  # as force_zip64 sets them
    info.CRC, info.header_offset = record["crc"], record["at"]
    info.file_size, info.compress_size = record["bytes"], record["packed"]
    return info
