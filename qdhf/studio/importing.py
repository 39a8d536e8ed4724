"""Imports: a batch of the user's own files at a time, broken ones named and skipped."""

from __future__ import annotations

from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators.collection import Collection, Entry, open_collection
from qdhf.pictures import Pixels, thumbnails
from qdhf.ports import Blobs
from qdhf.types import RunSpec


class Importer:
    """Reads entries by number, so that an import goes on where it stood. Keeps the last collection open."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._open: tuple[tuple[str | None, str | None], Collection] | None = None

    def _collection(self, spec: RunSpec) -> Collection:
        key = (spec.folder, spec.upload)
        if self._open is None or self._open[0] != key:
            if spec.folder is not None:
                source: str | bytes = spec.folder
            elif spec.upload is not None:
                source = self._blobs.get(spec.upload)
            else:
                raise InvalidInput("An import needs a folder or an uploaded zip; this run names neither.")
            self._open = key, open_collection(source)
        return self._open[1]

    def batch(self, spec: RunSpec, index: int, pixels: dict[str, Pixels]) -> list[dict[str, Any]]:
        """Records of batch ``index``, shorter than ``spec.batch`` at the end; decoded pictures go into ``pixels``."""
        entries = self._collection(spec)
        wanted = range(index * spec.batch, min((index + 1) * spec.batch, spec.budget, len(entries)))
        return [self._record(entries.read(i), pixels) for i in wanted]

    def _record(self, entry: Entry, pixels: dict[str, Pixels]) -> dict[str, Any]:
        if entry.error is not None:
            return {"error": f"{entry.name}: {entry.error}"}
        if entry.pixels is None:
            return {"error": f"{entry.name}: this study holds pictures, not texts."}
        blob = self._blobs.put(entry.data)
        pixels[blob] = entry.pixels
        height, width = entry.pixels.shape[:2]
        thumbs = {str(size): self._blobs.put(data) for size, data in thumbnails(entry.pixels).items()}
        return {
            "blob": blob, "media_type": entry.media_type, "width": width, "height": height, "thumbs": thumbs,
            "source": "collection", "genome": None, "name": entry.name,
        }  # fmt: skip
