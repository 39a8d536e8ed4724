"""What every store promises about odd-one-out and grid questions, and about grades."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import AnswerEvent, Item, NewQuestion, Question, QuestionKind, Rater, Study
from storage import SqlStore
from tests.storage_fixtures import add_items, add_study, ask


@pytest.fixture
def items(store: SqlStore, study: Study) -> list[Item]:
    return add_items(store, study, 14)


def screen(kind: QuestionKind, items: Sequence[Item]) -> NewQuestion:
    """A question of that kind about all of ``items``."""
    shown = tuple(item.id for item in items)
    reference, a, b = (*shown, *shown, *shown)[:3]
    return NewQuestion(reference=reference, a=a, b=b, left="a", strategy="informative", kind=kind, shown=shown)


def reserved(store: SqlStore, ann: Rater, kind: QuestionKind, items: Sequence[Item]) -> Question:
    return store.judgments.reserve(ann.study_id, ann.id, [screen(kind, items)])[0]


def picking(question: Question, *picked: str, event: str = "e", **changes: object) -> AnswerEvent:
    given = AnswerEvent(event_id=event, question_id=question.id, closer="picked", picked=picked)
    return dataclasses.replace(given, **changes)


@pytest.mark.parametrize(("kind", "count"), [("odd", 3), ("grid", 3), ("grid", 13)])
def test_a_question_of_each_kind_comes_back_as_it_was(
    store: SqlStore, ann: Rater, items: list[Item], kind: QuestionKind, count: int
) -> None:
    question = reserved(store, ann, kind, items[:count])
    assert (question.kind, question.shown) == (kind, tuple(item.id for item in items[:count]))
    assert (question.reference, question.a, question.b) == question.shown[:3]
    assert store.judgments.waiting(ann.study_id, ann.id) == [question] == store.judgments.questions([question.id])


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("odd", 2, "exactly 3 items; got 2"),
        ("odd", 4, "exactly 3 items; got 4"),
        ("grid", 2, "2 to 12 candidates; got 2 items"),
        ("grid", 14, "2 to 12 candidates; got 14 items"),
        ("pair", 3, "one of triplet, odd, grid, better; got 'pair'"),
        ("triplet", 3, "leave “shown” empty"),
    ],
)
def test_a_screen_of_the_wrong_size_is_refused(
    store: SqlStore, ann: Rater, items: list[Item], kind: QuestionKind, count: int, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        reserved(store, ann, kind, items[:count])


def test_a_screen_shows_different_items_of_its_study_and_names_the_first_three(
    store: SqlStore, ann: Rater, items: list[Item]
) -> None:
    good = screen("grid", items[:5])
    elsewhere = add_items(store, add_study(store), 1)
    for bad, error, words in (
        (screen("grid", [*items[:4], items[1]]), InvalidInput, "shown twice"),
        (screen("odd", [items[0], items[0], items[1]]), InvalidInput, "shown twice"),
        (dataclasses.replace(good, a=good.b, b=good.a), InvalidInput, "first three"),
        (dataclasses.replace(good, shown=(*good.shown[:4], "nowhere")), NotFound, "'nowhere'"),
        (dataclasses.replace(good, shown=(*good.shown[:4], elsewhere[0].id)), NotFound, elsewhere[0].id),
    ):
        with pytest.raises(error, match=words):
            store.judgments.reserve(ann.study_id, ann.id, [good, bad])
    assert store.judgments.waiting(ann.study_id, ann.id) == []


def test_a_triplet_about_another_study_s_item_is_refused(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    strange = add_items(store, add_study(store), 1)[0]
    with pytest.raises(NotFound, match=strange.id):
        ask(store, ann, [items[0], items[1], strange])


def test_what_was_picked_and_shown_is_on_record(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    odd, grid = reserved(store, ann, "odd", items[:3]), reserved(store, ann, "grid", items[3:9])
    picked = (grid.shown[4], grid.shown[2])
    store.judgments.record(ann.id, [picking(odd, odd.shown[0], event="o"), picking(grid, *picked, event="g")])
    first, second = store.judgments.standing(ann.study_id)
    assert (first.kind, first.shown, first.picked, first.closer) == ("odd", odd.shown, odd.shown[:1], "picked")
    assert (second.kind, second.shown, second.picked, second.grade) == ("grid", grid.shown, picked, 1.0)
    assert [j for j, _ in store.judgments.every(ann.study_id)] == [first, second]


def test_nothing_need_be_picked_by_who_cannot_tell(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    odd, grid = reserved(store, ann, "odd", items[:3]), reserved(store, ann, "grid", items[3:9])
    events = [picking(odd, event="o", closer="tie"), picking(grid, event="g", closer="skip")]
    assert store.judgments.record(ann.id, events) == ["o", "g"]
    assert [(j.closer, j.picked) for j in store.judgments.standing(ann.study_id)] == [("tie", ()), ("skip", ())]


def test_all_candidates_but_one_may_be_picked(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    grid = reserved(store, ann, "grid", items[:6])
    store.judgments.record(ann.id, [picking(grid, *grid.shown[1:5])])
    assert store.judgments.standing(ann.study_id)[0].picked == grid.shown[1:5]
    with pytest.raises(InvalidInput, match="1 to 4 different items; got 5"):
        store.judgments.record(ann.id, [picking(grid, *grid.shown[1:], event="all")])


@pytest.mark.parametrize(
    ("kind", "closer", "picked", "grade", "words"),
    [
        ("odd", "picked", (), 1.0, "exactly 1 item; got 0"),
        ("odd", "picked", (0, 1), 1.0, "exactly 1 item; got 2"),
        ("odd", "picked", (5,), 1.0, "not shown"),
        ("odd", "a", (), 1.0, "takes picked, tie or skip"),
        ("odd", "tie", (1,), 1.0, "Only the answer “picked”"),
        ("grid", "picked", (), 1.0, "1 to 4 different items; got 0"),
        ("grid", "picked", (0,), 1.0, "it is the reference"),
        ("grid", "picked", (7,), 1.0, "not shown"),
        ("grid", "picked", (1, 1), 1.0, "different items"),
        ("grid", "b", (), 1.0, "takes picked, tie or skip"),
        ("triplet", "picked", (1,), 1.0, "of the kind triplet, a question takes a, b, tie or skip"),
        ("triplet", "a", (1,), 1.0, "Only the answer “picked”"),
        ("triplet", "a", (), 0.7, "0.5 .* or 1 .*; got 0.7"),
        ("triplet", "a", (), float("nan"), "got nan"),
        ("triplet", "c", (), 1.0, "one of a, b, picked, tie, skip; got 'c'"),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_refused_and_nothing_kept(
    store: SqlStore,
    ann: Rater,
    items: list[Item],
    kind: QuestionKind,
    closer: str,
    picked: tuple[int, ...],
    grade: float,
    words: str,
) -> None:
    good = ask(store, ann, items)[0]
    question = good if kind == "triplet" else reserved(store, ann, kind, items[: 3 if kind == "odd" else 6])
    bad = picking(question, *(items[i].id for i in picked), closer=closer, grade=grade)
    with pytest.raises(InvalidInput, match=words):
        store.judgments.record(ann.id, [AnswerEvent(event_id="good", question_id=good.id, closer="a"), bad])
    assert store.judgments.count(ann.study_id) == 0


def test_a_grade_is_on_record(store: SqlStore, ann: Rater, items: list[Item]) -> None:
    questions = ask(store, ann, items, 3)
    events = [
        AnswerEvent(event_id=f"e{i}", question_id=q.id, closer="b", grade=grade)
        for i, (q, grade) in enumerate(zip(questions, (0.5, 1.0, 1), strict=True))
    ]
    store.judgments.record(ann.id, events)
    assert [j.grade for j in store.judgments.standing(ann.study_id)] == [0.5, 1.0, 1.0]
