"""What every store promises about answers from elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Item, Judgment, NewQuestion, Rater, Study, new_id, now
from storage import SqlStore
from tests.storage_fixtures import add_items, add_study, answer, ask, undo

History = list[tuple[Judgment, datetime | None]]


@pytest.fixture
def items(store: SqlStore, study: Study) -> list[Item]:
    return add_items(store, study, 6)


def given(ann: Rater, items: list[Item], event: str, **changes: object) -> Judgment:
    """An answer from elsewhere about the first three items."""
    values: dict[str, object] = {
        "id": new_id(), "event_id": event, "study_id": ann.study_id, "question_id": f"q-{event}", "rater_id": ann.id,
        "reference": items[0].id, "a": items[1].id, "b": items[2].id, "left": "b", "closer": "a",
        "strategy": "informative", "repeat_of": None, "response_ms": 700, "created_at": now(),
    }  # fmt: skip
    return Judgment(**{**values, **changes})  # type: ignore[arg-type]


def test_an_imported_answer_is_the_answer_that_was_given(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    shown = tuple(item.id for item in items)
    answers = [
        given(ann, items, "triplet", grade=0.5),
        given(ann, items, "grid", kind="grid", shown=shown, closer="picked", picked=shown[3:1:-1]),
        given(ann, items, "odd", kind="odd", shown=shown[:3], closer="picked", picked=shown[:1], question_id=None),
        given(ann, items, "sense", aspect="colour", guide=3),
        given(
            ann, items, "better", kind="better", shown=shown[:2], reference=shown[0], a=shown[0], b=shown[1], guide=1
        ),
    ]
    assert store.judgments.import_answers(ann.study_id, answers) == 5
    assert store.judgments.standing(ann.study_id) == answers
    assert [q.aspect for q in store.judgments.questions(["q-triplet", "q-sense"])] == ["", "colour"]


def test_a_repeat_keeps_what_it_repeats_in_whatever_order_they_come(
    store: SqlStore, ann: Rater, items: list[Item]
) -> None:
    first = given(ann, items, "first")
    again = given(ann, items, "again", left="a", strategy="repeat", repeat_of="q-first")
    third = given(ann, items, "third", left="a", strategy="repeat", repeat_of="q-again")
    assert store.judgments.import_answers(ann.study_id, [third, again, first]) == 3
    assert store.judgments.standing(ann.study_id) == [third, again, first]
    later = given(ann, items, "later", strategy="repeat", repeat_of="q-first")
    assert store.judgments.import_answers(ann.study_id, [later]) == 1
    assert store.judgments.standing(ann.study_id)[-1] == later


def test_a_repeat_of_what_is_nowhere_loses_only_its_link(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    lost = given(ann, items, "lost", strategy="repeat", repeat_of="nowhere")
    itself = given(ann, items, "self", strategy="repeat", repeat_of="q-self")
    circle = [given(ann, items, f"c{i}", strategy="repeat", repeat_of=f"q-c{1 - i}") for i in range(2)]
    assert store.judgments.import_answers(ann.study_id, [lost, itself, *circle]) == 4
    kept = store.judgments.standing(ann.study_id)
    assert kept[:2] == [dataclasses.replace(j, repeat_of=None) for j in (lost, itself)]
    assert [q.repeat_of for q in store.judgments.questions(["q-lost", "q-self", "q-c0", "q-c1"])] == [None] * 4


def test_undone_answers_are_undone_here_too(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    first = given(ann, items, "e1", question_id="q", closer="b")
    second = given(ann, items, "e2", question_id="q")
    when = first.created_at + timedelta(seconds=2)
    assert store.judgments.import_answers(ann.study_id, [first, second], {"e1": when}) == 2
    assert store.judgments.every(ann.study_id) == [(first, when), (second, None)]
    assert store.judgments.import_answers(ann.study_id, [first, second], {"e1": when, "e2": when}) == 0
    assert store.judgments.every(ann.study_id) == [(first, when), (second, when)]
    assert [q.id for q in store.judgments.waiting(ann.study_id, ann.id)] == ["q"]
    third = given(ann, items, "e3", question_id="q")
    assert store.judgments.import_answers(ann.study_id, [first, second, third]) == 1
    assert store.judgments.waiting(ann.study_id, ann.id) == []


def test_a_question_keeps_its_one_standing_answer(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    question = ask(store, ann, items)[0]
    store.judgments.record(ann.id, [answer(question, "here")])
    there = given(ann, items, "there", question_id=question.id)
    assert store.judgments.import_answers(ann.study_id, [there]) == 0
    store.judgments.record(ann.id, [undo(question, "here")])
    assert store.judgments.import_answers(ann.study_id, [there]) == 1
    assert [j.event_id for j in store.judgments.standing(ann.study_id)] == ["there"]


def test_an_imported_question_can_be_answered_and_undone_here(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    store.judgments.import_answers(ann.study_id, [given(ann, items, "e1", question_id="q")])
    question = store.judgments.questions(["q"])[0]
    assert (question.left, question.strategy, question.rater_id) == ("b", "informative", ann.id)
    assert store.judgments.record(ann.id, [answer(question, "e2")]) == []
    assert store.judgments.record(ann.id, [undo(question, "e1", "u"), answer(question, "e2")]) == ["u", "e2"]
    assert [j.event_id for j in store.judgments.standing(ann.study_id)] == ["e2"]


def test_a_second_study_takes_the_same_answers_under_ids_of_its_own(
    store: SqlStore, ann: Rater, items: list[Item]
) -> None:
    first = given(ann, items, "first")
    again = given(ann, items, "again", strategy="repeat", repeat_of="q-first")
    store.judgments.import_answers(ann.study_id, [first, again])
    other = add_study(store)
    hers, theirs = store.judgments.rater(other.id, "Ann"), add_items(store, other, 3)
    copies = [
        given(hers, theirs, "first"),
        given(hers, theirs, "again", strategy="repeat", repeat_of="q-first"),
    ]
    assert store.judgments.import_answers(other.id, copies) == 2
    assert store.judgments.import_answers(other.id, copies, {"first": now()}) == 0
    (one, undone), (two, _) = store.judgments.every(other.id)
    assert undone is not None
    assert two.repeat_of == one.question_id != "q-first"
    assert {one.event_id, two.event_id} & {"first", "again"} == set()
    assert store.judgments.standing(ann.study_id) == [first, again]


def test_two_raters_may_have_answered_one_question(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    ben = store.judgments.rater(ann.study_id, "Ben")
    answers = [given(who, items, f"{who.name}-1", question_id="q") for who in (ann, ben)]
    answers += [
        given(who, items, f"{who.name}-2", question_id="r", strategy="repeat", repeat_of="q") for who in (ann, ben)
    ]
    assert store.judgments.import_answers(ann.study_id, answers) == 4
    kept = store.judgments.standing(ann.study_id)
    assert len({j.question_id for j in kept}) == 4
    assert [kept[2].repeat_of, kept[3].repeat_of] == [kept[0].question_id, kept[1].question_id] != ["q", "q"]


def test_one_question_with_two_contents_is_refused_whole(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    one = given(ann, items, "e1", question_id="q")
    two = dataclasses.replace(given(ann, items[::-1], "e2"), question_id="q")
    with pytest.raises(InvalidInput, match="'e1' and 'e2' name the same question"):
        store.judgments.import_answers(ann.study_id, [given(ann, items, "good"), one, two])
    assert store.judgments.count(ann.study_id) == 0
    store.judgments.import_answers(ann.study_id, [one])
    assert store.judgments.import_answers(ann.study_id, [given(ann, items[::-1], "x", question_id="q")]) == 1
    assert store.judgments.import_answers(ann.study_id, [given(ann, items[1:], "z", question_id="q")]) == 1
    kept = [j.question_id for j in store.judgments.standing(ann.study_id)]
    assert (kept[0], kept[2]) == ("q", None)
    assert kept[1] not in ("q", None)


def test_answers_that_make_no_sense_are_refused_whole(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    shown = tuple(item.id for item in items)
    elsewhere = add_items(store, add_study(store), 1)[0].id
    grid = given(ann, items, "grid", kind="grid", shown=shown, closer="picked", picked=shown[1:3])
    for bad, error in (
        (dataclasses.replace(grid, picked=shown[:1]), InvalidInput),
        (dataclasses.replace(grid, picked=shown[1:]), InvalidInput),
        (dataclasses.replace(grid, grade=2.0), InvalidInput),
        (dataclasses.replace(grid, shown=shown[1:]), InvalidInput),
        (dataclasses.replace(grid, shown=(*shown[:5], elsewhere)), NotFound),
        (given(ann, items, "t", closer="picked", picked=shown[1:2]), InvalidInput),
        (given(ann, items, "t", b=items[1].id), InvalidInput),
    ):
        with pytest.raises(error):
            store.judgments.import_answers(ann.study_id, [given(ann, items, "good"), bad])
    assert store.judgments.every(ann.study_id) == []


def test_a_new_question_may_repeat_an_imported_one(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    store.judgments.import_answers(ann.study_id, [given(ann, items, "e1", question_id="q")])
    new = NewQuestion(reference=items[0].id, a=items[1].id, b=items[2].id, left="a", strategy="repeat", repeat_of="q")
    assert store.judgments.reserve(ann.study_id, ann.id, [new])[0].repeat_of == "q"
