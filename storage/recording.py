"""Answers and retractions as a browser reports them: read what is known, decide event by event, append."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.types import AnswerEvent, new_id, now
from qdhf.types.answering import check_answer
from storage.engine import parts
from storage.schema import JudgmentRow, QuestionRow, RaterRow, RetractionRow, StudyRow

EVENT_LIMIT = 128  # characters of an event id
LONGEST = 2**31 - 1  # milliseconds
COPIED = (  # from question to answer
    "study_id", "rater_id", "reference", "a", "b", "left", "strategy", "repeat_of", "kind", "shown",
    "aspect",
)  # fmt: skip


def check_event(event: AnswerEvent) -> None:
    """Raises InvalidInput unless ``event`` is an answer or a retraction."""
    if not 1 <= len(event.event_id) <= EVENT_LIMIT or "\x00" in event.event_id:
        raise InvalidInput(f"An event id needs 1 to {EVENT_LIMIT} characters; got {len(event.event_id)}.")
    if (event.closer is None) == (event.undoes is None):
        raise InvalidInput("An event either answers (closer) or takes an answer back (undoes); this one does not.")


class Recording:
    """One batch of one rater's events. Holds the study's lock, so that what it read stays true until the commit."""

    def __init__(self, session: Session, rater_id: str, events: Sequence[AnswerEvent]) -> None:
        for event in events:
            check_event(event)
        self._session, self._rater_id, self._events = session, rater_id, events
        self._questions: dict[str, sa.Row[Any]] = {}  # by id
        self._answers: dict[str, tuple[str, str | None]] = {}  # event id: judgment id, question id
        self._given: Counter[str | None] = Counter()  # answers by question, undone ones included
        self._undone: Counter[str | None] = Counter()
        self._retractions: dict[str, str] = {}  # event id: judgment id
        self._rows: list[dict[str, Any]] = []
        self._retraction_rows: list[dict[str, Any]] = []

    def keep(self) -> list[str]:
        """Append what is new; returns the ids of the events on record. Raises NotFound, NotAllowed, InvalidInput."""
        self._lock()
        self._read()
        on_record = [event.event_id for event in self._events if self._keep(event)]
        for table, rows in ((JudgmentRow, self._rows), (RetractionRow, self._retraction_rows)):
            if rows:
                self._session.connection().execute(sa.insert(table), rows)
        return on_record

    def _lock(self) -> None:
        query = sa.select(StudyRow.id).join(RaterRow, RaterRow.study_id == StudyRow.id)
        query = query.where(RaterRow.id == self._rater_id)
        if self._session.scalar(query.with_for_update(of=StudyRow, key_share=True)) is None:
            raise NotFound(f"There is no rater {self._rater_id!r}.")

    def _read(self) -> None:
        """The questions in hand, every answer they were given, and any event that is on record already."""
        for part in parts(self._events):
            asked = {event.question_id for event in part}
            rows = self._session.execute(sa.select(*QuestionRow.__table__.c).where(QuestionRow.id.in_(asked)))
            self._questions |= {row.id: row for row in rows}
            named = {event.undoes or event.event_id for event in part}
            self._note(JudgmentRow.question_id.in_(asked) | JudgmentRow.event_id.in_(named))
            if undoing := {event.event_id for event in part if event.undoes is not None}:
                undone = sa.select(RetractionRow.judgment_id).where(RetractionRow.event_id.in_(undoing))
                self._note(JudgmentRow.id.in_(undone))

    def _note(self, condition: sa.ColumnElement[bool]) -> None:
        columns = (JudgmentRow.id, JudgmentRow.event_id, JudgmentRow.question_id, RetractionRow.event_id.label("undo"))
        query = sa.select(*columns).outerjoin(RetractionRow, RetractionRow.judgment_id == JudgmentRow.id)
        for row in self._session.execute(query.where(condition)):
            if row.event_id not in self._answers:
                self._answers[row.event_id] = row.id, row.question_id
                self._given[row.question_id] += 1
                if row.undo is not None:
                    self._retractions[row.undo] = row.id
                    self._undone[row.question_id] += 1

    def _keep(self, event: AnswerEvent) -> bool:
        question = self._questions.get(event.question_id)
        if question is None:
            raise NotFound(f"There is no question {event.question_id!r}.")
        if question.rater_id != self._rater_id:
            raise NotAllowed("This question was reserved for another rater; reload the page to get your own.")
        return self._answer(event, question) if event.undoes is None else self._retract(event, question.id)

    def _answer(self, event: AnswerEvent, question: sa.Row[Any]) -> bool:
        check_answer(question.kind, question.shown, str(event.closer), event.picked, event.grade)
        if event.event_id in self._answers:
            return self._answers[event.event_id][1] == event.question_id
        attempt = self._undone[question.id]
        if self._given[question.id] > attempt:
            return False  # it has a standing answer
        milliseconds = None if event.response_ms is None else min(max(0, event.response_ms), LONGEST)
        row = {
            **{name: getattr(question, name) for name in COPIED}, "id": new_id(), "event_id": event.event_id,
            "question_id": question.id, "attempt": attempt, "closer": event.closer, "response_ms": milliseconds,
            "created_at": now(), "picked": event.picked, "grade": event.grade,
            "guide": event.guide,
        }  # fmt: skip
        self._rows.append(row)
        self._answers[event.event_id] = row["id"], question.id
        self._given[question.id] += 1
        return True

    def _retract(self, event: AnswerEvent, question_id: str) -> bool:
        judgment, answered = self._answers.get(str(event.undoes), (None, None))
        if judgment is None or answered != question_id:
            return False
        if event.event_id in self._retractions:
            return self._retractions[event.event_id] == judgment
        if judgment in self._retractions.values():
            return False  # another event took it back
        self._retraction_rows.append({"event_id": event.event_id, "judgment_id": judgment, "created_at": now()})
        self._retractions[event.event_id] = judgment
        self._undone[question_id] += 1
        return True
