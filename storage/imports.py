"""Judgments from another installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Answer, Judgment
from storage.engine import insert_new, parts
from storage.schema import ItemRow, JudgmentRow, RaterRow


def import_answers(session: Session, study_id: str, answers: Sequence[Judgment]) -> int:
    """Append those whose event id is new; returns how many. Raises NotFound, InvalidInput."""
    _check(session, study_id, answers)
    rows = [
        {
            "id": answer.id, "event_id": answer.event_id, "study_id": study_id, "question_id": None, "attempt": 0,
            "rater_id": answer.rater_id, "reference": answer.reference, "a": answer.a, "b": answer.b,
            "left": answer.left, "closer": answer.closer, "strategy": answer.strategy, "repeat_of": None,
            "response_ms": answer.response_ms, "created_at": answer.created_at,
        }
        for answer in answers
    ]  # fmt: skip
    return insert_new(session, JudgmentRow, rows)


def _check(session: Session, study_id: str, answers: Sequence[Judgment]) -> None:
    raters = {answer.rater_id for answer in answers}
    known = set(session.scalars(sa.select(RaterRow.id).where(RaterRow.study_id == study_id)))
    if missing := raters - known:
        raise NotFound(f"The study {study_id!r} has no rater {min(missing)!r}.")
    items = sorted({i for answer in answers for i in (answer.reference, answer.a, answer.b)})
    found: set[str] = set()
    for part in parts(items):
        found |= set(session.scalars(sa.select(ItemRow.id).where(ItemRow.study_id == study_id, ItemRow.id.in_(part))))
    if absent := set(items) - found:
        raise NotFound(f"The study {study_id!r} has no item {min(absent)!r}.")
    for answer in answers:
        if answer.closer not in get_args(Answer):
            raise InvalidInput(f"An answer is one of {', '.join(get_args(Answer))}; got {answer.closer!r}.")
