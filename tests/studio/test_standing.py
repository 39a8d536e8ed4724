"""Standing answers kept in memory: always those of the store, whoever changes them, and none read twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qdhf.ports import Changes, Seen
from qdhf.studio.standing import Standing
from qdhf.types import Question, Rater, Study, new_id, now
from storage import SqlStore, open_store
from tests.storage_fixtures import add_items, add_study, answer, ask, migrated_file, undo


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(migrated_file(tmp_path), tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def study(store: SqlStore) -> Study:
    return add_study(store)


@pytest.fixture
def ann(store: SqlStore, study: Study) -> Rater:
    return store.judgments.rater(study.id, "Ann")


@pytest.fixture
def questions(store: SqlStore, study: Study, ann: Rater) -> list[Question]:
    return ask(store, ann, add_items(store, study, 3), 40)


class Counting:
    """Notes how many answers each look brought."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self.read = store, list[int]()
        self.judgments = self

    def changes(self, study_id: str, since: Seen | None = None) -> Changes:
        found = self._store.judgments.changes(study_id, since)
        self.read.append(len(found.answers))
        return found


def test_it_follows_answers_and_retractions_of_others(
    store: SqlStore, study: Study, ann: Rater, questions: list[Question]
) -> None:
    standing = Standing(store)
    for number, question in enumerate(questions[:12]):
        store.judgments.record(ann.id, [answer(question, f"e{number}")])
        if number % 3 == 2:
            store.judgments.record(ann.id, [undo(questions[number - 1], f"e{number - 1}")])
        assert list(standing.of(study.id).answers) == store.judgments.standing(study.id)
    assert len(standing.of(study.id)) == 8


def test_each_answer_is_read_once(store: SqlStore, study: Study, ann: Rater, questions: list[Question]) -> None:
    counting = Counting(store)
    standing = Standing(counting)  # type: ignore[arg-type]
    for start in range(0, 40, 10):
        store.judgments.record(ann.id, [answer(q) for q in questions[start : start + 10]])
        standing.of(study.id)
    standing.of(study.id)
    assert counting.read == [10, 10, 10, 10, 0]


def test_threads_that_look_at_once_count_nothing_twice(
    store: SqlStore, study: Study, ann: Rater, questions: list[Question]
) -> None:
    standing = Standing(store)

    def work(question: Question) -> int:
        store.judgments.record(ann.id, [answer(question)])
        return len(standing.of(study.id))

    with ThreadPoolExecutor(8) as pool:
        lengths = list(pool.map(work, questions))
    assert max(lengths) == 40
    assert list(standing.of(study.id).answers) == store.judgments.standing(study.id)


def test_the_studies_used_last_are_kept(store: SqlStore, study: Study, ann: Rater, questions: list[Question]) -> None:
    store.judgments.record(ann.id, [answer(question) for question in questions[:3]])
    other = add_study(store, id=new_id(), created_at=now())
    counting = Counting(store)
    standing = Standing(counting, most=1)  # type: ignore[arg-type]
    for study_id in (study.id, study.id, other.id, study.id):
        standing.of(study_id)
    assert counting.read == [3, 0, 0, 3]
