"""Answers and retractions as a browser reports them, one by one, inside one transaction."""

from __future__ import annotations

from typing import get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.types import Answer, AnswerEvent, new_id, now
from storage.engine import insert_new
from storage.schema import JudgmentRow, QuestionRow, RaterRow, RetractionRow

EVENT_LIMIT = 128  # characters of an event id
LONGEST = 2**31 - 1  # milliseconds


def check_event(event: AnswerEvent) -> None:
    """Raises InvalidInput unless ``event`` is an answer or a retraction."""
    if not 1 <= len(event.event_id) <= EVENT_LIMIT or "\x00" in event.event_id:
        raise InvalidInput(f"An event id needs 1 to {EVENT_LIMIT} characters; got {len(event.event_id)}.")
    if (event.closer is None) == (event.undoes is None):
        raise InvalidInput("An event either answers (closer) or takes an answer back (undoes); this one does not.")
    if event.closer is not None and event.closer not in get_args(Answer):
        raise InvalidInput(f"An answer is one of {', '.join(get_args(Answer))}; got {event.closer!r}.")


class Recording:
    """The events of one rater. The caller holds the study's lock."""

    def __init__(self, session: Session, rater: RaterRow) -> None:
        self._session, self._rater = session, rater

    def keep(self, event: AnswerEvent) -> bool:
        """Whether ``event`` is on record now. Raises InvalidInput, NotFound, NotAllowed."""
        check_event(event)
        question = self._question(event.question_id)
        return self._answer(event, question) if event.undoes is None else self._retract(event, question)

    def _question(self, question_id: str) -> QuestionRow:
        question = self._session.scalar(sa.select(QuestionRow).where(QuestionRow.id == question_id))
        if question is None:
            raise NotFound(f"There is no question {question_id!r}.")
        if question.rater_id != self._rater.id:
            raise NotAllowed("This question was reserved for another rater; reload the page to get your own.")
        return question

    def _judgment(self, event_id: str) -> JudgmentRow | None:
        return self._session.scalar(sa.select(JudgmentRow).where(JudgmentRow.event_id == event_id))

    def _answer(self, event: AnswerEvent, question: QuestionRow) -> bool:
        known = self._judgment(event.event_id)
        if known is not None:
            return known.question_id == question.id
        taken_back = (
            sa.select(sa.func.count())
            .select_from(JudgmentRow)
            .join(RetractionRow, RetractionRow.judgment_id == JudgmentRow.id)
            .where(JudgmentRow.question_id == question.id)
        )
        milliseconds = None if event.response_ms is None else min(max(0, event.response_ms), LONGEST)
        row = {
            "id": new_id(), "event_id": event.event_id, "study_id": question.study_id, "question_id": question.id,
            "attempt": self._session.scalar(taken_back), "rater_id": self._rater.id, "reference": question.reference,
            "a": question.a, "b": question.b, "left": question.left, "closer": event.closer,
            "strategy": question.strategy, "repeat_of": question.repeat_of, "response_ms": milliseconds,
            "created_at": now(),
        }  # fmt: skip
        return insert_new(self._session, JudgmentRow, [row]) == 1  # 0: the question has a standing answer

    def _retract(self, event: AnswerEvent, question: QuestionRow) -> bool:
        judgment = self._judgment(str(event.undoes))
        if judgment is None or judgment.question_id != question.id:
            return False
        insert_new(
            self._session,
            RetractionRow,
            [{"event_id": event.event_id, "judgment_id": judgment.id, "created_at": now()}],
        )
        kept = self._session.scalar(sa.select(RetractionRow).where(RetractionRow.event_id == event.event_id))
        return kept is not None and kept.judgment_id == judgment.id
