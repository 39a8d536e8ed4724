"""Imports: a batch of the user's own files at a time, broken ones named and skipped."""

from __future__ import annotations

import shutil
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

from qdhf.errors import InvalidInput
from qdhf.generators.collection import Collection, Entry, open_collection
from qdhf.passages import text_thumbnails
from qdhf.pictures import thumbnails
from qdhf.ports import Blobs
from qdhf.types import ItemKind, RunSpec

LIMIT = 100_000  # items of one import
BATCH = 16  # pictures in memory at a time: at most 12 MB each
LONGEST_NAME = 500  # characters of a name, a caption or an error that are kept
CHUNK = 1 << 20


class Importer:
    """Reads entries by number, so that an import goes on where it stood. Keeps the last few collections open."""

    def __init__(self, blobs: Blobs, most: int = 3) -> None:
        self._blobs, self._most = blobs, most
        self._open: OrderedDict[tuple[str | None, str | None], Collection] = OrderedDict()
        self._copies: dict[str, IO[bytes]] = {}  # of uploads that lie elsewhere

    def collection(self, spec: RunSpec) -> Collection:
        """What ``spec`` asks to import, opened at first use. Raises InvalidInput, NotFound."""
        key = (spec.folder, spec.upload)
        if key not in self._open:
            if spec.folder is None and spec.upload is None:
                raise InvalidInput("An import needs a folder or an uploaded file; this run names neither.")
            while len(self._open) >= self._most:
                (_, old), _ = self._open.popitem(last=False)
                if copy := self._copies.pop(old or "", None):
                    copy.close()
            self._open[key] = open_collection(spec.folder or self._upload(str(spec.upload)))
        self._open.move_to_end(key)
        return self._open[key]

    def _upload(self, sha256: str) -> Path:
        """The uploaded file on this machine; it may be larger than the memory."""
        path = self._blobs.path(sha256)
        if "://" not in path:
            return Path(path)
        import fsspec

        copy = self._copies[sha256] = tempfile.NamedTemporaryFile(prefix="upload-", suffix="")  # noqa: SIM115  # kept open
        with fsspec.open(path, "rb") as there:
            shutil.copyfileobj(there, copy, CHUNK)
        copy.flush()
        return Path(copy.name)

    def batch(
        self, spec: RunSpec, index: int, things: dict[str, Any], kind: ItemKind = "image"
    ) -> list[dict[str, Any]]:
        """Records of batch ``index``, shorter than ``spec.batch`` at the end; decoded pictures or texts go into
        ``things``, by SHA-256. ``kind``: what the study holds."""
        entries = self.collection(spec)
        wanted = range(index * spec.batch, min((index + 1) * spec.batch, spec.budget, len(entries)))
        return [self._record(entries.read(i), things, kind) for i in wanted]

    def _record(self, entry: Entry, things: dict[str, Any], kind: ItemKind) -> dict[str, Any]:
        name = cleaned(entry.name)
        if entry.error is not None:
            return {"error": f"{name}: {cleaned(entry.error)}"}
        if entry.kind != kind:
            what, other = ("pictures", "texts") if kind == "image" else ("texts", "pictures")
            return {"error": f"{name}: this study holds {what}, not {other}."}
        blob = self._blobs.put(entry.data)
        things[blob] = entry.text if entry.pixels is None else entry.pixels
        height, width = (None, None) if entry.pixels is None else entry.pixels.shape[:2]
        made = text_thumbnails(entry.text or "") if entry.pixels is None else thumbnails(entry.pixels)
        return {
            "blob": blob, "media_type": entry.media_type, "width": width, "height": height,
            "thumbs": {str(size): self._blobs.put(data) for size, data in made.items()},
            "source": "collection", "genome": None, "name": cleaned(entry.caption) or name,
        }  # fmt: skip


def cleaned(words: str) -> str:
    """What files say of themselves, as it can be stored: characters that no UTF-8 has become “?”, NUL goes, 500 are kept."""
    return words.encode("utf-8", "replace").decode().replace("\0", "")[:LONGEST_NAME]


def import_spec(blobs: Blobs, folder: str | None, upload: bytes | IO[bytes] | None) -> RunSpec:
    """What an import run is asked to do; everything that can be refused at once is.

    ``folder``: also a ZIP, Parquet or JSON Lines file on this machine. ``upload``: such a file, which is kept. Raises
    InvalidInput where neither or both are given, where it is unsafe or damaged, holds nothing or too much; NotFound."""
    if (folder is None) == (upload is None):
        raise InvalidInput("Give either a file or a folder to import.")
    place = str(Path(folder).expanduser().absolute()) if folder is not None else None
    if place is not None and not Path(place).exists():
        raise InvalidInput(f"There is no folder or zip at {folder}. Check the path.")
    sha = _kept(blobs, upload) if upload is not None else None
    spec = RunSpec(kind="import", budget=LIMIT, batch=BATCH, folder=place, upload=sha)
    count = len(Importer(blobs).collection(spec))
    if not count:
        raise InvalidInput("There is nothing to import: no picture and no text.")
    if count > LIMIT:
        raise InvalidInput(f"There are {count:,} files; at most {LIMIT:,} come in at a time. Import them in parts.")
    return RunSpec(kind="import", budget=count, batch=BATCH, folder=place, upload=sha)


def _kept(blobs: Blobs, upload: bytes | IO[bytes]) -> str:
    if isinstance(upload, bytes):
        return blobs.put(upload)
    with tempfile.NamedTemporaryFile(prefix="qdhf-upload-") as file:
        upload.seek(0)
        shutil.copyfileobj(upload, file, CHUNK)
        file.flush()
        return blobs.put_file(file.name)
