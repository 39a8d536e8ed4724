"""Out of one installation, into another: the same answers, and everything that is worked out from them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from qdhf.descriptors.validation import consistency
from qdhf.errors import InvalidInput, StorageFailure
from qdhf.judgments.triplets import split
from qdhf.studio import Studio
from qdhf.studio.judgment_files import Form, read_judgments, write_judgments
from qdhf.types import AnswerEvent, Judgment, NewQuestion, Study
from tests.studio.conftest import label
from tests.studio.judgment_files.conftest import copy

FORMS: list[Form] = ["jsonl", "csv"]
EVERYTHING = 34  # answers of both raters, undone ones included


@pytest.mark.parametrize("form", FORMS)
def test_what_comes_back_goes_out_byte_by_byte_the_same(
    studio: Studio, full: Study, elsewhere: Studio, twin: Study, form: Form
) -> None:
    data = studio.judgment_files.export_judgments(full, form)
    assert elsewhere.judgment_files.import_judgments(twin, f"x.{form}", data) == (EVERYTHING, EVERYTHING)
    for other in FORMS:
        there = elsewhere.judgment_files.export_judgments(twin, other)
        assert there == studio.judgment_files.export_judgments(full, other)
    assert elsewhere.judgment_files.import_judgments(twin, f"x.{form}", data) == (0, EVERYTHING)


@pytest.mark.parametrize("form", FORMS)
def test_consistency_and_the_held_out_questions_are_the_same_on_both_sides(
    studio: Studio, full: Study, elsewhere: Studio, twin: Study, form: Form
) -> None:
    data = studio.judgment_files.export_judgments(full, form)
    elsewhere.judgment_files.import_judgments(twin, f"x.{form}", data)
    here, there = studio.learning.answers(full), elsewhere.learning.answers(twin)
    assert consistency(there) == consistency(here)
    assert consistency(here) is not None

    def events(judgments: list[Judgment]) -> list[str]:
        return [j.event_id for j in judgments]

    assert [events(part) for part in split(there)] == [events(part) for part in split(here)]
    assert all(events(part) for part in split(here))


def test_answers_of_an_invited_rater_come_back_to_them(studio: Studio, full: Study) -> None:
    ids = [item.id for item in studio.store.items.of_study(full.id)][:3]
    invited = studio.store.judgments.rater(full.id, "Mira", invite_id="i1")
    question = NewQuestion(reference=ids[0], a=ids[1], b=ids[2], left="a", strategy="random")
    asked = studio.store.judgments.reserve(full.id, invited.id, [question])[0]
    studio.labelling.record(invited, [AnswerEvent(event_id="m1", question_id=asked.id, closer="a")])
    before = studio.store.judgments.raters(full.id)
    data = studio.judgment_files.export_judgments(full, "jsonl")
    assert studio.judgment_files.import_judgments(full, "x.jsonl", data) == (0, EVERYTHING + 1)
    assert studio.store.judgments.raters(full.id) == before


def test_every_answer_is_a_row_with_every_field(studio: Studio, full: Study) -> None:
    lines = [json.loads(line) for line in studio.judgment_files.export_judgments(full, "jsonl").decode().splitlines()]
    table = list(csv.DictReader(io.StringIO(studio.judgment_files.export_judgments(full, "csv").decode(), newline="")))
    assert len(lines) == len(table) == EVERYTHING
    judgment, _ = studio.store.judgments.every(full.id)[11]  # the first grid
    blobs = {item.id: item.blob for item in studio.store.items.of_study(full.id)}
    assert lines[11] == {
        "event_id": "anna-11", "kind": "grid", "reference": blobs[judgment.reference], "a": blobs[judgment.a],
        "b": blobs[judgment.b], "left": "b", "shown": [blobs[i] for i in judgment.shown], "closer": "picked",
        "picked": [blobs[i] for i in judgment.picked], "grade": 1.0, "rater": "anna", "strategy": "random",
        "question_id": judgment.question_id, "repeat_of": None, "response_ms": None,
        "created_at": judgment.created_at.isoformat(), "undone_at": None, "aspect": "", "guide": 0, "excluded": False,
    }  # fmt: skip
    assert table[11]["shown"].split("|") == lines[11]["shown"]
    assert [row["grade"] for row in table[:2]] == ["1.0", "0.5"]
    assert [bool(row["undone_at"]) for row in table[:15]] == [n == 5 for n in range(15)]
    assert lines[6]["repeat_of"] == lines[1]["question_id"]
    assert [row["excluded"] for row in lines] == [False] * 17 + [True] * 17
    assert [row["excluded"] for row in table] == ["false"] * 17 + ["true"] * 17
    sense, better = (next(row for row in lines if match(row)) for match in (
        lambda row: row["aspect"], lambda row: row["kind"] == "better",
    ))  # fmt: skip
    assert (sense["aspect"], sense["guide"], better["guide"]) == ("colour, größe", 2, 0)
    assert better["shown"] == [better["reference"], better["b"]] == [better["a"], better["b"]]


def test_whom_the_file_leaves_out_is_left_out_unless_known_here(
    studio: Studio, full: Study, elsewhere: Studio, twin: Study
) -> None:
    """Somebody who is known here is somebody about whom was decided here."""
    data = studio.judgment_files.export_judgments(full, "csv")
    elsewhere.judgment_files.import_judgments(twin, "x.csv", data)
    (out,) = elsewhere.store.exclusions.excluded(twin.id).values()
    assert out.reason == "Left out where the answers come from."
    elsewhere.store.exclusions.exclude(out.rater_id, False, "", "dora")
    assert elsewhere.judgment_files.import_judgments(twin, "x.csv", data) == (0, EVERYTHING)
    assert elsewhere.store.exclusions.excluded(twin.id) == {}


def test_files_of_before_there_were_aspects_and_instructions_still_come_in(
    studio: Studio, full: Study, elsewhere: Studio, twin: Study
) -> None:
    rows = [json.loads(line) for line in studio.judgment_files.export_judgments(full, "jsonl").splitlines()]
    old = [{k: v for k, v in row.items() if k not in ("aspect", "guide", "excluded")} for row in rows]
    data = "\n".join(map(json.dumps, old)).encode()
    assert elsewhere.judgment_files.import_judgments(twin, "x.jsonl", data) == (EVERYTHING, EVERYTHING)
    there = elsewhere.judgment_files.export_judgments(twin, "jsonl").splitlines()
    assert [json.loads(line) for line in there] == [row | {"aspect": "", "guide": 0, "excluded": False} for row in old]


def test_an_undone_answer_arrives_undone(studio: Studio, full: Study, elsewhere: Studio, twin: Study) -> None:
    data = studio.judgment_files.export_judgments(full, "jsonl")
    elsewhere.judgment_files.import_judgments(twin, "x.jsonl", data)
    assert elsewhere.labelling.answered(twin) == studio.labelling.answered(full) == EVERYTHING - 2
    undone = [u for _, u in elsewhere.store.judgments.every(twin.id)]
    assert undone == [u for _, u in studio.store.judgments.every(full.id)]


def test_pictures_that_are_there_twice_stay_apart(studio: Studio, full: Study, elsewhere: Studio, twin: Study) -> None:
    first = studio.store.items.of_study(full.id)[0]
    for s, study in ((studio, full), (elsewhere, twin)):
        run = s.store.runs.of_study(study.id)[0]
        s.store.items.add(study.id, [copy(first, run, 50)])
    twins = studio.store.items.of_study(full.id)
    rater = studio.labelling.rater(full, "anna")
    ask = NewQuestion(reference=twins[0].id, a=twins[12].id, b=twins[1].id, left="a", strategy="random")
    asked = studio.store.judgments.reserve(full.id, rater.id, [ask])[0]
    studio.labelling.record(rater, [AnswerEvent(event_id="twice", question_id=asked.id, closer="a")])
    data = studio.judgment_files.export_judgments(full, "csv")
    assert f"{twins[0].blob}#2" in data.decode()
    elsewhere.judgment_files.import_judgments(twin, "x.csv", data)
    assert elsewhere.judgment_files.export_judgments(twin, "csv") == data


def test_files_go_by_the_ending_of_their_name(studio: Studio, full: Study, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "A.CSV", "a.ndjson"):
        assert write_judgments(tmp_path / name, studio.store, full) == EVERYTHING
        assert read_judgments(tmp_path / name, studio.store, full) == (0, EVERYTHING)
    assert (tmp_path / "a.csv").read_bytes() == studio.judgment_files.export_judgments(full, "csv")
    with pytest.raises(InvalidInput, match=r"“a.xlsx” must end in .jsonl .* or .csv"):
        write_judgments(tmp_path / "a.xlsx", studio.store, full)
    with pytest.raises(InvalidInput, match=r"must end in"):
        studio.judgment_files.import_judgments(full, "a", b"")


def test_another_person_s_copy_is_new(studio: Studio, study: Study, full: Study) -> None:
    label(studio, study, 4, name="carl")
    rows = [json.loads(line) for line in studio.judgment_files.export_judgments(full, "jsonl").splitlines()][-4:]
    data = "\n".join(json.dumps(r | {"event_id": "new-" + r["event_id"], "rater": "dora"}) for r in rows).encode()
    assert studio.judgment_files.import_judgments(full, "x.jsonl", data) == (4, 4)
    assert studio.labelling.answered(full, studio.labelling.rater(full, "dora")) == 4


def test_a_study_without_answers_has_an_empty_file(studio: Studio, study: Study) -> None:
    assert studio.judgment_files.export_judgments(study, "jsonl") == b""
    for form in FORMS:
        data = studio.judgment_files.export_judgments(study, form)
        assert studio.judgment_files.import_judgments(study, f"x.{form}", data) == (0, 0)


def test_large_files_are_written_in_portions_and_an_import_cut_short_goes_on(
    studio: Studio, full: Study, elsewhere: Studio, twin: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qdhf.studio.judgment_files.importing.PORTION", 7)
    data = studio.judgment_files.export_judgments(full, "csv")
    book, sizes = type(elsewhere.store.judgments), []
    whole = book.import_answers

    def cut(self: object, study_id: str, answers: list[Judgment], undone: object) -> int:
        sizes.append(len(answers))
        if len(sizes) == 3:
            raise StorageFailure("The disk is full.")
        return whole(self, study_id, answers, undone)  # type: ignore[arg-type]

    monkeypatch.setattr(book, "import_answers", cut)
    with pytest.raises(StorageFailure):
        elsewhere.judgment_files.import_judgments(twin, "x.csv", data)
    assert elsewhere.judgment_files.import_judgments(twin, "x.csv", data) == (EVERYTHING - 14, EVERYTHING)
    assert sizes == [7, 7, 7, 7, 7, 7, 7, 6]
    assert elsewhere.judgment_files.export_judgments(twin, "csv") == data
