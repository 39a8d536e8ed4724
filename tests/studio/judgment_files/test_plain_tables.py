"""What people already have: triplets, Salmon's responses, odd-one-out triples, grids."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from qdhf.errors import InvalidInput
from qdhf.judgments.triplets import chosen
from qdhf.studio import Studio
from qdhf.types import Judgment, NewItem, RunSpec, Study

LETTERS = "abcdefgh"


@pytest.fixture
def named(studio: Studio, study: Study) -> Study:
    """A study of eight imported pictures, called ``pics/a.png`` to ``pics/h.png``."""
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=8, folder="x"))
    new = [
        NewItem(
            kind="image", blob=f"{slot:064x}", media_type="image/png", source="collection", run_id=run.id, iteration=0,
            slot=slot, name=f"pics/{letter}.png",
        )
        for slot, letter in enumerate(LETTERS)
    ]  # fmt: skip
    studio.store.items.add(study.id, new)
    return study


def imported(studio: Studio, study: Study, text: str, name: str = "x.csv") -> list[Judgment]:
    """The answers that stand after importing ``text``, items by their letters."""
    studio.judgment_files.import_judgments(study, name, text.encode())
    letter = {item.id: item.name[-5] for item in studio.store.items.of_study(study.id)}

    def plain(judgment: Judgment) -> Judgment:
        roles = {role: letter[getattr(judgment, role)] for role in ("reference", "a", "b")}
        lists = {role: tuple(letter[i] for i in getattr(judgment, role)) for role in ("shown", "picked")}
        return dataclasses.replace(judgment, **roles, **lists)

    return [plain(judgment) for judgment in studio.learning.answers(study)]


def triplet(judgment: Judgment) -> tuple[str, str | None, set[str]]:
    return judgment.reference, chosen(judgment), {judgment.a, judgment.b}


def test_triplets_of_reference_nearer_farther(studio: Studio, named: Study) -> None:
    answers = imported(studio, named, "reference,nearer,farther,rater,response_ms\na,b,c,Ann,812\nd,f,e,,\n")
    assert [triplet(j) for j in answers] == [("a", "b", {"b", "c"}), ("d", "f", {"e", "f"})]
    assert [j.response_ms for j in answers] == [812, None]
    raters = {rater.id: rater.name for rater in studio.store.judgments.raters(named.id)}
    assert [raters[j.rater_id] for j in answers] == ["Ann", "imported"]
    assert [(j.kind, j.grade, j.question_id) for j in answers] == [("triplet", 1.0, None)] * 2


def test_the_same_file_twice_adds_nothing_and_the_same_answer_twice_counts_twice(studio: Studio, named: Study) -> None:
    text = "reference,nearer,farther\na,b,c\na,b,c\na,c,b\n"
    for expected in ((3, 3), (0, 3)):
        assert studio.judgment_files.import_judgments(named, "x.csv", text.encode()) == expected
    sha = text.replace("a,b,c\na,b", f"{0:064x},pics/b.png,c.png\na,{studio.store.items.of_study(named.id)[1].id}")
    longer = sha + "b,c,d\n"
    assert studio.judgment_files.import_judgments(named, "y.csv", longer.encode()) == (1, 4)


def test_no_side_and_no_order_is_favoured_where_none_is_told(studio: Studio, named: Study) -> None:
    rows = [f"{r},{x},{y}" for r in LETTERS for x in LETTERS for y in LETTERS if len({r, x, y}) == 3]
    answers = imported(studio, named, "reference,nearer,farther\n" + "\n".join(rows))
    assert len(answers) == 336
    sides = Counter((j.closer, j.left) for j in answers)
    assert sides.keys() == {(x, y) for x in "ab" for y in "ab"}
    assert min(sides.values()) > 336 / 8
    by_question = {(j.reference, frozenset((j.a, j.b))): (j.a, j.left) for j in answers}
    assert all(by_question[j.reference, frozenset((j.a, j.b))] == (j.a, j.left) for j in answers)


def test_a_fifth_of_the_questions_is_kept_apart_to_measure_with(studio: Studio, named: Study) -> None:
    rows = [f"{r},{x},{y}" for r in LETTERS for x in LETTERS for y in LETTERS if len({r, x, y}) == 3]
    answers = imported(studio, named, "reference,nearer,farther\n" + "\n".join(rows))
    held_out = {(j.reference, frozenset((j.a, j.b))) for j in answers if j.strategy == "random"}
    trained = {(j.reference, frozenset((j.a, j.b))) for j in answers if j.strategy == "informative"}
    assert not held_out & trained
    assert 0.1 < len(held_out) / 168 < 0.3
    told = imported(studio, named, "reference,nearer,farther,strategy,rater\na,b,c,random,z\na,c,b,informative,z\n")
    assert [j.strategy for j in told[-2:]] == ["random", "informative"]


SALMON = """head,left,right,winner,sampler,score,puid,response_time,network_latency,loser,head_filename,left_filename,\
right_filename,winner_filename,loser_filename,datetime_received
0,1,2,2,ARR,0.1,p7,1.234,0.02,1,a.png,b.png,c.png,c.png,b.png,2022-05-01T10:00:00.5
3,4,5,4,Random,0,,-1,-1,5,d.png,e.png,f.png,e.png,f.png,2022-05-01T10:00:02
"""


def test_responses_that_salmon_exports(studio: Studio, named: Study) -> None:
    first, second = imported(studio, named, SALMON)
    assert (first.reference, first.a, first.b, first.left, first.closer) == ("a", "b", "c", "a", "b")
    assert (first.response_ms, first.created_at) == (1234, datetime(2022, 5, 1, 10, 0, 0, 500_000, UTC))
    assert (second.a, second.closer, second.response_ms) == ("e", "a", None)
    assert [r.name for r in studio.store.judgments.raters(named.id)] == ["p7", "imported"]
    plain = imported(studio, named, "winner,loser,head\nb,c,h\n")
    assert triplet(plain[-1]) == ("h", "b", {"b", "c"})


def test_odd_ones_out(studio: Studio, named: Study) -> None:
    rows = [f"{x},{y},{z}" for x in LETTERS for y in LETTERS for z in LETTERS if x < y and z not in (x, y)]
    answers = imported(studio, named, "one,two,odd\n" + "\n".join(rows))
    assert [(set(j.shown), j.picked) for j in answers] == [(set(r.split(",")), (r[-1],)) for r in rows]
    assert {j.kind for j in answers} == {"odd"}
    places = Counter(j.shown.index(j.picked[0]) for j in answers)
    assert places.keys() == {0, 1, 2}
    assert min(places.values()) > len(rows) / 6


def test_grids(studio: Studio, named: Study) -> None:
    picked = {"reference": "a", "candidates": list("bcdefgh"), "picked": ["d", "b"], "rater": "Ann"}
    skipped = {"reference": "b", "candidates": list("cd"), "closer": "skip"}
    answers = imported(studio, named, "\n".join(map(json.dumps, (picked, skipped))), "x.jsonl")
    assert (answers[0].kind, answers[0].closer) == ("grid", "picked")
    assert (answers[0].shown, answers[0].picked) == (tuple(LETTERS), ("d", "b"))
    assert (answers[1].shown, answers[1].picked, answers[1].closer) == (tuple("bcd"), (), "skip")
    table = imported(studio, named, "reference,candidates,picked\nc,d|e|f,f|d\n")
    assert (table[-1].shown, table[-1].picked) == (tuple("cdef"), ("f", "d"))


def test_a_spreadsheet_s_habits_are_taken(studio: Studio, named: Study) -> None:
    rows = ["\ufeffReference ;Nearer;Farther;", "a;b;c;", "", ";;;", ' d ;"e";f;']
    answers = imported(studio, named, "\r\n".join(rows))
    assert [triplet(j) for j in answers] == [("a", "b", {"b", "c"}), ("d", "e", {"e", "f"})]
    tabs = imported(studio, named, "reference\tnearer\tfarther\ne\tf\tg")
    assert triplet(tabs[-1]) == ("e", "f", {"f", "g"})


def test_json_lines_need_no_more_than_the_answer(studio: Studio, named: Study) -> None:
    line = '{"reference": "a", "a": "b", "b": "c", "closer": "tie", "rater": 7, "grade": null, "mood": "fine"}'
    answers = imported(studio, named, f"\ufeff{line}\r\n\r\n", "x.jsonl")
    assert (answers[0].closer, answers[0].left, answers[0].grade) == ("tie", "a", 1.0)
    assert studio.store.judgments.raters(named.id)[0].name == "7"


def test_a_name_that_several_pictures_bear_is_refused(studio: Studio, named: Study) -> None:
    first = studio.store.items.of_study(named.id)[0]
    studio.store.items.add(
        named.id,
        [
            NewItem(
                kind="image", blob="f" * 64, media_type="image/png", source="collection", run_id=str(first.run_id),
                iteration=1, slot=0, name="more/a.png",
            )
        ],
    )  # fmt: skip
    with pytest.raises(InvalidInput, match=r"Line 2: several items are called “a\.png”"):
        imported(studio, named, "reference,nearer,farther\na.png,b.png,c.png")
    assert len(imported(studio, named, "reference,nearer,farther\npics/a.png,more/a.png,c.png")) == 1
