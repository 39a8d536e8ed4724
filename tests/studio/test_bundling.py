"""A study moves to another installation: every fact arrives, once, and what is derived from the facts is the same."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.studio import Studio
from qdhf.studio.bundling import study_parts
from qdhf.types import (
    Aim,
    AnswerEvent,
    AxisName,
    Collection,
    GeneratorSpec,
    Genome,
    Guide,
    NewItem,
    Remark,
    RunSpec,
    Steering,
    Study,
    new_id,
    now,
)
from storage import open_store
from storage.base import Base
from storage.bundles import CONTENTS, LEFT_OUT, TABLES
from tests.studio.conftest import label, work

EMPTY = {"remakes", "parents"}  # checked on their own: only a worker fills them


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Studio]:
    store = open_store(folder=tmp_path / "elsewhere")
    yield Studio(store)
    store.close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, Study, bytes]]:
    """An installation with a full study, and its bundle. Tests may add to the study, as people do."""
    folder = tmp_path_factory.mktemp("origin")
    store = open_store(folder=folder)
    studio = Studio(store)
    study = studio.studies.create(
        "Planted",
        prompts=["disc", "square"],
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
    )
    fill(studio, study)
    studio.bundling.bundle(study, folder / "study.zip")
    yield studio, study, (folder / "study.zip").read_bytes()
    store.close()


@pytest.fixture
def studio(origin: tuple[Studio, Study, bytes]) -> Studio:
    return origin[0]


@pytest.fixture
def full(origin: tuple[Studio, Study, bytes]) -> Study:
    return origin[1]


@pytest.fixture
def path(origin: tuple[Studio, Study, bytes], tmp_path: Path) -> Path:
    """The bundle as it was at first."""
    (tmp_path / "first.zip").write_bytes(origin[2])
    return tmp_path / "first.zip"


def fill(studio: Studio, study: Study) -> None:
    """A row in every table."""
    store = studio.store
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 40)
    studio.learning.fit(study)
    work(studio, studio.running.illuminate(study, 8))
    items = store.items.of_study(study.id)
    _steered(studio, study)
    ann, ben = (
        store.judgments.raters(study.id)[0],
        store.judgments.rater(study.id, "Ben <b>", subject="ben@example.org"),
    )
    question = studio.labelling.queue(study, ben)[0]
    for event in (
        AnswerEvent(event_id="b-1", question_id=question.id, closer="a", grade=0.5),
        AnswerEvent(event_id="b-2", question_id=question.id, undoes="b-1"),
    ):
        store.judgments.record(ben.id, [event])
    store.exclusions.exclude(ben.id, True, "too quick", "Ann")
    store.guides.add(Guide(study_id=study.id, version=0, text="Look at the *shape*.", created_at=now()))
    store.guides.note_practice(ann.id, 1, 4, 5)
    store.fits.name_axis(
        AxisName(study_id=study.id, axis=1, name="Größe 🦁", low="small", high="large", created_at=now())
    )
    store.studies.set_aim(Aim(study_id=study.id, weights={"measure": 0.7}, how="sum"))
    store.collections.mark(study.id, items[0].id, "pin")
    kept = store.collections.add(
        Collection(
            id=new_id(), study_id=study.id, name="Put away", method="by hand", settings={"k": 2},
            items=(items[3].id, items[1].id), reasons=("first", "second"), created_at=now(),
        )
    )  # fmt: skip
    store.collections.rename(kept.id, "Renamed")
    store.collections.remove(kept.id)
    store.remarks.add(study.id, [_remark(items[2].id, n) for n in range(3)])


def _remark(item: str, n: int) -> Remark:
    return Remark(item_id=item, kind="tag", text=f"tag {n}", holds=n < 2, by="Ann", created_at=now())


def _steered(studio: Studio, study: Study) -> None:
    """An item that names latents and axes by SHA-256."""
    store = studio.store
    files = [store.blobs.put(data) for data in (b"content", b"thumb", b"latents", b"axes")]
    genome = Genome(prompt="disc", seed=1, latents=files[2], steering=Steering(axes=files[3], encoder="pixels"))
    run = store.runs.add(study.id, RunSpec(kind="populate", budget=1))
    store.items.add(
        study.id,
        [NewItem(
            kind="image", blob=files[0], media_type="image/png", thumbs={128: files[1]}, source="x", genome=genome,
            run_id=run.id, iteration=0, slot=0,
        )],
    )  # fmt: skip


def bundled(studio: Studio, study: Study, tmp_path: Path) -> Path:
    path = tmp_path / "study.zip"
    studio.bundling.bundle(study, path)
    return path


def facts(studio: Studio, study: Study) -> dict[str, list[dict[str, Any]]]:
    return {table: list(studio.store.bundles.rows(table, study.id)) for table in studio.store.bundles.tables}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool = True) -> None:
    """The bundle with other files in it; ``honest``: its manifest names their checksums."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    manifest = json.loads(files.pop("manifest.json"))
    if honest:
        manifest["files"] = {n: {"sha256": hashlib.sha256(d).hexdigest(), "bytes": len(d)} for n, d in files.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, data)


def test_every_table_is_carried_or_left_out_on_purpose() -> None:
    assert {*CONTENTS, *(table.name for table in TABLES)} | LEFT_OUT == set(Base.metadata.tables)


def test_every_fact_arrives_and_the_map_is_the_same(
    studio: Studio, elsewhere: Studio, full: Study, tmp_path: Path
) -> None:
    path = bundled(studio, full, tmp_path)
    there = elsewhere.bundling.unbundle(path)
    assert there.study == full
    before, after = facts(studio, full), facts(elsewhere, there.study)
    assert {name for name, rows in before.items() if not rows} <= EMPTY
    assert after == before
    assert there.new == {name: len(rows) for name, rows in before.items()}
    with zipfile.ZipFile(path) as archive:
        shas = [name.removeprefix("blobs/") for name in archive.namelist() if name.startswith("blobs/")]
    items = studio.store.items.of_study(full.id)
    assert len(items) >= 24
    assert {sha for item in items for sha in (item.blob, *item.thumbs.values())} < set(shas)
    for sha in shas:
        assert elsewhere.store.blobs.get(sha) == studio.store.blobs.get(sha)
    for name in (b"latents", b"axes"):
        assert hashlib.sha256(name).hexdigest() in shas
    ours, theirs = studio.browsing.map(full), elsewhere.browsing.map(there.study)
    assert ours.elites.keys() == theirs.elites.keys()
    assert {cell: item.id for cell, item in ours.elites.items()} == {
        cell: item.id for cell, item in theirs.elites.items()
    }
    assert np.array_equal(ours.view.elites, theirs.view.elites)
    states = {status.run.id: status.state for status in elsewhere.running.of_study(full)}
    assert sorted(states.values()) == ["done", "done", "paused"]  # the third was never worked
    for mine, copied in zip(studio.store.fits.all(full.id), elsewhere.store.fits.all(full.id), strict=True):
        assert np.array_equal(mine.projection.weights, copied.projection.weights)


def test_bringing_it_in_twice_is_the_same_as_once(
    studio: Studio, elsewhere: Studio, full: Study, tmp_path: Path
) -> None:
    path = bundled(studio, full, tmp_path)
    elsewhere.bundling.unbundle(path)
    first = facts(elsewhere, full)
    assert set(elsewhere.bundling.unbundle(path).new.values()) == {0}
    assert facts(elsewhere, full) == first
    assert set(studio.bundling.unbundle(path).new.values()) == {0}  # where it came from, too


def test_what_was_added_since_comes_in_with_a_later_bundle(
    studio: Studio, elsewhere: Studio, full: Study, tmp_path: Path
) -> None:
    elsewhere.bundling.unbundle(bundled(studio, full, tmp_path))
    label(studio, full, 3, "cleo")
    new = elsewhere.bundling.unbundle(bundled(studio, full, tmp_path)).new
    assert {name: n for name, n in new.items() if n} == {"raters": 1, "questions": new["questions"], "judgments": 3}
    assert facts(elsewhere, full) == facts(studio, full)


def test_a_study_that_went_on_differently_is_refused_and_left_alone(
    studio: Studio, elsewhere: Studio, full: Study, tmp_path: Path
) -> None:
    elsewhere.bundling.unbundle(bundled(studio, full, tmp_path))
    for place in (studio, elsewhere):
        work(place, place.studies.populate(full, 2))
    before = facts(elsewhere, full)
    with pytest.raises(InvalidInput, match="went on differently here"):
        elsewhere.bundling.unbundle(bundled(studio, full, tmp_path))
    assert facts(elsewhere, full) == before


def test_a_bundle_from_a_page_is_read_as_it_is(studio: Studio, elsewhere: Studio, full: Study, tmp_path: Path) -> None:
    data = bundled(studio, full, tmp_path).read_bytes()
    assert elsewhere.bundling.unbundle(io.BytesIO(data)).study == full


def test_a_bundle_is_also_an_export_of_the_worker(studio: Studio, elsewhere: Studio, full: Study) -> None:
    export = studio.exporting.request_study(full, queue=False)
    studio.exporting.write(export.id)
    with studio.exporting.open(studio.exporting.status(export).export) as file:
        assert elsewhere.bundling.unbundle(file).study == full
    assert facts(elsewhere, full) == facts(studio, full)


def test_a_bundle_that_is_cut_off_goes_on(studio: Studio, full: Study, tmp_path: Path) -> None:
    whole = bundled(studio, full, tmp_path).read_bytes()
    parts = study_parts(studio.store, full)
    from qdhf.formats import write_parts
    from qdhf.formats.package import Package

    with Package(tmp_path / "again.zip.part") as package:
        write_parts(package, parts[: len(parts) // 2])
    studio.bundling.bundle(full, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == whole
    assert not (tmp_path / "again.zip.part").exists()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("format", "qdhf-study/2", "knows formats up to 1. Update"),
        ("records", "9999", "newer QDHF Studio"),
        ("format", "qdhf-set/2", "no bundle of a study"),
    ],
)
def test_bundles_of_newer_programs_are_refused_in_plain_words(
    key: str, value: str, words: str, elsewhere: Studio, path: Path
) -> None:
    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        files["manifest.json"] = json.dumps(manifest | {key: value}).encode()
        files["facts/inventions.jsonl"] = b'{"id": "1"}\n'

    rewritten(path, change)
    with pytest.raises(InvalidInput, match=words):
        elsewhere.bundling.unbundle(path)
    assert elsewhere.studies.all() == []


def other_study(files: dict[str, bytes]) -> None:
    rows = [json.loads(line) for line in files["facts/judgments.jsonl"].splitlines()]
    files["facts/judgments.jsonl"] = b"".join(json.dumps(r | {"study_id": "x"}).encode() + b"\n" for r in rows)


def other_rater(files: dict[str, bytes]) -> None:
    rows = [json.loads(line) for line in files["facts/exclusions.jsonl"].splitlines()]
    files["facts/exclusions.jsonl"] = b"".join(json.dumps(r | {"rater_id": "x"}).encode() + b"\n" for r in rows)


def missing_file(files: dict[str, bytes]) -> None:
    del files[next(name for name in files if name.startswith("blobs/"))]


def wrong_file(files: dict[str, bytes]) -> None:
    files[next(name for name in files if name.startswith("blobs/"))] = b"something else"


def no_json(files: dict[str, bytes]) -> None:
    files["facts/runs.jsonl"] = b"{torn\n"


def unknown_column(files: dict[str, bytes]) -> None:
    files["facts/guides.jsonl"] = files["facts/guides.jsonl"].replace(b'"version"', b'"colour"')


def no_time(files: dict[str, bytes]) -> None:
    files["facts/guides.jsonl"] = files["facts/guides.jsonl"].replace(b'"created_at": "', b'"created_at": "long ago ')


def genome_of_tomorrow(files: dict[str, bytes]) -> None:
    files["facts/items.jsonl"] = files["facts/items.jsonl"].replace(b'"seed"', b'"mood": 1, "seed"')


def path_out(files: dict[str, bytes]) -> None:
    files["../../evil.sh"] = b"x"


def bomb(files: dict[str, bytes]) -> None:
    files["facts/runs.jsonl"] += b" " * 20_000_000


def endless_line(files: dict[str, bytes]) -> None:
    files["facts/runs.jsonl"] = np.random.default_rng(0).bytes(9 << 20).replace(b"\n", b" ")


def too_deep(files: dict[str, bytes]) -> None:
    files["facts/runs.jsonl"] = b"[" * 300_000


def blob_bomb(files: dict[str, bytes]) -> None:
    data = b"\0" * 5_000_000
    files[f"blobs/{hashlib.sha256(data).hexdigest()}"] = data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_study, "belongs to another study"), (other_rater, "belongs to another study"),
        (missing_file, "of an item is missing"), (wrong_file, "another content"), (no_json, "no JSON"),
        (unknown_column, "does not know"), (no_time, "cannot be read"), (genome_of_tomorrow, "cannot be read"),
        (path_out, "no bundle has"), (bomb, "an attack"), (endless_line, "a line without end"),
        (too_deep, "no JSON"), (blob_bomb, "an attack"),
    ],
)  # fmt: skip
def test_a_bundle_that_is_damaged_or_means_harm_brings_nothing_in(
    change: Callable[[dict[str, bytes]], None], words: str,
    elsewhere: Studio, path: Path,
) -> None:  # fmt: skip
    rewritten(path, change)
    with pytest.raises(InvalidInput, match=words):
        elsewhere.bundling.unbundle(path)
    assert elsewhere.studies.all() == []


def test_a_file_that_is_not_what_the_manifest_says_is_refused(elsewhere: Studio, path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["facts/aims.jsonl"] = files["facts/aims.jsonl"].replace(b"0.7", b"0.9")

    rewritten(path, change, honest=False)
    with pytest.raises(InvalidInput, match="not what its manifest says"):
        elsewhere.bundling.unbundle(path)
    assert elsewhere.studies.all() == []


def test_what_is_no_bundle_says_so(elsewhere: Studio, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        elsewhere.bundling.unbundle(tmp_path / "none.zip")
    (tmp_path / "photo.zip").write_bytes(b"PNG")
    with pytest.raises(InvalidInput, match="no bundle"):
        elsewhere.bundling.unbundle(tmp_path / "photo.zip")
