"""Finding the rater behind a name, a signed-in subject or an invitation."""

from __future__ import annotations

from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput
from qdhf.types import Rater, new_id, now
from storage.engine import Database, lock_study
from storage.schema import RaterRow

NAME_LIMIT = 80  # characters


def rater_of(row: RaterRow) -> Rater:
    return Rater(
        id=row.id, study_id=row.study_id, name=row.name, created_at=row.created_at, subject=row.subject,
        invite_id=row.invite_id,
    )  # fmt: skip


def checked_name(name: str) -> str:
    """``name`` trimmed. Raises InvalidInput."""
    name = name.strip()
    if not 1 <= len(name) <= NAME_LIMIT or "\x00" in name:
        raise InvalidInput(f"A rater's name needs 1 to {NAME_LIMIT} characters; this one has {len(name)}.")
    return name


def find_or_make(database: Database, study_id: str, name: str, subject: str | None, invite_id: str | None) -> Rater:
    """See :meth:`qdhf.ports.JudgmentBook.rater`."""
    wanted = RaterRow(study_id=study_id, name=checked_name(name), subject=subject, invite_id=invite_id)
    with database.read() as session:
        found = _find(session, wanted)
        if isinstance(found, RaterRow):
            return rater_of(found)
    with database.write() as session:
        lock_study(session, study_id)
        found = _find(session, wanted)  # somebody may have been faster
        if isinstance(found, str):
            wanted.id, wanted.name, wanted.created_at = new_id(), found, now()
            session.add(wanted)
            session.flush()
            found = wanted
        return rater_of(found)


def _find(session: Session, wanted: RaterRow) -> RaterRow | str:
    """The rater, or the name under which to make them: the first of "name", "name (2)", … that nobody else has."""
    of_study = sa.select(RaterRow).where(RaterRow.study_id == wanted.study_id)
    known = (wanted.subject, wanted.invite_id)
    if known != (None, None):
        mine = of_study.where(
            RaterRow.subject.is_not_distinct_from(wanted.subject),
            RaterRow.invite_id.is_not_distinct_from(wanted.invite_id),
        )
        if (row := session.scalar(mine)) is not None:
            return row
    for number in count(1):
        suffix = f" ({number})" if number > 1 else ""
        free = wanted.name[: NAME_LIMIT - len(suffix)] + suffix
        row = session.scalar(of_study.where(RaterRow.name == free))
        if row is None:
            return free
        if known == (None, None) == (row.subject, row.invite_id):
            return row
    raise AssertionError("numbers do not end")
