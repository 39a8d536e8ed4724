"""Whose answers are left out of what is learned. Facts are appended; the last word about a rater stands."""

from __future__ import annotations

import sqlalchemy as sa

from qdhf.errors import InvalidInput
from qdhf.types import Exclusion, now
from storage.engine import Database
from storage.guides import rater_row
from storage.schema import ExclusionRow, JudgmentRow, RaterRow, RetractionRow

REASON_LIMIT = 400  # characters


def _of_study(study_id: str) -> sa.Select[ExclusionRow]:
    query = sa.select(ExclusionRow).join(RaterRow, RaterRow.id == ExclusionRow.rater_id)
    return query.where(RaterRow.study_id == study_id).order_by(ExclusionRow.serial)


class SqlExclusions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def exclude(self, rater_id: str, excluded: bool, reason: str, by: str) -> None:
        """Leave a rater's answers out, or (False) let them in again. Saying what holds already adds nothing.

        Raises NotFound for an unknown rater, InvalidInput for a reason of more than 400 characters."""
        reason = reason.strip()
        if len(reason) > REASON_LIMIT or "\x00" in reason:
            raise InvalidInput(f"A reason may have up to {REASON_LIMIT} characters; this one has {len(reason)}.")
        last = sa.select(ExclusionRow.excluded).where(ExclusionRow.rater_id == rater_id)
        with self._database.write() as session:
            session.refresh(rater_row(session, rater_id), with_for_update={"key_share": True})  # others wait
            if bool(session.scalar(last.order_by(ExclusionRow.serial.desc()).limit(1))) == excluded:
                return
            session.add(
                ExclusionRow(rater_id=rater_id, excluded=excluded, reason=reason, created_by=by, created_at=now())
            )

    def excluded(self, study_id: str) -> dict[str, Exclusion]:
        """Those left out now, by rater id, in the order in which they were."""
        found: dict[str, Exclusion] = {}
        with self._database.read() as session:
            for row in session.scalars(_of_study(study_id)):
                found.pop(row.rater_id, None)
                if row.excluded:
                    found[row.rater_id] = Exclusion(
                        rater_id=row.rater_id, reason=row.reason, by=row.created_by, created_at=row.created_at
                    )
        return found

    def changes(self, study_id: str) -> int:
        """How often anybody was left out or let in again."""
        query = sa.select(sa.func.count()).select_from(_of_study(study_id).order_by(None).subquery())
        with self._database.read() as session:
            return int(session.scalar(query) or 0)

    def usable(self, study_id: str) -> int:
        """Standing answers that descriptors learn from: without raters left out and without "which is better?"; skips
        included."""
        mine = (JudgmentRow.study_id == study_id) & (JudgmentRow.kind != "better")
        if out := list(self.excluded(study_id)):
            mine &= JudgmentRow.rater_id.not_in(out)
        given = sa.select(sa.func.count()).select_from(JudgmentRow).where(mine)
        of_mine = sa.exists().where(JudgmentRow.id == RetractionRow.judgment_id, mine)
        undone = sa.select(sa.func.count()).select_from(RetractionRow).where(of_mine)
        with self._database.read() as session:
            row = session.execute(sa.select(given.scalar_subquery(), undone.scalar_subquery())).one()
            return int(row[0] - row[1])
