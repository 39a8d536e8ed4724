"""The pictures and texts of a ZIP file that anybody may have made: read entry by entry, never unpacked to the disk."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators import collection_files as limits
from qdhf.generators.collection_captions import Captions
from qdhf.generators.collection_files import (
    Files,
    companion,
    hidden,
    open_zip,
    refuse_kind,
    refuse_many,
    refuse_outside,
    refuse_size,
)


class Zip(Files):
    """``label``: what errors call it. Raises InvalidInput where it is damaged or unsafe as a whole."""

    def __init__(self, file: Any, label: str) -> None:
        try:
            self._zip = open_zip(file)
            entries = [info for info in self._zip.infolist() if not info.is_dir() and not hidden(info.filename)]
        except limits.DAMAGED as error:
            raise InvalidInput(f"{label} is neither a folder nor a ZIP file that can be read: {error}") from error
        refuse_many(len(entries))
        self._refuse_bomb(sum(info.file_size for info in entries), label)
        self._all = {info.filename.replace("\\", "/"): info for info in entries}
        entries.sort(key=lambda info: (info.filename, info.header_offset))
        self._entries = [info for info in entries if not companion(info.filename)]
        self.names = tuple(info.filename.replace("\\", "/") for info in self._entries)
        said = Captions()
        for name, info in self._all.items():
            if companion(name) and name.lower().endswith((".jsonl", ".csv")):
                self._read_words(said, name, info)
        self.captions = said.found

    def _refuse_bomb(self, total: int, label: str) -> None:
        """Entries may overlap: what each says of itself is not enough."""
        if total > limits.LARGEST_TOTAL:
            most = limits.LARGEST_TOTAL >> 30
            raise InvalidInput(f"{label} unpacks to {total / 2**30:.1f} GB; at most {most} GB are accepted.")
        file = self._zip.fp
        if file is not None and total > 10 * limits.LARGEST_FILE and total > limits.RATIO * file.seek(0, os.SEEK_END):
            raise InvalidInput(f"{label} unpacks to more than {limits.RATIO} times its size, as attacks do.")

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Pass over all other entries without a word."""
        kept = [(name, info) for name, info in zip(self.names, self._entries, strict=True) if wanted(name)]
        self.names, self._entries = tuple(name for name, _ in kept), [info for _, info in kept]

    def has(self, name: str) -> bool:
        return name in self._all

    def content(self, name: str) -> bytes:
        """A file that is no item, checked like one. Raises InvalidInput."""
        try:
            return self._checked(self._all[name])
        except limits.DAMAGED as error:
            raise InvalidInput(f"{name} in the ZIP file is damaged: {error}.") from error

    def _read_words(self, said: Captions, name: str, info: zipfile.ZipInfo) -> None:
        """Raises InvalidInput where the metadata is damaged or unsafe: what it says would be lost without a word."""
        try:
            _refuse_entry(info)
            refuse_size(info.file_size)
            with self._zip.open(info) as file:
                said.read(name, file)
        except limits.DAMAGED as error:
            raise InvalidInput(
                f"{name} in the ZIP file is damaged: {error}. Leave it out, or make it again."
            ) from error

    def head(self, name: str, size: int) -> bytes:
        """The first ``size`` bytes of a file that is no item; none where it is damaged. Raises InvalidInput where it is
        unsafe."""
        _refuse_entry(self._all[name])
        try:
            with self._zip.open(self._all[name]) as file:
                return file.read(size)
        except limits.DAMAGED:
            return b""

    def _bytes(self, index: int) -> bytes:
        refuse_kind(self.names[index])
        return self._checked(self._entries[index])

    def _checked(self, info: zipfile.ZipInfo) -> bytes:
        _refuse_entry(info)
        refuse_size(info.file_size)
        with self._zip.open(info) as file:
            return file.read(limits.LARGEST_FILE)


def _refuse_entry(info: zipfile.ZipInfo) -> None:
    refuse_outside(info.filename.replace("\\", "/"))
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InvalidInput("It is a link; links are not followed.")
    if info.flag_bits & 1:
        raise InvalidInput("It is encrypted.")
    if info.file_size > limits.RATIO * max(info.compress_size, 1024):
        raise InvalidInput(f"It unpacks to more than {limits.RATIO} times its size, as attacks do.")
