"""A stored set as formats read it: its rows and facts are written down once, so that an export that goes on after a
refit or new answers says one thing in all its files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from qdhf.formats.base import Row, SetInfo, item_row, read_rows
from qdhf.ports import Store
from qdhf.studio.curating import set_figures
from qdhf.studio.judgment_files import Form
from qdhf.studio.judgment_files.writing import csv_lines, lines
from qdhf.studio.learning import Learning
from qdhf.types import Collection, Fit, Study

CHUNK = 256  # items read from the store at a time
ROWS, INFO = "rows.jsonl", "set.json"


class StoredSource:
    """The set of one export. ``folder``: where :func:`write_down` put it."""

    def __init__(self, store: Store, study: Study, folder: Path) -> None:
        self._store, self._study, self._rows = store, study, folder / ROWS
        record = json.loads((folder / INFO).read_text(encoding="utf-8"))
        self.kind, self.count = study.kind, int(record.pop("count"))
        self.info = SetInfo(**record)
        self.read = store.blobs.get

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        return read_rows(self._rows, start, stop)

    def judgments(self, form: Form) -> Iterator[str]:
        return csv_lines(self._store, self._study) if form == "csv" else lines(self._store, self._study)


def write_down(
    store: Store, learning: Learning, study: Study, collection: Collection, folder: Path, command: str
) -> None:
    """What there is to say about the set and each of its items, into ``folder``. Does nothing where it was done."""
    if (folder / INFO).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    matrix, fit = learning.matrices.of(study), learning.current(study)
    with (folder / ROWS).open("w", encoding="utf-8") as file:
        for row in _rows(store, learning, study, collection):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    record = {
        "name": collection.name, "study": study_record(study, fit), "command": command,
        "collection": {
            "id": collection.id, "name": collection.name, "method": collection.method, "settings": collection.settings,
            "created_at": collection.created_at.isoformat(),
        },
        "figures": set_figures(matrix, collection.items, fit, study.map.dims, store),
        "count": len(collection.items),
    }  # fmt: skip
    making = folder / (INFO + ".part")
    making.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    making.replace(folder / INFO)


def _rows(store: Store, learning: Learning, study: Study, collection: Collection) -> Iterator[Row]:
    matrix, fit = learning.matrices.of(study), learning.current(study)
    at = {item: i for i, item in enumerate(matrix.ids)}
    for start in range(0, len(collection.items), CHUNK):
        items = store.items.many(collection.items[start : start + CHUNK])
        indices = [at[item.id] for item in items]
        places = fit.projection(matrix.features[indices]).tolist() if fit else [None] * len(items)
        for offset, (item, index, place) in enumerate(zip(items, indices, places, strict=True)):
            number, item = start + offset, replace(item, source=public_source(item.source, study))
            quality, reason = float(matrix.quality[index]), collection.reasons[number]
            yield item_row(item, number + 1, quality=quality, place=place, reason=reason)


def without_place(model: str) -> str:
    """A model as others may know it: of a folder on this machine only its name."""
    local = model.startswith(("/", "~", ".")) or "\\" in model or model.count("/") > 1 or Path(model).is_dir()
    last = re.split(r"[/\\]", model.rstrip("/\\"))[-1]
    return f"{last} (a local folder)" if local and model else model


def public_source(source: str, study: Study) -> str:
    """What made an item, without the place of a model or the name of a server."""
    model, at, revision = source.rpartition("@")
    if not at:
        return without_place(source)
    return model if study.generator.name == "endpoint" else f"{without_place(model)}@{revision}"


def study_record(study: Study, fit: Fit | None) -> dict[str, Any]:
    """The study and its descriptor as JSON-ready values: enough to place new items on the same axes. Nothing of where this
    machine keeps its models or whom it asks for texts."""
    record = asdict(study) | {"created_at": study.created_at.isoformat()}
    record["generator"] |= {"url": "", "model": without_place(study.generator.model)}
    for name in ("encoder", "scorer"):
        head, colon, model = record[name].partition(":")
        record[name] = head + colon + without_place(model)
    if fit is not None:
        record["descriptor"] = {
            "version": fit.version, "method": fit.report.method, "low": fit.low.tolist(), "high": fit.high.tolist(),
            "weights": fit.projection.weights.tolist(), "mean": fit.projection.mean.tolist(),
            "scale": float(fit.projection.scale), "report": asdict(fit.report),
        }  # fmt: skip
    return record
