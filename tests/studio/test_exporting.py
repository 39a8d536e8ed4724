"""A set in the background: written part by part, resumed, checked, and made again from what is inside it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qdhf.errors import NotFound, StorageFailure
from qdhf.studio import Studio
from qdhf.studio.export_source import public_source, study_record, without_place
from qdhf.types import Collection, Export, GeneratorSpec, Study, new_id, now
from tests.studio.conftest import label, work


@pytest.fixture
def chosen(studio: Studio, study: Study) -> Collection:
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 12)
    items = tuple(item.id for item in studio.store.items.of_study(study.id)[3:19:2])
    return studio.store.collections.add(
        Collection(
            id=new_id(), study_id=study.id, name="A set", method="every second", settings={"k": 8}, items=items,
            reasons=("by hand",) * 8, created_at=now(),
        )
    )  # fmt: skip


def read(studio: Studio, export: Export) -> dict[str, bytes]:
    with studio.exporting.open(studio.exporting.status(export).export) as file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_holds_what_the_store_holds(studio: Studio, study: Study, chosen: Collection) -> None:
    export = studio.exporting.request(study, chosen, tuple(studio.exporting.formats()), queue=False)
    blob = studio.exporting.write(export.id)
    files, status = read(studio, export), studio.exporting.status(export)
    assert (status.state, status.export.blob, status.share) == ("done", blob, 1.0)
    assert status.export.done == status.export.total == 8 * 4  # images, Parquet, CSV, WebDataset
    manifest = json.loads(files.pop("manifest.json"))
    assert {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} == {
        name: facts["sha256"] for name, facts in manifest["files"].items()
    }
    rows = [json.loads(line) for line in files["images/metadata.jsonl"].splitlines()]
    assert [row["item"] for row in rows] == list(chosen.items)
    fit, matrix = studio.learning.current(study), studio.matrices.of(study)
    assert fit is not None
    for row, item in zip(rows, studio.curating.items(chosen), strict=True):
        index = matrix.ids.index(item.id)
        assert files[f"images/{row['file_name']}"] == studio.store.blobs.get(item.blob)
        assert row["place"] == [round(v, 6) for v in fit.projection(matrix.features[index : index + 1])[0].tolist()]
        assert row["quality"] == pytest.approx(float(matrix.quality[index]), abs=1e-6)
    assert len(files["judgments.jsonl"].splitlines()) == 12
    assert json.loads(files["study.json"])["descriptor"]["weights"] == fit.projection.weights.tolist()
    assert not (studio.store.work / "exports" / export.id).exists()


def test_the_command_inside_makes_the_same_bytes_again(studio: Studio, study: Study, chosen: Collection) -> None:
    first = studio.exporting.request(study, chosen, ("images", "csv"), queue=False)
    blob = studio.exporting.write(first.id)
    command = json.loads(read(studio, first)["manifest.json"])["command"]
    assert command == f'python -m qdhf export "{study.id}" "{chosen.id}" set.zip --formats images,csv'
    second = studio.exporting.request(study, chosen, ("images", "csv"), queue=False)
    assert studio.exporting.write(second.id) == blob


def test_an_export_that_was_cut_off_says_what_it_said_when_it_began(
    studio: Studio, study: Study, chosen: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two halves the axes are learned anew: all files must still speak of the same places."""
    export = studio.exporting.request(study, chosen, ("images", "csv", "parquet"), queue=False)
    with monkeypatch.context() as broken:
        broken.setattr("qdhf.formats.table.write_table", lambda *_: (_ for _ in ()).throw(StorageFailure("full")))
        with pytest.raises(StorageFailure):
            studio.exporting.write(export.id)
    before = studio.learning.current(study)
    label(studio, study, 30, "ben")
    studio.learning.fit(study)
    after = studio.learning.current(study)
    assert before is not None
    assert after is not None
    assert not np.allclose(before.projection.weights, after.projection.weights)
    studio.exporting.write(export.id)
    files = read(studio, export)
    rows = [json.loads(line) for line in files["images/metadata.jsonl"].splitlines()]
    cells = [line.split(",") for line in files["items.csv"].decode().splitlines()]
    axis = cells[0].index("place_1")
    assert [float(row[axis]) for row in cells[1:]] == [row["place"][0] for row in rows]
    assert json.loads(files["study.json"])["descriptor"]["version"] == before.version


def test_a_finished_export_is_not_written_again(studio: Studio, study: Study, chosen: Collection) -> None:
    export = studio.exporting.request(study, chosen, queue=False)
    blob = studio.exporting.write(export.id)
    for item in studio.curating.items(chosen):
        Path(studio.store.blobs.path(item.blob)).unlink()
    assert studio.exporting.write(export.id) == blob


def test_an_export_that_failed_goes_on_when_it_is_asked_for_again(
    studio: Studio, study: Study, chosen: Collection
) -> None:
    export = studio.exporting.request(study, chosen, queue=False)
    assert studio.exporting.status(export).state == "paused"  # it never got into the queue
    with pytest.raises(NotFound, match="not finished"):
        studio.exporting.open(export)
    studio.exporting.again(export)
    assert studio.exporting.status(export).state == "queued"


def test_a_kill_between_keeping_the_file_and_saying_so_costs_work_but_no_content(
    studio: Studio, study: Study, chosen: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = studio.exporting.request(study, chosen, queue=False)
    with monkeypatch.context() as killed:
        killed.setattr(studio.store.collections, "finish_export", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            studio.exporting.write(export.id)
    blob = studio.exporting.write(export.id)
    assert studio.store.blobs.get(blob)  # whole: its content still has its name
    assert studio.exporting.status(export).export.blob == blob


def test_no_export_tells_where_models_lie_or_which_server_writes(studio: Studio, tmp_path: Path) -> None:
    study = studio.studies.create(
        "Texts", prompts=["a tale"], encoder="minilm", scorer="even",
        generator=GeneratorSpec(name="endpoint", model="/srv/secret/llama", url="http://10.0.0.7:8000/v1"),
    )  # fmt: skip
    record = json.dumps(study_record(study, None))
    assert "10.0.0.7" not in record
    assert "secret" not in record
    assert json.loads(record)["generator"]["model"] == "llama (a local folder)"
    (tmp_path / "mine").mkdir()
    for model, told in {
        str(tmp_path / "mine"): "mine (a local folder)", "~/models/a": "a (a local folder)", "C:\\m\\b": "b (a local folder)",
        "openai/clip-vit-base-patch32": "openai/clip-vit-base-patch32", "embedded": "embedded", "": "",
    }.items():  # fmt: skip
        assert without_place(model) == told


def test_items_of_an_export_tell_of_their_makers_no_more_than_is_public(study: Study) -> None:
    elsewhere = replace(study, generator=GeneratorSpec(name="endpoint", model="llama", url="http://host/v1"))
    assert public_source("/srv/secret/model@1234", study) == "model (a local folder)@1234"
    assert public_source("llama@10.0.0.7", elsewhere) == "llama"
    assert public_source("planted@1", study) == "planted@1"
    assert public_source("collection", study) == "collection"
