"""What cannot be read is refused whole, with the line, what was found and what is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.studio import Studio, judgment_files
from qdhf.studio.judgment_files import read_judgments
from qdhf.types import NewItem, RunSpec, Study

GOOD = {"event_id": "good", "reference": "0", "a": "1", "b": "2", "closer": "a", "rater": "ann"}
GRID = {"event_id": "grid", "kind": "grid", "shown": list("0123"), "closer": "picked", "picked": ["2"]}
HEADER = "reference,nearer,farther\n"


@pytest.fixture
def pictures(studio: Studio, study: Study) -> Study:
    """A study with six pictures named 0 to 5."""
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=6, folder="x"))
    new = [
        NewItem(
            kind="image", blob=f"{n:064x}", media_type="image/png", source="collection", run_id=run.id, iteration=0,
            slot=n, name=str(n),
        )
        for n in range(6)
    ]  # fmt: skip
    studio.store.items.add(study.id, new)
    return study


def refused(studio: Studio, study: Study, data: bytes, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as error:
        studio.judgment_files.import_judgments(study, name, data)
    assert str(error.value).endswith("Nothing was imported.")
    assert studio.store.judgments.every(study.id) == []
    assert studio.store.judgments.raters(study.id) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "is not JSON"),
        ("[]", "must be a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "it needs the fields kind, shown; or reference, a, b, closer; or .* It has nothing"),
        ('{"reference":"0","nearer":"1"}', "It has nearer, reference"),
        ({"closer": "left"}, "closer must be a, b, picked, tie or skip; got 'left'"),
        ({"closer": None}, "it needs the fields"),
        ({"closer": "picked"}, "of the kind triplet, a question takes a, b, tie or skip"),
        ({"left": "c"}, "left must be a or b; got 'c'"),
        ({"strategy": "lucky"}, "strategy must be informative, random or repeat; got 'lucky'"),
        ({"kind": "pair", "shown": []}, "kind must be triplet, odd, grid or better; got 'pair'"),
        ({"a": "0"}, "three different items"),
        ({"a": "9"}, "holds no item “9”"),
        ({"a": "f" * 64}, "holds no item “ffffffffffffffffffff…”"),
        ({"a": ["1"]}, "a must be a text"),
        ({"a": True}, "a must be a text"),
        ({"a": "\ud800"}, "a must be a text"),
        ({"rater": "x" * 81}, "rater must be a text of 1 to 80 characters"),
        ({"rater": " "}, "rater must be a text of 1 to 80 characters"),
        ({"event_id": "x" * 129}, "event_id must be a text of 1 to 128"),
        ({"event_id": "a\0b"}, "event_id must be a text"),
        ({"question_id": "x" * 65}, "question_id must be a text of 1 to 64"),
        ({"grade": 0.7}, "A grade is 0.5 .* or 1 .*; got 0.7"),
        ({"grade": float("nan")}, "grade must be a number; got nan"),
        ({"grade": True}, "grade must be a number; got True"),
        ({"response_ms": -1}, "response_ms must lie between 0 and 2,147,483,647; got -1"),
        ({"response_ms": "fast"}, "response_ms must be a number; got 'fast'"),
        ({"response_ms": 10**400}, "response_ms must be a number"),
        ({"created_at": "yesterday"}, "created_at must be a time like .*; got 'yesterday'"),
        ({"created_at": 7}, "created_at must be a time"),
        ({"undone_at": "0001-01-01T00:00:00+14:00"}, "undone_at must be a time"),
        (GRID | {"picked": ["0"]}, "The item '0' cannot be picked: it is the reference"),
        (GRID | {"picked": ["5"]}, "The item '5' cannot be picked: it was not shown"),
        (GRID | {"picked": list("123")}, "1 to 2 different items; got 3"),
        (GRID | {"picked": "2"}, "picked must be a list of items; got '2'"),
        (GRID | {"shown": list("0121")}, "shown twice"),
        (GRID | {"kind": "odd"}, "exactly 3 items; got 4"),
        (GRID | {"shown": []}, "2 to 12 candidates; got 0"),
        ('{"reference": "0", "candidates": "12"}', "candidates must be a list"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(
    studio: Studio, pictures: Study, line: str | dict[str, object], words: str
) -> None:
    fields = {**({} if "kind" in line else GOOD), "event_id": "bad", **line} if isinstance(line, dict) else {}
    text = line if isinstance(line, str) else json.dumps(fields)
    refused(studio, pictures, f"{json.dumps(GOOD)}\n\n{text}\n".encode(), "x.jsonl", f"^Line 3:? .*{words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER + "0,1,2,3\n", "Line 2 has 4 cells, the header 3"),
        (HEADER + "0,1\n", "Line 2: it needs the fields"),
        (HEADER + '0,1,2\n"0,1,2\n', "Line 3 is not CSV"),
        (HEADER + f"0,1,{'x' * 140_000}\n", "Line 2 is not CSV: field larger"),
        ("0,1,2\n3,4,5\n", "Line 2: it needs the fields .* It has 0, 1, 2"),
        ("reference,nearer,nearer\n0,1,2\n", "Two columns of the header are called “nearer”"),
        ("reference,nearer,farther,response_ms\n0,1,2,3\n1,2,3,1.2.3\n", "Line 3: response_ms must be a number"),
        ("head,winner,loser,response_time\n0,1,2,soon\n", "Line 2: response_time must be a number of seconds"),
        ("head,winner,loser,response_time\n0,1,2,inf\n", "Line 2: response_ms must be a number"),
        (HEADER + '"0\n",1,2\n0,1,9\n', "Line 4: this study holds no item “9”"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_imported(studio: Studio, pictures: Study, text: str, words: str) -> None:
    refused(studio, pictures, text.encode(), "x.csv", words)


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HEADER.encode("utf-16"), "in UTF-16. Save it as UTF-8"),
        (b"PK\x03\x04\x00\x00", "Line 1 holds binary data"),
        (b"\n\xe4,b,c\n", "Line [12] is not"),
        (b"x" * (2**20 + 1), "Line 1 is longer than 1,048,576 bytes"),
    ],
)
def test_what_is_no_such_text_is_refused(studio: Studio, pictures: Study, name: str, data: bytes, words: str) -> None:
    refused(studio, pictures, data, name, words)


def test_another_encoding_is_named(studio: Studio, pictures: Study) -> None:
    refused(studio, pictures, f"{HEADER}0,1,ä\n".encode("latin-1"), "x.csv", "Line 2 is not in UTF-8 .byte 0xe4")


def test_an_event_id_stands_for_one_answer(studio: Studio, pictures: Study) -> None:
    text = json.dumps(GOOD)
    for other in (GOOD | {"closer": "b"}, GOOD | {"undone_at": "2026-01-01T00:00:00Z"}, GOOD | {"rater": "ben"}):
        data = f"{text}\n{json.dumps(other)}".encode()
        refused(studio, pictures, data, "x.jsonl", "Line 2: line 1 gives another answer under the event_id 'good'")
    assert studio.judgment_files.import_judgments(pictures, "x.jsonl", f"{text}\n{text}".encode()) == (1, 2)


def test_a_question_id_stands_for_one_question(studio: Studio, pictures: Study) -> None:
    first = GOOD | {"question_id": "q", "undone_at": "2026-01-01T00:00:00Z"}
    other = first | {"event_id": "other", "undone_at": None}
    data = f"{json.dumps(first)}\n{json.dumps(other | {'a': '3'})}".encode()
    refused(studio, pictures, data, "x.jsonl", "Line 2: line 1 gives the question 'q' other items")
    data = f"{json.dumps(first)}\n{json.dumps(other)}".encode()
    assert studio.judgment_files.import_judgments(pictures, "x.jsonl", data) == (2, 2)


def test_a_page_takes_no_file_that_would_fill_its_memory(
    studio: Studio, pictures: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judgment_files, "LARGEST_UPLOAD", 2**20)
    with pytest.raises(InvalidInput, match=r"has 2 MB; a page takes 1 MB. Split it, or use the command label-import"):
        studio.judgment_files.import_judgments(pictures, "x.csv", b"\n" * (2**21))
    assert studio.judgment_files.import_judgments(pictures, "x.csv", b"\n" * (2**20)) == (0, 0)


def test_a_file_that_is_not_there_is_named(studio: Studio, pictures: Study, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.jsonl"):
        read_judgments(tmp_path / "none.jsonl", studio.store, pictures)
