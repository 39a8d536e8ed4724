"""One's own pictures and texts become items: whatever they come in, after a stop in the middle, and out of an export."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.studio import Studio, importing
from qdhf.studio.importing import Importer, import_spec
from qdhf.types import Collection, GeneratorSpec, Study, new_id, now
from tests.studio.conftest import work


def own(studio: Studio, encoder: str = "pixels") -> Study:
    return studio.studies.create("Own", generator=GeneratorSpec(name="collection"), encoder=encoder, scorer="even")


def filled(folder: Path, count: int) -> Path:
    folder.mkdir()
    for n in range(count):
        (folder / f"{n:02d}.png").write_bytes(pictures.png(np.full((8, 9, 3), 5 * n, np.uint8)))
    return folder


def shas(studio: Studio, study: Study) -> list[str]:
    return [item.blob for item in studio.store.items.of_study(study.id)]


def test_a_set_that_went_out_comes_in_elsewhere_with_its_words(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    items = studio.store.items.of_study(study.id)
    kept = studio.store.collections.add(
        Collection(
            id=new_id(), study_id=study.id, name="All", method="all", settings={}, items=tuple(i.id for i in items),
            reasons=("all",) * 12, created_at=now(),
        )
    )  # fmt: skip
    export = studio.exporting.request(study, kept, queue=False)
    studio.exporting.write(export.id)
    there = own(studio)
    with studio.exporting.open(studio.exporting.status(export).export) as file:
        work(studio, studio.studies.import_pictures(there, upload=file))
    found = studio.store.items.of_study(there.id)
    assert [item.blob for item in found] == [item.blob for item in items]
    assert [item.name for item in found] == [item.genome.prompt for item in items if item.genome]
    assert {item.source for item in found} == {"collection"}
    assert studio.browsing.map(there).view.coverage > 0


def test_an_import_that_stopped_goes_on_with_the_next_file(studio: Studio, tmp_path: Path) -> None:
    study = own(studio)
    run = studio.studies.import_pictures(study, folder=str(filled(tmp_path / "mine", 40)))
    assert run.spec.budget == 40
    work(studio, run, stop_after=1)
    assert studio.store.items.count(study.id) == importing.BATCH
    work(Studio(studio.store), run)  # another process: nothing is remembered but what is stored
    items = studio.store.items.of_study(study.id)
    assert [item.name for item in items] == [f"{n:02d}.png" for n in range(40)]
    assert len(set(shas(studio, study))) == 40
    assert sum(i.items for i in studio.store.runs.iterations(run.id)) == 40


class Letters:
    """Sees how many letters and words a text has."""

    kind, key, size = "text", "letters", 2

    def encode(self, things: Sequence[str]) -> np.ndarray[Any, Any]:
        return np.array([(len(text), text.count(" ")) for text in things], np.float32)


def test_texts_become_items_of_a_study_of_texts(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdhf.registry.open_encoder", lambda name: Letters())
    lines = [{"text": "the cat sat"}, {"text": "on a mat", "name": "Second"}, {"text": " "}, {"other": 1}]
    upload = io.BytesIO("\n".join(json.dumps(line) for line in lines).encode())
    study = own(studio, "minilm")
    run = studio.studies.import_pictures(study, upload=upload)
    work(studio, run)
    items = studio.store.items.of_study(study.id)
    assert [(i.kind, i.name, i.width, sorted(i.thumbs)) for i in items] == [
        ("text", "line 1", None, [128, 256]), ("text", "Second", None, [128, 256]),
    ]  # fmt: skip
    assert [studio.store.blobs.get(i.blob).decode() for i in items] == ["the cat sat", "on a mat"]
    (iteration,) = studio.store.runs.iterations(run.id)
    assert iteration.failed == 2
    assert "line 3: The text is empty" in iteration.message
    assert len(studio.matrices.of(study)) == 2


def test_texts_in_a_study_of_pictures_are_named_and_skipped(studio: Studio, tmp_path: Path) -> None:
    folder = filled(tmp_path / "mine", 3)
    (folder / "note.txt").write_text("hello")
    study = own(studio)
    run = studio.studies.import_pictures(study, folder=str(folder))
    work(studio, run)
    assert studio.store.items.count(study.id) == 3
    assert studio.store.runs.iterations(run.id)[0].message == "note.txt: this study holds pictures, not texts."


def test_what_a_camera_wrote_beside_the_picture_is_dropped(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ann"
    Image.new("RGB", (30, 20), (9, 9, 9)).save(tmp_path / "mine" / "a.jpg", exif=exif)
    study = own(studio)
    work(studio, studio.studies.import_pictures(study, folder=str(tmp_path / "mine")))
    (item,) = studio.store.items.of_study(study.id)
    assert (item.width, item.height) == (20, 30)  # turned upright
    for sha in (item.blob, *item.thumbs.values()):
        data = studio.store.blobs.get(sha)
        assert b"Ann" not in data
        with Image.open(io.BytesIO(data)) as image:
            assert dict(image.getexif()) == {}


def test_what_cannot_be_imported_at_all_is_said_before_a_run_begins(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = own(studio)
    (tmp_path / "empty").mkdir()
    folder = filled(tmp_path / "mine", 3)
    for given, words in (
        ({}, "either a file or a folder"), ({"folder": "x", "upload": b"x"}, "either a file or a folder"),
        ({"folder": str(tmp_path / "none")}, "no folder or zip"), ({"folder": str(tmp_path / "empty")}, "nothing to import"),
        ({"upload": b"%PDF"}, "neither a folder nor a ZIP"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=words):
            studio.studies.import_pictures(study, **given)  # type: ignore[arg-type]
    monkeypatch.setattr(importing, "LIMIT", 2)
    with pytest.raises(InvalidInput, match="There are 3 files; at most 2 come in at a time"):
        studio.studies.import_pictures(study, folder=str(folder))
    assert studio.store.runs.of_study(study.id) == []


def test_an_upload_is_kept_without_being_held_in_memory(studio: Studio, tmp_path: Path) -> None:
    class Once(io.BytesIO):
        """A file that refuses to be read as a whole."""

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 < size <= 1 << 20
            return super().read(size)

    data = b'{"text": "x"}\n' * 3
    spec = import_spec(studio.store.blobs, None, Once(data))
    assert (spec.upload, spec.budget) == (hashlib.sha256(data).hexdigest(), 3)


def test_several_imports_at_once_keep_their_files_apart(studio: Studio, tmp_path: Path) -> None:
    folders = [filled(tmp_path / name, 3 + n) for n, name in enumerate("abcde")]
    importer = Importer(studio.store.blobs)
    specs = [import_spec(studio.store.blobs, str(folder), None) for folder in folders]
    for spec, folder in [*zip(specs, folders, strict=True)] * 2:
        records = importer.batch(spec, 0, {})
        assert [record["name"] for record in records] == [path.name for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("what", ["names", "captions"])
def test_names_that_are_no_text_come_in_as_far_as_they_can_be_stored(what: str, studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    data = pictures.png(np.full((8, 9, 3), 7, np.uint8))
    if what == "names":
        (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png"))).write_bytes(data)  # Latin-1
        (Path(os.fsdecode(os.fsencode(folder) + b"/\xe9 torn.png"))).write_bytes(data[:40])
        source, names = folder, ["caf?.png"]
    else:
        (folder / "a.png").write_bytes(data)
        rows = [{"file_name": "a.png", "caption": "\ud800 moon\0"}, {"file_name": "x\ud800\0.png"}]
        rows.append({"file_name": "y" * 3000 + ".png"})
        source = folder / "mine.jsonl"
        source.write_text("\n".join(json.dumps(row) for row in rows))
        names = ["? moon"]
    study = own(studio)
    run = studio.studies.import_pictures(study, folder=str(source))
    work(studio, run)
    assert [item.name for item in studio.store.items.of_study(study.id)] == names
    message = studio.store.runs.iterations(run.id)[0].message
    assert "torn.png" in message if what == "names" else "x?.png" in message
    assert "\0" not in message
    assert len(message) < 2500
