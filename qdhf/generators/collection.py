"""Bring your own: the pictures and texts of a folder or a ZIP file, read safely, one by one, in a fixed order."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from qdhf import pictures
from qdhf.errors import InvalidInput, NotFound
from qdhf.types import ItemKind

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TEXTS = (".txt",)
LARGEST_FILE = 100 * 2**20  # bytes
LARGEST_TEXT = 100_000  # characters
LARGEST_TOTAL = 50 * 2**30  # bytes, of a ZIP once unpacked
MOST_FILES = 200_000
RATIO = 200  # a ZIP entry that unpacks to more than this many times its size is a bomb (PNG and text reach 20)
SIDE = 2048  # longer side of imported pictures at most


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file: a picture (``pixels``, and ``data`` as PNG), a text (``text``, and ``data`` as UTF-8), or the
    reason why it was skipped (``error``). ``name``: its path inside the collection, with forward slashes."""

    name: str
    kind: ItemKind | None = None
    media_type: str = ""
    data: bytes = b""
    pixels: pictures.Pixels | None = None
    text: str | None = None
    error: str | None = None


class Collection(Protocol):
    """Files by number, in the order of their names: entry i is the same each time, so an import can be resumed."""

    names: tuple[str, ...]

    def read(self, index: int) -> Entry:
        """Entry ``index``; a file that cannot be used gives an entry with its ``error``, never an exception."""
        ...

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Entry]: ...


def open_collection(source: str | os.PathLike[str] | bytes) -> Collection:
    """A folder, a ZIP file, or the bytes of a ZIP file. Hidden files and folders are left out.

    Pictures come out upright, without metadata, at most 2,048 pixels long, as PNG; texts as UTF-8.
    Raises NotFound where the path does not exist, InvalidInput where it is neither, or the ZIP is damaged or unsafe.
    """
    if isinstance(source, bytes):
        return _Zip(io.BytesIO(source), "The upload")
    path = Path(source).expanduser()
    if path.is_dir():
        return _Folder(path)
    if not path.exists():
        raise NotFound(f"There is no folder or ZIP file {path}.")
    return _Zip(path, str(path))


class _Files:
    """What both share: names in order, and the reading of one file's bytes into an entry."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Entry]:
        return (self.read(i) for i in range(len(self.names)))

    def read(self, index: int) -> Entry:
        name = self.names[index]
        try:
            return _entry(name, self._bytes(index))
        except InvalidInput as error:
            return Entry(name=name, error=str(error))
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            return Entry(name=name, error=f"It could not be read: {error}")

    def _bytes(self, index: int) -> bytes:
        raise NotImplementedError


class _Folder(_Files):
    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        found: list[str] = []
        for folder, folders, files in os.walk(self._root, followlinks=False):
            folders[:] = [name for name in folders if not name.startswith(".")]
            at = Path(folder).relative_to(self._root)
            found += [(at / name).as_posix() for name in files if not name.startswith(".")]
            _refuse_many(len(found))
        self.names = tuple(sorted(found))

    def _bytes(self, index: int) -> bytes:
        path = self._root / self.names[index]
        _refuse_kind(self.names[index])
        if path.is_symlink() or not path.is_file():
            raise InvalidInput("It is a link or no plain file; links are not followed.")
        _refuse_size(path.stat().st_size)
        return path.read_bytes()


class _Zip(_Files):
    def __init__(self, file: Any, label: str) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
            entries = [info for info in self._zip.infolist() if not info.is_dir() and not _hidden(info.filename)]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InvalidInput(f"{label} is neither a folder nor a ZIP file that can be read: {error}") from error
        _refuse_many(len(entries))
        total = sum(info.file_size for info in entries)
        if total > LARGEST_TOTAL:
            most = LARGEST_TOTAL >> 30
            raise InvalidInput(f"{label} unpacks to {total / 2**30:.1f} GB; at most {most} GB are accepted.")
        self._entries = sorted(entries, key=lambda info: (info.filename, info.header_offset))
        self.names = tuple(info.filename.replace("\\", "/") for info in self._entries)

    def _bytes(self, index: int) -> bytes:
        info, name = self._entries[index], PurePosixPath(self.names[index])
        _refuse_kind(self.names[index])
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise InvalidInput("Its path leads out of the ZIP file.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InvalidInput("It is a link; links are not followed.")
        if info.flag_bits & 1:
            raise InvalidInput("It is encrypted.")
        _refuse_size(info.file_size)
        if info.file_size > RATIO * max(info.compress_size, 1024):
            raise InvalidInput(f"It unpacks to more than {RATIO} times its size, as attacks do.")
        with self._zip.open(info) as file:
            return file.read(LARGEST_FILE)


def _entry(name: str, data: bytes) -> Entry:
    if name.lower().endswith(TEXTS):
        text = _text(data)
        return Entry(name=name, kind="text", media_type="text/plain; charset=utf-8", data=text.encode(), text=text)
    pixels = pictures.shrink(pictures.decode(data), SIDE)
    return Entry(name=name, kind="image", media_type="image/png", data=pictures.png(pixels), pixels=pixels)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").strip()
    except UnicodeDecodeError as error:
        raise InvalidInput("The text is not in UTF-8.") from error
    if not text or len(text) > LARGEST_TEXT or "\0" in text:
        raise InvalidInput(f"The text is empty, longer than {LARGEST_TEXT:,} characters, or no text at all.")
    return text


def _hidden(name: str) -> bool:
    """Dot files, and what macOS adds to ZIP files."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)


def _refuse_kind(name: str) -> None:
    if not name.lower().endswith(PICTURES + TEXTS):
        raise InvalidInput("It is neither a picture nor a text (.txt).")


def _refuse_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise InvalidInput(f"It has {size / 2**20:.0f} MB; at most {LARGEST_FILE >> 20} MB are accepted.")


def _refuse_many(count: int) -> None:
    if count > MOST_FILES:
        raise InvalidInput(f"There are more than {MOST_FILES:,} files; import them in parts.")
