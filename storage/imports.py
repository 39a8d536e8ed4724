"""Judgments from another installation: appended, with the questions they answer.

Ids are kept where they are free. Where another study of this installation holds them already (the same answers in a
second study), a new id is derived from the old one; the same file then gives the same ids again, so that importing
twice adds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import NotFound, StorageFailure
from qdhf.ports import Undone
from qdhf.types import Judgment, NewQuestion, new_id
from qdhf.types.answering import check_answer, check_question
from storage.engine import parts
from storage.imported_questions import ImportedQuestions, derived
from storage.schema import ItemRow, JudgmentRow, QuestionRow, RaterRow, RetractionRow

COPIED = (
    "id", "rater_id", "reference", "a", "b", "left", "closer", "strategy", "created_at", "kind", "shown", "picked",
    "grade", "aspect", "guide",
)  # fmt: skip
LONGEST = 2**31 - 1  # milliseconds


def check_items(session: Session, study_id: str, asked: Iterable[Judgment | NewQuestion]) -> None:
    """Raises NotFound where a question or answer names an item that is not of the study."""
    check_stored(session, study_id, {i for q in asked for i in (q.reference, q.a, q.b, *q.shown)})


def check_stored(session: Session, study_id: str, items: Set[str]) -> None:
    """Raises NotFound for ids of items that are not of the study."""
    found: set[str] = set()
    for part in parts(sorted(items)):
        found |= set(session.scalars(sa.select(ItemRow.id).where(ItemRow.study_id == study_id, ItemRow.id.in_(part))))
    if absent := items - found:
        raise NotFound(f"The study {study_id!r} has no item {min(absent)!r}; it is not stored here.")


def check_answers(answers: Iterable[Judgment]) -> None:
    """Raises InvalidInput for the first answer that makes no sense in itself."""
    for answer in answers:
        check_question(answer.kind, (answer.reference, answer.a, answer.b), answer.shown)
        check_answer(answer.kind, answer.shown, answer.closer, answer.picked, answer.grade)


@dataclass(kw_only=True)
class _OnRecord:
    """An answer that is stored, or about to be."""

    id: str
    study_id: str
    question_id: str | None
    undone: bool


class Import:
    """One import of answers that make sense. Holds the study's lock, so that what it read stays true until the commit."""

    def __init__(self, session: Session, study_id: str, answers: Sequence[Judgment]) -> None:
        self._session, self._study_id, self._answers = session, study_id, answers
        self._questions = ImportedQuestions(session, study_id)
        self._on_record: dict[str, _OnRecord] = {}  # by event id
        self._given: Counter[str | None] = Counter()  # answers by question, undone ones included
        self._undone: Counter[str | None] = Counter()
        self._rows: list[dict[str, Any]] = []
        self._retractions: list[dict[str, Any]] = []

    def keep(self, undone: Undone) -> int:
        """Append what is new; ``undone``: when answers were taken back, by event id. Returns how many answers were new.

        Raises NotFound, InvalidInput, StorageFailure; then nothing is kept."""
        self._check()
        self._questions.resolve(self._answers)
        self._read()
        for answer in self._answers:
            self._keep(answer, undone.get(answer.event_id))
        tables = (
            (QuestionRow, self._questions.rows), (JudgmentRow, self._rows), (RetractionRow, self._retractions),
        )  # fmt: skip
        try:
            for table, rows in tables:
                if rows:
                    self._session.connection().execute(sa.insert(table), rows)
        except sa.exc.IntegrityError as error:
            raise StorageFailure(
                "The same answers were being imported elsewhere just now; import them again."
            ) from error
        return len(self._rows)

    def _check(self) -> None:
        known = set(self._session.scalars(sa.select(RaterRow.id).where(RaterRow.study_id == self._study_id)))
        if missing := {answer.rater_id for answer in self._answers} - known:
            raise NotFound(f"The study {self._study_id!r} has no rater {min(missing)!r}.")
        check_items(self._session, self._study_id, self._answers)

    def _read(self) -> None:
        """Answers on record under our event ids, or under those derived from them, and all answers to our questions."""
        for part in parts([answer.event_id for answer in self._answers]):
            self._note(JudgmentRow.event_id.in_(part))
        elsewhere = [event for event, there in self._on_record.items() if there.study_id != self._study_id]
        for part in parts([derived(self._study_id, event) for event in elsewhere]):
            self._note(JudgmentRow.event_id.in_(part))
        for part in parts(sorted(set(self._questions.ids.values()))):
            self._note(JudgmentRow.question_id.in_(part))

    def _note(self, condition: sa.ColumnElement[bool]) -> None:
        columns = (JudgmentRow.event_id, JudgmentRow.id, JudgmentRow.study_id, JudgmentRow.question_id)
        query = sa.select(*columns, RetractionRow.event_id.label("undo"))
        query = query.outerjoin(RetractionRow, RetractionRow.judgment_id == JudgmentRow.id)
        for row in self._session.execute(query.where(condition)):
            if row.event_id not in self._on_record:
                there = _OnRecord(
                    id=row.id, study_id=row.study_id, question_id=row.question_id, undone=row.undo is not None
                )
                self._put(row.event_id, there)

    def _put(self, event: str, answer: _OnRecord) -> None:
        self._on_record[event] = answer
        self._given[answer.question_id] += 1
        self._undone[answer.question_id] += answer.undone

    def _event(self, event: str) -> str:
        """The event id that stands for ``event`` in this study."""
        there = self._on_record.get(event)
        return event if there is None or there.study_id == self._study_id else derived(self._study_id, event)

    def _keep(self, answer: Judgment, undone_at: datetime | None) -> None:
        event = self._event(answer.event_id)
        if event not in self._on_record:
            self._append(answer, event)
        there = self._on_record.get(event)
        if there is not None and undone_at is not None and not there.undone:
            self._retractions.append({"event_id": new_id(), "judgment_id": there.id, "created_at": undone_at})
            self._undone[there.question_id] += 1
            there.undone = True

    def _append(self, answer: Judgment, event: str) -> None:
        """A new answer; one to a question that has a standing answer is left out, as one from a browser would be."""
        question = self._questions.ids.get((answer.rater_id, answer.question_id or ""))
        attempt = self._undone[question] if question else 0
        if question and self._given[question] > attempt:
            return
        milliseconds = None if answer.response_ms is None else min(max(0, answer.response_ms), LONGEST)
        row = {
            **{name: getattr(answer, name) for name in COPIED}, "study_id": self._study_id, "event_id": event,
            "question_id": question, "attempt": attempt, "response_ms": milliseconds,
            "repeat_of": self._questions.original(answer),
        }  # fmt: skip
        self._rows.append(row)
        self._put(event, _OnRecord(id=answer.id, study_id=self._study_id, question_id=question, undone=False))
