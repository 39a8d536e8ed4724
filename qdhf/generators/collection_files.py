"""What all ways of bringing one's own share: entries, limits, and the reading of one file's bytes."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.types import ItemKind

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TEXTS = (".txt",)
LARGEST_FILE = 100 * 2**20  # bytes
LARGEST_TEXT = 100_000  # characters
LARGEST_TOTAL = 50 * 2**30  # bytes, of a ZIP once unpacked
MOST_FILES = 200_000
LARGEST_TABLE = 64 * 2**20  # bytes of a ZIP's table of contents
RATIO = 200  # what unpacks to more than this many times its size is a bomb (PNG and text reach 20)
SIDE = 2048  # longer side of imported pictures at most
COMPANIONS = ("metadata.jsonl", "metadata.csv", "readme.md", "dataset_infos.json")  # they describe, and are no items
DAMAGED = (  # what readers of damaged files raise; RuntimeError also for what lies too deep (RecursionError)
    OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error, lzma.LZMAError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file: a picture (``pixels``, and ``data`` as PNG), a text (``text``, and ``data`` as UTF-8), or the
    reason why it was skipped (``error``). ``name``: its path inside the collection, with forward slashes; ``caption``: what
    the collection's own metadata calls it, else empty."""

    name: str
    kind: ItemKind | None = None
    media_type: str = ""
    data: bytes = b""
    pixels: pictures.Pixels | None = None
    text: str | None = None
    error: str | None = None
    caption: str = ""


class Collection(Protocol):
    """Files by number, always in the same order: entry i is the same each time, so an import can be resumed."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def read(self, index: int) -> Entry:
        """Entry ``index``; a file that cannot be used gives an entry with its ``error``, never an exception."""
        ...

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Entry]: ...


class Files:
    """The reading of one file's bytes into an entry, whatever they come from. ``captions`` by name."""

    names: tuple[str, ...] = ()
    captions: dict[str, str] = {}  # noqa: RUF012  # replaced, never changed

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Entry]:
        return (self.read(i) for i in range(len(self)))

    def read(self, index: int) -> Entry:
        name = self.names[index]
        try:
            return replace(entry_of(name, self._bytes(index)), caption=self.captions.get(name, ""))
        except InvalidInput as error:
            return Entry(name=name, error=str(error))
        except DAMAGED as error:
            return Entry(name=name, error=f"It could not be read: {error}")

    def _bytes(self, index: int) -> bytes:
        raise NotImplementedError


def entry_of(name: str, data: bytes) -> Entry:
    """A file's content by the ending of its name. Raises InvalidInput."""
    return text_entry(name, text_of(data)) if name.lower().endswith(TEXTS) else picture_entry(name, data)


def picture_entry(name: str, data: bytes) -> Entry:
    """Upright, in sRGB, without metadata, at most :data:`SIDE` pixels long. Raises InvalidInput."""
    pixels = pictures.shrink(pictures.decode(data), SIDE)
    return Entry(name=name, kind="image", media_type="image/png", data=pictures.png(pixels), pixels=pixels)


def text_entry(name: str, text: str) -> Entry:
    """``text`` with plain line ends and without space around it. Raises InvalidInput."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text or len(text) > LARGEST_TEXT or "\0" in text:
        raise InvalidInput(f"The text is empty, longer than {LARGEST_TEXT:,} characters, or no text at all.")
    return Entry(name=name, kind="text", media_type="text/plain; charset=utf-8", data=text.encode(), text=text)


def text_of(data: bytes) -> str:
    """Raises InvalidInput for what is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The text is not in UTF-8.") from error


def hidden(name: str) -> bool:
    """Dot files, and what macOS adds to ZIP files."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)


def companion(name: str) -> bool:
    """Whether a file describes others."""
    return PurePosixPath(name).name.lower() in COMPANIONS


def refuse_kind(name: str) -> None:
    if not name.lower().endswith(PICTURES + TEXTS):
        raise InvalidInput("It is neither a picture nor a text (.txt).")


def open_zip(file: Any, most: int = LARGEST_TABLE) -> zipfile.ZipFile:
    """A ZIP whose table of contents has at most ``most`` bytes: all of it is held in memory. Raises InvalidInput, and what
    ``zipfile`` raises."""
    with Path(file).open("rb") if isinstance(file, str | Path) else nullcontext(file) as opened:
        end = zipfile._EndRecData(opened)  # type: ignore[attr-defined]  # as zipfile itself will see it
        size = 0 if end is None else end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
    if size > most:
        raise InvalidInput(
            f"The ZIP file has a table of contents of {size / 2**20:.0f} MB; at most {most >> 20} MB are read."
        )
    return zipfile.ZipFile(file)


def refuse_outside(name: str, of: str = "the ZIP file") -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
        raise InvalidInput(f"Its path leads out of {of}.")


def refuse_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise InvalidInput(f"It has {size / 2**20:.0f} MB; at most {LARGEST_FILE >> 20} MB are accepted.")


def refuse_many(count: int) -> None:
    if count > MOST_FILES:
        raise InvalidInput(f"There are more than {MOST_FILES:,} files; import them in parts.")
