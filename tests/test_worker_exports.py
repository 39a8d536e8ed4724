"""The real worker writes an export: killed in the middle of it, it goes on with the part it was at."""

from __future__ import annotations

import json
import os
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qdhf import pictures
from qdhf.studio import Studio
from qdhf.types import Collection, Export, GeneratorSpec, NewItem, RunSpec, Study, new_id, now
from tests.test_worker import home, studio, until, working

__all__ = ["home", "studio"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
ITEMS, CONTENTS = 3000, 50


@pytest.fixture
def export(studio: Studio) -> Export:
    """An export of many items in four formats; a few contents that repeat, so that they are quickly stored."""
    store = studio.store
    study = studio.studies.create("Many", generator=GeneratorSpec(name="collection"), encoder="pixels", scorer="even")
    rng = np.random.default_rng(0)
    blobs = [store.blobs.put(pictures.png(rng.integers(0, 256, (32, 32, 3), np.uint8))) for _ in range(CONTENTS)]
    store.facts.add_features("pixels", blobs, rng.normal(size=(CONTENTS, 4)).astype(np.float32))
    store.facts.add_scores("even", [(blob, "", 0.5) for blob in blobs])
    run = store.runs.add(study.id, RunSpec(kind="import", budget=ITEMS))
    items = store.items.add(study.id, [new(run.id, slot, blobs[slot % CONTENTS]) for slot in range(ITEMS)])
    kept = store.collections.add(whole(study, tuple(item.id for item in items)))
    return studio.exporting.request(study, kept, ("images", "parquet", "csv", "webdataset"))


def new(run: str, slot: int, blob: str) -> NewItem:
    return NewItem(
        kind="image", blob=blob, media_type="image/png", width=32, height=32, source="collection", run_id=run, iteration=0,
        slot=slot, name=f"{slot}.png",
    )  # fmt: skip


def whole(study: Study, items: tuple[str, ...]) -> Collection:
    return Collection(
        id=new_id(), study_id=study.id, name="All", method="all", settings={}, items=items, reasons=("all",) * ITEMS,
        created_at=now(),
    )  # fmt: skip


def parts(folder: Path) -> list[str]:
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    return [line["part"] for line in lines if "part" in line]


def test_kill_9_costs_an_export_one_part_at_most(studio: Studio, home: Path, export: Export, tmp_path: Path) -> None:
    folder = home / "work" / "exports" / export.id

    def done() -> int:
        return studio.exporting.status(export).export.done

    with working(home) as process:
        until(lambda: done() > 0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    written, first = parts(folder), done()
    assert 0 < len(written) < 10
    until(lambda: studio.exporting.status(export).state == "interrupted")
    size = (folder / "package.zip").stat().st_size
    with working(home):
        until(lambda: studio.exporting.status(export).state == "done", 120)
        until(lambda: not folder.exists())
    status = studio.exporting.status(export)
    assert status.export.done == status.export.total == 4 * ITEMS > first
    assert (status.export.size or 0) > size
    with studio.exporting.open(status.export) as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert sum(name.endswith(".png") for name in archive.namelist()) == ITEMS
        assert len(set(archive.namelist())) == len(archive.namelist())
    again = studio.exporting.request(
        studio.studies.get(export.study_id), studio.store.collections.get(str(export.collection_id)), export.formats,
        queue=False,
    )  # fmt: skip
    assert studio.exporting.write(again.id) == status.export.blob  # bit for bit what an uncut export is
