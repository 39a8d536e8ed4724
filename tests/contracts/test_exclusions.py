"""What every store promises about raters whose answers are left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import NewQuestion, Rater, Study, now
from storage import SqlStore
from tests.storage_fixtures import add_items, add_study, answer, ask, undo


def test_the_last_word_about_a_rater_stands(
    store: SqlStore, study: Study, ann: Rater, opener: Callable[[], SqlStore]
) -> None:
    ben = store.judgments.rater(study.id, "Ben")
    before = now()
    store.exclusions.exclude(ann.id, True, " chose left ", "Mira")
    store.exclusions.exclude(ben.id, True, "", "Mira")
    found = store.exclusions.excluded(study.id)
    assert [(e.rater_id, e.reason, e.by) for e in found.values()] == [
        (ann.id, "chose left", "Mira"), (ben.id, "", "Mira"),
    ]  # fmt: skip
    assert before <= found[ann.id].created_at <= now()
    store.exclusions.exclude(ann.id, False, "", "Jon")
    again = opener()
    assert list(again.exclusions.excluded(study.id)) == [ben.id]
    assert again.exclusions.changes(study.id) == 3
    again.exclusions.exclude(ann.id, True, "once more", "Jon")
    assert list(again.exclusions.excluded(study.id)) == [ben.id, ann.id]
    other = add_study(store)
    assert (store.exclusions.excluded(other.id), store.exclusions.changes(other.id)) == ({}, 0)


def test_saying_what_holds_adds_nothing(store: SqlStore, study: Study, ann: Rater) -> None:
    store.exclusions.exclude(ann.id, False, "never was", "Mira")
    assert store.exclusions.changes(study.id) == 0
    store.exclusions.exclude(ann.id, True, "first", "Mira")
    store.exclusions.exclude(ann.id, True, "second", "Jon")
    assert store.exclusions.changes(study.id) == 1
    assert store.exclusions.excluded(study.id)[ann.id].reason == "first"


def test_an_exclusion_that_cannot_be_is_refused(store: SqlStore, study: Study, ann: Rater) -> None:
    with pytest.raises(NotFound, match="no rater 'nobody'"):
        store.exclusions.exclude("nobody", True, "", "Mira")
    with pytest.raises(InvalidInput, match="up to 400 characters; this one has 401"):
        store.exclusions.exclude(ann.id, True, "x" * 401, "Mira")
    assert store.exclusions.changes(study.id) == 0


def test_usable_answers_stand_compare_likeness_and_are_of_nobody_left_out(
    store: SqlStore, study: Study, ann: Rater
) -> None:
    items = add_items(store, study, 6)
    ben = store.judgments.rater(study.id, "Ben")
    one, two, three = ask(store, ann, items, 3)
    store.judgments.record(ann.id, [answer(one, "e1"), answer(two, "e2", "skip"), answer(three, "e3")])
    store.judgments.record(ann.id, [undo(three, "e3")])
    first, second = items[0].id, items[1].id
    better = NewQuestion(
        reference=first, a=first, b=second, left="a", strategy="random", kind="better", shown=(first, second)
    )
    for question in [*ask(store, ben, items[3:], 2), *store.judgments.reserve(study.id, ben.id, [better])]:
        store.judgments.record(ben.id, [answer(question)])
    assert (store.judgments.count(study.id), store.exclusions.usable(study.id)) == (5, 4)
    store.exclusions.exclude(ben.id, True, "", "Mira")
    assert (store.judgments.count(study.id), store.exclusions.usable(study.id)) == (5, 2)
    store.exclusions.exclude(ben.id, False, "", "Mira")
    assert store.exclusions.usable(study.id) == 4
    assert store.exclusions.usable(add_study(store).id) == 0
