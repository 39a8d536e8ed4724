"""The pictures and texts of a folder, read in place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from qdhf.errors import InvalidInput
from qdhf.generators.collection_captions import Captions
from qdhf.generators.collection_files import (
    Files,
    companion,
    refuse_kind,
    refuse_many,
    refuse_outside,
    refuse_size,
)


class Folder(Files):
    """``wanted``: which of the files are items; the others are passed over without a word."""

    def __init__(self, root: Path, wanted: Callable[[str], bool] = lambda name: True) -> None:
        self._root, said = root.resolve(), Captions()
        found = [name for name in listed(self._root) if wanted(name)]
        for name in (name for name in found if companion(name)):
            path = self._root / name
            if name.lower().endswith((".jsonl", ".csv")) and path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    said.read(name, file)
        self.captions = said.found
        self.names = tuple(sorted(name for name in found if not companion(name)))

    def _bytes(self, index: int) -> bytes:
        return bytes_in(self._root, self.names[index])


def listed(root: Path) -> list[str]:
    """Names of all files below ``root`` that are not hidden, with forward slashes. Links to folders are not followed.
    Raises InvalidInput for more files than are accepted."""
    found: list[str] = []
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        at = Path(folder).relative_to(root)
        found += [(at / name).as_posix() for name in files if not name.startswith(".")]
        refuse_many(len(found))
    return found


def bytes_in(root: Path, name: str) -> bytes:
    """The content of a file below ``root``. Raises InvalidInput for what is no plain file there."""
    refuse_kind(name)
    refuse_outside(name, "the folder")
    path = root / name
    if path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(root):
        raise InvalidInput("It is a link or no plain file; links are not followed.")
    refuse_size(path.stat().st_size)
    return path.read_bytes()
