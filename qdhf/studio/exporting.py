"""Exports: asked for on a page, written in the background part by part, offered as one ZIP."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from qdhf.errors import NotFound
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.types import Collection, Export, RunState, Study

if TYPE_CHECKING:
    from qdhf.formats import Part


@dataclass(frozen=True, kw_only=True)
class ExportStatus:
    """``share`` of the work that is done, in [0, 1]."""

    export: Export
    state: RunState
    error: str | None

    @property
    def share(self) -> float:
        return 1.0 if self.state == "done" else min(1.0, self.export.done / max(1, self.export.total))


class Exporting:
    """Use-cases of the curate page's second half."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning

    def formats(self) -> dict[str, str]:
        """What a set can be written as, in words, by name."""
        from qdhf.formats import FORMATS

        return {name: form.words for name, form in FORMATS.items()}

    def usual(self) -> tuple[str, ...]:
        """The formats that an export has where nobody chooses any."""
        from qdhf.formats import DEFAULT

        return DEFAULT

    def request(
        self, study: Study, collection: Collection, formats: Sequence[str] = (), *, queue: bool = True
    ) -> Export:
        """Note that an export is wanted, by default in the usual formats, and (``queue``) hand it to the worker.
        Raises InvalidInput for formats that cannot be written."""
        from qdhf.formats import checked

        return self._start(study, collection.id, checked(formats or self.usual()), queue)

    def request_study(self, study: Study, *, queue: bool = True) -> Export:
        """The same for a bundle of the whole study (see :mod:`qdhf.studio.bundling`)."""
        return self._start(study, None, (), queue)

    def _start(self, study: Study, collection_id: str | None, formats: Sequence[str], queue: bool) -> Export:
        export = self._store.collections.add_export(study.id, collection_id, formats)
        if queue:
            self._store.jobs.start("export", export.id)
        return export

    def again(self, export: Export) -> None:
        """Go on with an export that failed, or that never got into the queue: with the part it was at."""
        try:
            self._store.jobs.resume(export.id)
        except NotFound:
            self._store.jobs.start("export", export.id)

    def status(self, export: Export) -> ExportStatus:
        export = self._store.collections.export(export.id)
        if export.blob is not None:
            return ExportStatus(export=export, state="done", error=None)
        state = self._state(export)
        return ExportStatus(
            export=export, state=state, error=self._store.jobs.error(export.id) if state == "failed" else None
        )

    def _state(self, export: Export) -> RunState:
        """An export on record that never got into the queue, because the program ended in between, rests."""
        try:
            return self._store.jobs.state(export.id)
        except NotFound:
            return "paused"

    def of_study(self, study: Study) -> list[ExportStatus]:
        return [self.status(export) for export in self._store.collections.exports(study.id)]

    def open(self, export: Export) -> IO[bytes]:
        """The finished ZIP, for reading. Raises NotFound while there is none."""
        if export.blob is None:
            raise NotFound("This export is not finished yet; wait for the worker.")
        return opened(self._store, export.blob)

    def write(self, export_id: str) -> str:
        """Write the ZIP and keep it; returns its SHA-256. Run again, it goes on with the part it was at.

        Raises StorageFailure where the disk is full; what was written waits for the next try."""
        from qdhf.formats import write_parts
        from qdhf.formats.package import Package, told_when_full

        export = self._store.collections.export(export_id)
        folder = self._store.work / "exports" / export.id
        if export.blob is not None:  # cut off after the last word
            shutil.rmtree(folder, ignore_errors=True)
            return export.blob
        with told_when_full(folder), Package(folder) as package:
            write_parts(package, self._parts(export, folder), partial(self._store.collections.note_export, export.id))
            path = package.close()
        size = path.stat().st_size
        blob = self._store.blobs.put_file(path, own=True)
        self._store.collections.finish_export(export.id, blob, size)
        shutil.rmtree(folder, ignore_errors=True)
        return blob

    def _parts(self, export: Export, folder: Path) -> list[Part]:
        from qdhf.formats import plan
        from qdhf.studio.export_source import StoredSource, write_down

        study = self._store.studies.get(export.study_id)
        if export.collection_id is None:
            from qdhf.studio.bundling import study_parts

            return study_parts(self._store, study)
        formats = export.formats or self.usual()
        collection = self._store.collections.get(export.collection_id)
        command = f'python -m qdhf export "{study.id}" "{collection.id}" set.zip --formats {",".join(formats)}'
        write_down(self._store, self._learning, study, collection, folder, command)
        return plan(StoredSource(self._store, study, folder), formats)


def opened(store: Store, sha256: str) -> IO[bytes]:
    """A stored file for reading, whatever its size and wherever it lies."""
    path = store.blobs.path(sha256)
    if "://" not in path:
        return Path(path).open("rb")
    import fsspec

    file: IO[bytes] = fsspec.open(path, "rb").open()
    return file
