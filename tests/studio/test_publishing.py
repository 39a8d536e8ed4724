"""Publishing a set: what would leave is said first, nothing leaves without a token or to where others would see it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from qdhf.errors import InvalidInput, NotAllowed, QdhfError
from qdhf.studio import Studio, publishing
from qdhf.types import Collection, Export, GeneratorSpec, Study, new_id, now
from storage import open_store
from tests.studio.conftest import label, work
from tests.studio.stand_in_hub import Hub, running

pytestmark = pytest.mark.filterwarnings("default")  # other people's


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    with running(Hub()) as hub:
        yield hub


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, Study, Export]]:
    """A study with a finished export of five of its pictures."""
    store = open_store(folder=tmp_path_factory.mktemp("origin"))
    studio = Studio(store)
    study = studio.studies.create(
        "Planted", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(study, 8))
    items = tuple(item.id for item in store.items.of_study(study.id)[:5])
    kept = store.collections.add(
        Collection(
            id=new_id(), study_id=study.id, name="Five", method="by hand", settings={}, items=items,
            reasons=("by hand",) * 5, created_at=now(),
        )
    )  # fmt: skip
    made = studio.exporting.request(study, kept, ("images", "parquet"), queue=False)
    studio.exporting.write(made.id)
    yield studio, study, studio.exporting.status(made).export
    store.close()


@pytest.fixture
def studio(origin: tuple[Studio, Study, Export]) -> Studio:
    return origin[0]


@pytest.fixture
def study(origin: tuple[Studio, Study, Export]) -> Study:
    return origin[1]


@pytest.fixture
def export(origin: tuple[Studio, Study, Export]) -> Export:
    return origin[2]


def contents(studio: Studio, export: Export) -> dict[str, bytes]:
    with studio.exporting.open(export) as file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def answered(origin: tuple[Studio, Study, Export]) -> Export:
    """The same set, exported with the answers of two people, of whom one took one back."""
    studio, study, _ = origin
    for name, count in (("Zoe Zander", 3), ("Ann Abel", 2), ("Zoe Zander", 4)):
        label(studio, study, count, name)
    (kept,) = studio.curating.collections(study)
    made = studio.exporting.request(study, kept, ("images", "judgments"), queue=False)
    studio.exporting.write(made.id)
    return studio.exporting.status(made).export


def test_answers_leave_without_names_unless_somebody_says_so(studio: Studio, answered: Export, hub: Hub) -> None:
    own = contents(studio, answered)
    assert b"Zoe Zander" in own["judgments.jsonl"]
    upload = studio.publishing.plan(answered, "ann/five", hub=hub.url)
    assert "The answers of 2 people are inside, without their names" in upload.words
    studio.publishing.publish(upload, "hf_right")
    assert dict(upload.files) == {name: len(data) for name, data in hub.files.items()}
    assert not any(name in data for data in hub.files.values() for name in (b"Zoe", b"Ann", b"Zander", b"Abel"))
    assert {name for name in own if hub.files[name] != own[name]} == {
        "judgments.jsonl",
        "judgments.csv",
        "manifest.json",
    }
    before = [json.loads(line) for line in own["judgments.jsonl"].splitlines()]
    after = [json.loads(line) for line in hub.files["judgments.jsonl"].splitlines()]
    numbers = {"Zoe Zander": "Rater 1", "Ann Abel": "Rater 2"}
    hidden = ("rater", "event_id", "question_id", "repeat_of")
    assert [row["rater"] for row in after] == [numbers[row["rater"]] for row in before]
    assert [{k: v for k, v in row.items() if k not in hidden} for row in after] == [
        {k: v for k, v in row.items() if k not in hidden} for row in before
    ]
    assert len({row["event_id"] for row in after}) == len(before)
    table = list(csv.DictReader(io.StringIO(hub.files["judgments.csv"].decode())))
    assert [[row[name] for name in hidden] for row in table] == [[row[name] or "" for name in hidden] for row in after]
    for name, fact in json.loads(hub.files["manifest.json"])["files"].items():
        assert fact == {"sha256": hashlib.sha256(hub.files[name]).hexdigest(), "bytes": len(hub.files[name])}


def test_names_leave_where_that_is_wanted(studio: Studio, answered: Export, hub: Hub) -> None:
    upload = studio.publishing.plan(answered, "ann/five", hub=hub.url, names=True)
    assert "The answers of 2 people are inside, with their names." in upload.words
    studio.publishing.publish(upload, "hf_right")
    assert hub.files == contents(studio, answered)


def test_a_set_without_answers_says_so(studio: Studio, export: Export, hub: Hub) -> None:
    assert "No answers of people are inside." in studio.publishing.plan(export, "ann/five", hub=hub.url).words


def test_the_plan_names_every_file_and_sends_nothing(studio: Studio, export: Export, hub: Hub) -> None:
    upload = studio.publishing.plan(export, "ann/five", hub=hub.url)
    files = contents(studio, export)
    assert dict(upload.files) == {name: len(data) for name, data in files.items()}
    assert (upload.repo, upload.private, upload.size) == ("ann/five", True, sum(map(len, files.values())))
    assert f"{len(files)} files" in upload.words
    assert "only you and those you let in can see" in upload.words
    assert "everybody can see" in studio.publishing.plan(export, "ann/five", private=False, hub=hub.url).words
    assert hub.asked == []


def test_what_was_planned_arrives_whole(studio: Studio, export: Export, hub: Hub) -> None:
    upload = studio.publishing.plan(export, "ann/five", hub=hub.url)
    assert studio.publishing.publish(upload, "hf_right") == f"{hub.url}/datasets/ann/five"
    assert hub.files == contents(studio, export)
    assert hub.private
    assert len(hub.large) == 5 + 1  # the images and the shard went as large files
    assert not (studio.store.work / "publish" / export.id).exists()


@pytest.mark.parametrize("token", [None, "", "  "])
def test_without_a_token_nothing_leaves(token: str | None, studio: Studio, export: Export, hub: Hub) -> None:
    with pytest.raises(NotAllowed, match="wants a token"):
        studio.publishing.publish(studio.publishing.plan(export, "ann/five", hub=hub.url), token)
    assert hub.asked == []


def test_a_token_that_may_not_write_is_said(studio: Studio, export: Export, hub: Hub) -> None:
    with pytest.raises(NotAllowed, match=r"refused \(401\).*Nothing is published"):
        studio.publishing.publish(studio.publishing.plan(export, "ann/five", hub=hub.url), "hf_wrong")
    assert hub.files == {}


def test_a_private_set_is_never_sent_to_a_public_place(studio: Studio, export: Export, hub: Hub) -> None:
    hub.exists, hub.private = True, False
    with pytest.raises(NotAllowed, match="is there already and public"):
        studio.publishing.publish(studio.publishing.plan(export, "ann/five", hub=hub.url), "hf_right")
    assert hub.files == {}
    upload = studio.publishing.plan(export, "ann/five", private=False, hub=hub.url)
    studio.publishing.publish(upload, "hf_right")
    assert hub.files == contents(studio, export)


def test_a_hub_that_is_not_there_is_said(studio: Studio, export: Export, hub: Hub) -> None:
    upload = studio.publishing.plan(export, "ann/five", hub="http://127.0.0.1:9")
    with pytest.raises(QdhfError, match="cannot be reached"):
        studio.publishing.publish(upload, "hf_right")


@pytest.mark.parametrize(
    "repo", ["five", "ann/five/x", "ann/../five", "../five", "ann/fi ve", "ann/", "ann/" + "x" * 100]
)
def test_names_that_no_hub_has_are_refused(repo: str, studio: Studio, export: Export) -> None:
    with pytest.raises(InvalidInput, match="owner/name"):
        studio.publishing.plan(export, repo)


def test_what_a_hub_would_not_take_and_what_names_people_is_refused(
    studio: Studio, study: Study, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = studio.exporting.request_study(study, queue=False)
    studio.exporting.write(whole.id)
    with pytest.raises(InvalidInput, match="hold people's names"):
        studio.publishing.plan(studio.exporting.status(whole).export, "ann/five")
    monkeypatch.setattr(publishing, "MOST_IN_A_FOLDER", 3)
    with pytest.raises(InvalidInput, match="Export the set as Parquet"):
        studio.publishing.plan(export, "ann/five")
