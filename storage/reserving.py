"""Which questions are held by whom, for how long: nobody else gets a question that lies before somebody.

A reservation ends by itself: a question that was neither answered nor put back by an undo within the lease is free for
others, and its rater gets a newer one, chosen from what is known by then. An answer that comes all the same is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.types import NewQuestion, now
from storage.schema import JudgmentRow, QuestionRow, RetractionRow

LEASE = timedelta(minutes=10)

_answered = (
    sa.exists()
    .where(JudgmentRow.question_id == QuestionRow.id)
    .where(~sa.exists().where(RetractionRow.judgment_id == JudgmentRow.id))
)


def held(session: Session, study_id: str, rater_id: str | None = None) -> list[sa.Row[Any]]:
    """The questions that are reserved now, by ``rater_id`` or anyone, in the order in which they were reserved.

    Each query begins with what is recent, however long the history is. So that SQLite sees it that way, too, what was put
    back and whose it is are told apart here: by study and rater it would read all that they were ever asked."""
    since = now() - LEASE
    query = sa.select(*QuestionRow.__table__.c).where(~_answered)
    rows = list(session.execute(query.where(QuestionRow.study_id == study_id, QuestionRow.created_at > since)))
    undone = sa.select(RetractionRow.judgment_id).where(RetractionRow.created_at > since)
    if put_back := session.scalars(sa.select(JudgmentRow.question_id).where(JudgmentRow.id.in_(undone))).all():
        rows += session.execute(query.where(QuestionRow.id.in_(put_back)))
    ours = {row.serial: row for row in rows if row.study_id == study_id and rater_id in (None, row.rater_id)}
    return [ours[serial] for serial in sorted(ours)]


def unclaimed(session: Session, study_id: str, rater_id: str, questions: Sequence[NewQuestion]) -> list[NewQuestion]:
    """``questions`` without those that lie before another rater at this moment."""
    taken = {_key(row) for row in held(session, study_id) if row.rater_id != rater_id}
    return [question for question in questions if _key(question) not in taken]


def _key(question: NewQuestion | sa.Row[Any]) -> tuple[str, str, frozenset[str]]:
    """What is asked, however it is arranged on screen."""
    items = frozenset((question.reference, question.a, question.b, *question.shown))
    return question.kind, question.reference if question.kind in ("triplet", "grid") else "", items
