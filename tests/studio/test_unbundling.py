"""Bundles that mean harm, or that were damaged: nothing of them comes in, and nothing of what is here changes."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.search.evaluating import Models
from qdhf.studio import Studio, unbundling
from qdhf.studio.same_encoder import check_same, probe
from qdhf.studio.studies import check_brought
from qdhf.studio.unbundling import Bundle
from qdhf.types import GeneratorSpec, Person, Remade, Study
from storage import open_store
from storage.base import Base
from tests.studio.conftest import work
from tests.studio.test_bundling import bundled, facts, fill, rewritten

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, Study, Path]]:
    """An installation with a full study, and its bundle."""
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
    yield studio, study, folder / "study.zip"
    store.close()


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An installation that stays empty: for what is refused."""
    store = open_store(folder=tmp_path_factory.mktemp("nowhere"))
    yield Studio(store)
    store.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Studio]:
    store = open_store(folder=tmp_path / "elsewhere")
    yield Studio(store)
    store.close()


@pytest.fixture
def full(origin: tuple[Studio, Study, Path]) -> Study:
    return origin[1]


@pytest.fixture
def path(origin: tuple[Studio, Study, Path], tmp_path: Path) -> Path:
    (tmp_path / "first.zip").write_bytes(origin[2].read_bytes())
    return tmp_path / "first.zip"


def loaded(studio: Studio, study: Study, path: Path) -> None:
    """The rows of a bundle alone, without its files."""
    with Bundle(path) as bundle:
        rows = {t: [json.loads(line) for line in bundle.lines(f"facts/{t}.jsonl")] for t in studio.store.bundles.tables}
    studio.store.bundles.load(study.id, rows.__getitem__, check_brought)


def empty(studio: Studio) -> bool:
    with studio.store._database.read() as session:
        return all(session.execute(table.select()).first() is None for table in map(Base.metadata.tables.get, TOUCHED))


TOUCHED = ("studies", "items", "runs", "features", "scores", "raters", "judgments")


def altered(table: str, change: dict[str, Any], row: int = 0) -> Callable[[Files], None]:
    """A bundle that says something else in one row; names with dots lead into objects."""

    def change_it(files: Files) -> None:
        rows = [json.loads(line) for line in files[f"facts/{table}.jsonl"].splitlines()]
        for name, value in change.items():
            *way, last = name.split(".")
            place = rows[row]
            for step in way:
                place = place[step]
            place[last] = value
        files[f"facts/{table}.jsonl"] = b"".join(json.dumps(r).encode() + b"\n" for r in rows)

    return change_it


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("studies", {"generator.mood": "grim"}), ("studies", {"generator": []}), ("studies", {"generator.name": "dream"}),
        ("studies", {"generator.steps": "many"}), ("studies", {"encoder": "clip"}), ("studies", {"dims": [10**9, 2]}),
        ("studies", {"dims": "10"}), ("studies", {"prompts": [1]}), ("studies", {"prompts": []}), ("studies", {"kind": "text"}),
        ("studies", {"seed": "one"}), ("studies", {"name": None}), ("studies", {"name": " " * 3 + "x" * 200}),
        ("studies", {"name": "\ud800"}), ("studies", {"created_at": "2026-01-01T00:00:00"}),
        ("runs", {"spec.kind": "burn"}), ("runs", {"spec.budget": 10**12}), ("runs", {"spec.batch": "8"}),
        ("runs", {"spec.mood": 1}), ("runs", {"spec.targets": 5}),
        ("items", {"kind": "text"}), ("items", {"width": "wide"}), ("items", {"width": 2**40}), ("items", {"blob": {}}),
        ("items", {"genome.seed": "x"}), ("items", {"genome.parents": ["0" * 26]}), ("items", {"thumbs": {"big": "0" * 64}}),
        ("iterations", {"shares": {"fresh": {"share": "x"}}}), ("iterations", {"coverage": float("nan")}),
        ("questions", {"kind": "riddle"}), ("judgments", {"closer": "neither"}), ("judgments", {"grade": 7}),
        ("judgments", {"shown": ["0" * 26]}), ("guides", {"settings.aspects": 7}), ("guides", {"settings.candidates": 900}),
        ("fits", {"arrays": "AAAA"}), ("fits", {"scale": 0.0}), ("fits", {"report.method": 1}), ("aims", {"how": "luck"}),
        ("axis_names", {"axis": 40}), ("collections", {"settings": [1]}), ("marks", {"mark": "love"}),
        ("remarks", {"kind": "shout"}), ("remarks", {"text": "a\0"}), ("exclusions", {"excluded": 3}),
    ],
)  # fmt: skip
def test_a_row_that_the_program_could_not_read_brings_nothing_in(
    table: str, change: dict[str, Any], nowhere: Studio, full: Study, path: Path
) -> None:
    rewritten(path, altered(table, change))
    with pytest.raises(InvalidInput, match=rf"a row of {table}|which is not the study's"):
        loaded(nowhere, full, path)
    assert nowhere.studies.all() == []
    assert empty(nowhere)


def test_a_study_that_nobody_could_read_is_refused_by_the_use_case(nowhere: Studio, path: Path) -> None:
    rewritten(path, altered("studies", {"generator.mood": "grim"}))
    with pytest.raises(InvalidInput, match=r"a row of studies \(\w+\) cannot be read: .*mood"):
        nowhere.bundling.unbundle(path)
    assert empty(nowhere)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("items", "run_id"), ("marks", "item_id"), ("remarks", "item_id"), ("questions", "rater_id"),
        ("judgments", "rater_id"), ("judgments", "reference"), ("collection_items", "item_id"),
    ],
)  # fmt: skip
def test_a_bundle_cannot_name_what_another_study_of_the_place_holds(
    table: str, column: str, origin: tuple[Studio, Study, Path], path: Path
) -> None:
    """With a study of its own, and rows of it that point into one that is there."""
    studio, victim, _ = origin
    before = facts(studio, victim)
    named = before[{"run_id": "runs", "rater_id": "raters"}.get(column, "items")][0]["id"]
    rewritten(path, under_other_ids(before, lambda files: altered(table, {column: named})(files)))
    with pytest.raises(InvalidInput, match=rf"a row of {table} belongs to another study"):
        studio.bundling.unbundle(path)
    assert studio.studies.all() == [victim]
    assert facts(studio, victim) == before


def under_other_ids(rows: dict[str, list[dict[str, Any]]], change: Callable[[Files], None]) -> Callable[[Files], None]:
    """A bundle that tells of the same study as if it were another one, and then ``change``."""
    ids = {row[name] for table in rows.values() for row in table for name in ("id", "event_id") if name in row}
    other = {f'"{own}"'.encode(): f'"{hashlib.sha256(own.encode()).hexdigest()[:26]}"'.encode() for own in ids}

    def change_it(files: Files) -> None:
        for name in [name for name in files if not name.startswith("blobs/")]:
            for old, new in other.items():
                files[name] = files[name].replace(old, new)
        change(files)

    return change_it


def test_the_same_study_under_other_ids_is_another_one(
    origin: tuple[Studio, Study, Path], path: Path, elsewhere: Studio
) -> None:
    """What the test before it changes is all that is wrong."""
    rewritten(path, under_other_ids(facts(origin[0], origin[1]), lambda files: None))
    assert elsewhere.bundling.unbundle(path).study.id != origin[1].id


def poisoned(table: str, **values: Any) -> Callable[[Files], None]:
    """A bundle with a row more about contents, like its first one but for ``values``."""

    def change(files: Files) -> None:
        name = f"facts/{table}.jsonl"
        row = json.loads(files[name].splitlines()[0]) | values
        files[name] += json.dumps(row).encode() + b"\n"

    return change


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("features", {"blob": "0" * 64}), ("scores", {"blob": "0" * 64}), ("scores", {"scorer": "agreement"}),
        ("features", {"encoder": "efficientnet-lite0"}),
    ],
)  # fmt: skip
def test_what_a_bundle_says_of_files_and_models_that_are_not_its_own_is_passed_over(
    table: str, values: dict[str, Any], elsewhere: Studio, full: Study, path: Path
) -> None:
    rewritten(path, poisoned(table, **values))
    loaded(elsewhere, full, path)
    blobs = {item.blob for item in elsewhere.store.items.of_study(full.id)}
    rows = Base.metadata.tables[table]
    with elsewhere.store._database.read() as session:
        found = session.execute(rows.select()).mappings().all()
    assert {row["blob"] for row in found} <= blobs
    assert {row.get("encoder", row.get("scorer")) for row in found} == {"pixels" if table == "features" else "colour"}


def test_a_file_with_the_content_of_a_probe_does_not_become_what_encoders_are_compared_by(
    elsewhere: Studio, full: Study, path: Path
) -> None:
    name, thing = probe("image")

    def change(files: Files) -> None:
        row = json.loads(files["facts/items.jsonl"].splitlines()[0])
        files["facts/items.jsonl"] = files["facts/items.jsonl"].replace(row["blob"].encode(), name.encode())
        files["facts/features.jsonl"] = files["facts/features.jsonl"].replace(row["blob"].encode(), name.encode())
        files[f"blobs/{name}"] = thing.tobytes()

    rewritten(path, change)
    elsewhere.bundling.unbundle(path)
    assert elsewhere.store.facts.vectors("pixels", [name]) == {}
    check_same(elsewhere.store.facts, full, Models(elsewhere.store.blobs).encoder(full))


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        ("features", {"vector": "AAAA"}, "no 768 finite numbers"),
        ("features", {"vector": base64.b64encode(np.full(768, np.nan, "<f4").tobytes()).decode()}, "no 768 finite numbers"),
        ("features", {"size": 2, "vector": "AAAAAAAAAAA="}, "came from another model"),
        ("scores", {"value": float("inf")}, "value is not finite"), ("scores", {"prompt": "other"}, "not of the prompt"),
    ],
)  # fmt: skip
def test_features_and_scores_that_are_none_bring_nothing_in(
    table: str, values: dict[str, Any], words: str, nowhere: Studio, full: Study, path: Path
) -> None:
    rewritten(path, poisoned(table, **values))
    with pytest.raises(InvalidInput, match=words):
        loaded(nowhere, full, path)
    assert empty(nowhere)


def test_only_files_that_items_name_are_kept(elsewhere: Studio, path: Path) -> None:
    sha = hashlib.sha256(b"stowaway").hexdigest()
    rewritten(path, lambda files: files.update({f"blobs/{sha}": b"stowaway"}))
    elsewhere.bundling.unbundle(path)
    with pytest.raises(NotFound):
        elsewhere.store.blobs.get(sha)


def test_a_stream_that_is_damaged_inside_is_said(nowhere: Studio, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("facts/items.jsonl")
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename) + 40
    data[start : start + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    with pytest.raises(InvalidInput, match=r"damaged: facts/items\.jsonl cannot be read"):
        nowhere.bundling.unbundle(path)
    assert empty(nowhere)


@pytest.mark.parametrize("entry", [[], {"sha256": 3}, "x"])
def test_a_manifest_without_checksums_is_none(entry: Any, nowhere: Studio, path: Path) -> None:
    def change(files: Files) -> None:
        manifest = json.loads(files["manifest.json"])
        manifest["files"]["README.md"] = entry
        files["manifest.json"] = json.dumps(manifest).encode()

    rewritten(path, change, honest=False)
    with pytest.raises(InvalidInput, match="no bundle of a study"):
        nowhere.bundling.unbundle(path)


def test_only_an_admin_adds_to_a_study_that_is_here(elsewhere: Studio, full: Study, path: Path) -> None:
    """A doctored bundle could give answers in other people's names, or take theirs back."""
    curator, admin = (Person(name=role, role=role, subject=f"{role}@example.org") for role in ("curator", "admin"))
    for person in (curator, admin):
        elsewhere.store.access.set_role(str(person.subject), person.role, "test")
    elsewhere.seen_by(curator).bundling.unbundle(path)  # a study that is new here
    before = facts(elsewhere, full)

    def forge(files: Files) -> None:
        row = json.loads(files["facts/judgments.jsonl"].splitlines()[0])
        taken = {"event_id": "forged", "judgment_id": row["id"], "created_at": row["created_at"]}
        files["facts/retractions.jsonl"] += json.dumps(taken).encode() + b"\n"

    rewritten(path, forge)
    with pytest.raises(NotAllowed, match="Only an admin may bring it in"):
        elsewhere.seen_by(curator).bundling.unbundle(path)
    assert facts(elsewhere, full) == before
    assert elsewhere.seen_by(admin).bundling.unbundle(path).new["retractions"] == 1


def test_what_came_of_making_an_item_again_comes_along(
    origin: tuple[Studio, Study, Path], elsewhere: Studio, tmp_path: Path
) -> None:
    studio, full, _ = origin
    item = studio.store.items.of_study(full.id)[0]
    blob, gone = studio.store.blobs.put(b"made again"), hashlib.sha256(b"gone").hexdigest()
    for sha in (blob, gone):
        result = Remade(device="x", blob=sha, same_bytes=False, same_content=False, largest=1.0, mean=0.5)
        studio.store.remakes.finish(studio.store.remakes.add(item.id, "Ann").id, result)
    elsewhere.bundling.unbundle(bundled(studio, full, tmp_path))
    assert elsewhere.store.blobs.get(blob) == b"made again"
    assert len(elsewhere.store.remakes.of_item(item.id)) == 2


def test_a_study_whose_facts_repeat_a_long_prompt_comes_in(elsewhere: Studio, tmp_path: Path) -> None:
    """Packed, a page of prompt beside each item is next to nothing."""
    store = open_store(folder=tmp_path / "long")
    studio = Studio(store)
    study = studio.studies.create(
        "Long", prompts=["a disc " * 2800], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(study, 30))
    path = bundled(studio, study, tmp_path)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("facts/items.jsonl")
    assert info.file_size > 60 * info.compress_size
    assert elsewhere.bundling.unbundle(path).study == study
    store.close()


def test_facts_that_unpack_to_far_more_than_the_bundle_are_refused(
    nowhere: Studio, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbundling, "LARGEST_FACTS", 1_000_000)
    rewritten(path, lambda files: files.update({"facts/aims.jsonl": b'{"how": "sum"}\n' * 400_000}))
    with pytest.raises(InvalidInput, match="facts of the bundle unpack to"):
        nowhere.bundling.unbundle(path)
    monkeypatch.setattr(unbundling, "LARGEST_TABLE", 1000)
    with pytest.raises(InvalidInput, match="table of contents"):
        nowhere.bundling.unbundle(path)
    assert empty(nowhere)
