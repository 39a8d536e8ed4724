"""Who holds which question: never two raters the same, never for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest

from qdhf.types import NewQuestion, Rater, Study
from storage import SqlStore, reserving
from tests.storage_fixtures import add_items, answer, undo


def questions(ids: list[str], kind: str = "triplet") -> list[NewQuestion]:
    """Every way to ask about three of the items, each question once."""
    shown = [p for p in permutations(ids, 3) if kind != "triplet" or p[1] < p[2]]
    return [
        NewQuestion(
            reference=r, a=a, b=b, left="a", strategy="random", kind=kind, shown=() if kind == "triplet" else (r, a, b)
        )  # type: ignore[arg-type]
        for r, a, b in shown
    ]


def test_what_one_rater_holds_nobody_else_gets_however_it_is_arranged(
    store: SqlStore, study: Study, ann: Rater
) -> None:
    ids = [item.id for item in add_items(store, study, 3)]
    ben = store.judgments.rater(study.id, "Ben")
    first = NewQuestion(reference=ids[0], a=ids[1], b=ids[2], left="a", strategy="informative")
    turned = NewQuestion(reference=ids[0], a=ids[2], b=ids[1], left="a", strategy="random")
    other = NewQuestion(reference=ids[1], a=ids[0], b=ids[2], left="a", strategy="random")
    hers = store.judgments.reserve(study.id, ann.id, [first])
    his = store.judgments.reserve(study.id, ben.id, [turned, other])
    assert [(q.reference, q.rater_id) for q in his] == [(ids[1], ben.id)]
    assert store.judgments.waiting(study.id) == hers + his
    store.judgments.record(ann.id, [answer(hers[0], "e1")])
    assert len(store.judgments.reserve(study.id, ben.id, [turned])) == 1  # answered: free to be asked of others


def test_a_screen_of_three_is_the_same_in_any_order(store: SqlStore, study: Study, ann: Rater) -> None:
    ids = [item.id for item in add_items(store, study, 3)]
    ben = store.judgments.rater(study.id, "Ben")
    asked = questions(ids, "odd")
    store.judgments.reserve(study.id, ann.id, asked[:1])
    assert store.judgments.reserve(study.id, ben.id, asked) == []
    grid = questions(ids, "grid")
    store.judgments.reserve(study.id, ann.id, grid[:1])
    assert {q.reference for q in store.judgments.reserve(study.id, ben.id, grid)} == set(ids[1:])


def test_a_reservation_ends_by_itself_and_a_late_answer_counts_all_the_same(
    store: SqlStore, study: Study, ann: Rater, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [item.id for item in add_items(store, study, 3)]
    ben = store.judgments.rater(study.id, "Ben")
    asked = questions(ids)
    hers = store.judgments.reserve(study.id, ann.id, asked)
    assert store.judgments.reserve(study.id, ben.id, asked) == []
    monkeypatch.setattr(reserving, "LEASE", timedelta(0))
    assert store.judgments.waiting(study.id, ann.id) == []
    his = store.judgments.reserve(study.id, ben.id, asked)
    assert len(his) == len(asked)
    assert store.judgments.record(ann.id, [answer(hers[0], "late")]) == ["late"]
    assert store.judgments.record(ben.id, [answer(his[0], "too")]) == ["too"]


def test_an_undone_question_waits_again_however_old_it_is(
    store: SqlStore, study: Study, ann: Rater, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [item.id for item in add_items(store, study, 3)]
    asked = store.judgments.reserve(study.id, ann.id, questions(ids))
    store.judgments.record(ann.id, [answer(asked[0], "e1")])
    real = reserving.now
    monkeypatch.setattr(reserving, "now", lambda: real() + reserving.LEASE)
    assert store.judgments.waiting(study.id, ann.id) == []
    monkeypatch.setattr(reserving, "LEASE", 2 * reserving.LEASE)
    monkeypatch.setattr("storage.recording.now", lambda: real() + reserving.LEASE)
    store.judgments.record(ann.id, [undo(asked[0], "e1")])
    monkeypatch.setattr(reserving, "now", lambda: real() + reserving.LEASE + timedelta(minutes=1))
    assert store.judgments.waiting(study.id, ann.id) == [asked[0]]


def test_raters_who_reserve_at_the_same_moment_share_nothing(store: SqlStore, study: Study) -> None:
    ids = [item.id for item in add_items(store, study, 6)]
    raters = [store.judgments.rater(study.id, f"rater {number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda r: store.judgments.reserve(study.id, r.id, questions(ids)), raters))
    keys = [(q.reference, frozenset((q.a, q.b))) for mine in got for q in mine]
    assert len(keys) == len(set(keys)) == 60
