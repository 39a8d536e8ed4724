"""Reading only what came and went, over both databases: the same answers as reading everything."""

from __future__ import annotations

from qdhf.types import Judgment, Rater, Study, new_id, now
from storage import SqlStore
from tests.storage_fixtures import add_items, add_study, answer, ask, undo


def test_the_first_look_sees_what_stands(store: SqlStore, study: Study, ann: Rater) -> None:
    first, second = ask(store, ann, add_items(store, study, 3), 2)
    store.judgments.record(ann.id, [answer(first, "e1"), answer(second, "e2"), undo(first, "e1")])
    found = store.judgments.changes(study.id)
    assert [j.event_id for j in found.answers] == ["e2"]
    assert len(found.undone) == 1


def test_a_later_look_sees_only_what_came_since(store: SqlStore, study: Study, ann: Rater) -> None:
    first, second, third = ask(store, ann, add_items(store, study, 3), 3)
    store.judgments.record(ann.id, [answer(first, "e1"), undo(first, "e1"), answer(second, "e2")])
    seen = store.judgments.changes(study.id).seen
    assert store.judgments.changes(study.id, seen).answers == []
    store.judgments.record(ann.id, [answer(third, "e3"), answer(first, "e4")])
    found = store.judgments.changes(study.id, seen)
    assert [j.event_id for j in found.answers] == ["e3", "e4"]
    assert found.undone == frozenset()  # nothing was taken back since


def test_an_answer_taken_back_later_is_named(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    store.judgments.record(ann.id, [answer(question, "e1")])
    first = store.judgments.changes(study.id)
    store.judgments.record(ann.id, [undo(question, "e1")])
    found = store.judgments.changes(study.id, first.seen)
    assert (found.answers, found.undone) == ([], {first.answers[0].id})
    assert store.judgments.changes(study.id, found.seen).undone == frozenset()


def test_an_imported_answer_that_was_undone_long_ago_is_named(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    store.judgments.record(ann.id, [answer(question, "e1")])
    first = store.judgments.changes(study.id)
    known: list[Judgment] = first.answers
    store.judgments.import_answers(study.id, known, {"e1": known[0].created_at})
    assert store.judgments.changes(study.id, first.seen).undone == {known[0].id}


def test_other_studies_change_nothing(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    store.judgments.record(ann.id, [answer(question, "e1")])
    first = store.judgments.changes(study.id)
    other = add_study(store, id=new_id(), created_at=now())
    bob = store.judgments.rater(other.id, "Bob")
    theirs = ask(store, bob, add_items(store, other, 3))[0]
    store.judgments.record(bob.id, [answer(theirs, "f1"), undo(theirs, "f1")])
    found = store.judgments.changes(study.id, first.seen)
    assert (found.answers, found.undone) == ([], frozenset())
