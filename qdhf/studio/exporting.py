"""Exports: asked for on a page, written in the background, offered as one ZIP."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qdhf.errors import NotFound
from qdhf.ports import Store
from qdhf.studio.curating import set_figures
from qdhf.studio.judgment_files import lines
from qdhf.studio.learning import Learning
from qdhf.types import Collection, Export, RunState, Study, StudyMatrix

CHUNK = 256  # items read from the store at a time


@dataclass(frozen=True, kw_only=True)
class ExportStatus:
    export: Export
    state: RunState
    error: str | None


class Exporting:
    """Use-cases of the curate page's second half."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning

    def request(self, study: Study, collection: Collection, *, queue: bool = True) -> Export:
        """Note that an export is wanted and (``queue``) hand it to the worker."""
        export = self._store.collections.add_export(study.id, collection.id)
        if queue:
            self._store.jobs.start("export", export.id)
        return export

    def status(self, export: Export) -> ExportStatus:
        export = self._store.collections.export(export.id)
        if export.blob is not None:
            return ExportStatus(export=export, state="done", error=None)
        state = self._store.jobs.state(export.id)
        return ExportStatus(
            export=export, state=state, error=self._store.jobs.error(export.id) if state == "failed" else None
        )

    def of_study(self, study: Study) -> list[ExportStatus]:
        return [self.status(export) for export in self._store.collections.exports(study.id)]

    def open(self, export: Export) -> IO[bytes]:
        """The finished ZIP, for reading. Raises NotFound while there is none."""
        if export.blob is None:
            raise NotFound("This export is not finished yet; wait for the worker.")
        path = self._store.blobs.path(export.blob)
        return Path(path).open("rb") if "://" not in path else io.BytesIO(self._store.blobs.get(export.blob))

    def write(self, export_id: str) -> str:
        """Write the ZIP and keep it; returns its SHA-256. Safe to run again."""
        export = self._store.collections.export(export_id)
        study = self._store.studies.get(export.study_id)
        collection = self._store.collections.get(export.collection_id)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "set.zip"
            with path.open("wb") as target:
                self._fill(target, study, collection)
            blob = self._store.blobs.put_file(path)
            self._store.collections.finish_export(export_id, blob, path.stat().st_size)
        return blob

    def _fill(self, target: IO[bytes], study: Study, collection: Collection) -> None:
        from qdhf.curate.bundle import Bundle, dataset_card, study_record

        matrix, fit = self._learning.matrices.of(study), self._learning.current(study)
        bundle = Bundle(target)
        rows = list(self._add_items(bundle, collection, matrix, fit))
        bundle.add_lines("images/metadata.jsonl", rows)
        bundle.add_lines("judgments.jsonl", lines(self._store, study))
        bundle.add("study.json", _json(study_record(study, fit)), compress=True)
        card = dataset_card(study, collection, set_figures(matrix, collection.items, fit, study.map.dims))
        bundle.add("README.md", card.encode(), compress=True)
        command = f'python -m qdhf export "{study.id}" "{collection.id}" set.zip'
        bundle.finish({"study": study.id, "collection": collection.id, "items": len(rows), "command": command})

    def _add_items(self, bundle: Any, collection: Collection, matrix: StudyMatrix, fit: Any) -> Iterator[str]:
        from qdhf.curate.bundle import file_name, metadata_line

        row = {item: i for i, item in enumerate(matrix.ids)}
        for start in range(0, len(collection.items), CHUNK):
            part = collection.items[start : start + CHUNK]
            for offset, item in enumerate(self._store.items.many(part)):
                number = start + offset + 1
                bundle.add(file_name(item, number), self._store.blobs.get(item.blob))
                i = row[item.id]
                place = fit.projection(matrix.features[i : i + 1])[0].round(6).tolist() if fit else None
                reason = collection.reasons[number - 1]
                yield metadata_line(item, number, quality=float(matrix.quality[i]), place=place, reason=reason)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
