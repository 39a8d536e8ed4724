"""Bring your own: the pictures and texts of a folder, a ZIP, Parquet or JSON Lines file, read safely, one by one, in a fixed
order. What an export of ours wrote is known and comes in again."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput, NotFound
from qdhf.generators.collection_files import Collection, Entry
from qdhf.generators.collection_folder import Folder, listed
from qdhf.generators.collection_lines import Lines
from qdhf.generators.collection_parquet import Parquet
from qdhf.generators.collection_zip import Zip

__all__ = ["Collection", "Entry", "open_collection"]

MANIFEST, IMAGES, TEXTS = "manifest.json", "images/", "texts.jsonl"  # as our exports lay them out

HEAD = 1 << 16  # bytes of a manifest that are looked at
OURS = re.compile(rb'"format"\s*:\s*"qdhf-set/')


def open_collection(source: str | os.PathLike[str] | bytes) -> Collection:
    """A folder, a ZIP, Parquet or JSON Lines file, or the bytes of a ZIP file. Hidden files and folders are left out.

    Pictures come out upright, without metadata, at most 2,048 pixels long, as PNG; texts as UTF-8.
    Raises NotFound where the path does not exist, InvalidInput where it is none of these, damaged or unsafe.
    """
    if isinstance(source, bytes):
        return _zip(io.BytesIO(source), "The upload")
    path = Path(source).expanduser()
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise NotFound(f"There is no folder or file {path}.")
    return _file(path)


def _file(path: Path) -> Collection:
    """By what the file begins with: uploads have no names."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PAR1"):
        return Parquet([path])
    if start.startswith(b"{"):
        return Lines(path, path.parent if path.suffix else None)
    return _zip(path, path.name if path.suffix else "The upload")


def _folder(path: Path) -> Collection:
    names = set(listed(path))
    if MANIFEST in names and _is_export(_head(path / MANIFEST)):
        if any(name.startswith(IMAGES) for name in names):
            return Folder(path, lambda name: name.startswith(IMAGES))
        if TEXTS in names:
            return Lines(path / TEXTS)
    shards = sorted(name for name in names if name.endswith(".parquet"))
    if shards and all(name.endswith((".parquet", ".json", ".md", ".tar", ".csv", ".jsonl")) for name in names):
        return Parquet([path / name for name in shards])
    return Folder(path)


def _zip(file: Any, label: str) -> Collection:
    found = Zip(file, label)
    if found.has(MANIFEST) and _is_export(found.head(MANIFEST, HEAD)):
        found.keep(lambda name: name.startswith(IMAGES))
        if not len(found) and found.has(TEXTS):
            return Lines(found.content(TEXTS))
        if not len(found):
            raise InvalidInput(
                f"{label} is an export without image or text files. Unpack it and import its folder “data”, or export "
                "it again with images."
            )
    return found


def _head(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(HEAD)


def _is_export(manifest: bytes) -> bool:
    """By how it begins: what anybody may have made need not be read whole."""
    return manifest.lstrip().startswith(b"{") and OURS.search(manifest) is not None
