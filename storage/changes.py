"""What answers came and went since one looked last, read without reading the rest again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.ports import Seen
from storage.schema import JudgmentRow, RetractionRow


def changes(session: Session, study_id: str, since: Seen) -> tuple[list[sa.Row[Any]], frozenset[str], Seen]:
    """The rows of standing answers since ``since``, the ids of those undone where any was since, and how far was read.

    Answers of a study are numbered in the order of their commits, for whoever records holds the study's lock. Retractions
    have no numbers, but none is ever deleted: where their count is the same, so are they. They are counted after the
    answers were read: one that comes between is then told at once, one that comes later the next time.
    """
    columns = JudgmentRow.__table__.c
    undone = sa.exists().where(RetractionRow.judgment_id == JudgmentRow.id)
    query = sa.select(*columns).where(columns.study_id == study_id, columns.serial > since.serial, ~undone)
    rows = list(session.execute(query.order_by(columns.serial)))
    retractions = session.scalar(sa.select(sa.func.count()).select_from(RetractionRow)) or 0
    gone = _undone(session, study_id) if retractions != since.retractions else frozenset()
    return rows, gone, Seen(serial=rows[-1].serial if rows else since.serial, retractions=retractions)


def _undone(session: Session, study_id: str) -> frozenset[str]:
    ours = sa.exists().where(JudgmentRow.id == RetractionRow.judgment_id, JudgmentRow.study_id == study_id)
    return frozenset(session.scalars(sa.select(RetractionRow.judgment_id).where(ours)))
