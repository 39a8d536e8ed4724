"""Tags, stars and notes of items. Facts are appended; the last word about each stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Remark, RemarkKind
from qdhf.types.remarks import NOTE_LIMIT, REMARK_KINDS, TAG_LIMIT
from storage.engine import Database, lock_study, parts
from storage.schema import ItemRow, RemarkRow

SUBJECT = (RemarkRow.item_id, RemarkRow.kind, sa.case((RemarkRow.kind == "tag", RemarkRow.text), else_=""))


def remark_of(row: RemarkRow) -> Remark:
    return Remark(
        item_id=row.item_id, kind=row.kind, text=row.text, holds=row.holds, by=row.created_by,  # type: ignore[arg-type]
        created_at=row.created_at,
    )  # fmt: skip


def check_remark(remark: Remark) -> None:
    if remark.kind not in REMARK_KINDS:
        raise InvalidInput(f"What is said of an item is one of {', '.join(REMARK_KINDS)}; got {remark.kind!r}.")
    least, most = {"tag": (1, TAG_LIMIT), "star": (0, 0), "note": (int(remark.holds), NOTE_LIMIT)}[remark.kind]
    if not least <= len(remark.text) <= most or "\x00" in remark.text:
        raise InvalidInput(f"A {remark.kind} has {least} to {most} characters; this one has {len(remark.text)}.")
    if remark.kind == "tag" and remark.text != " ".join(remark.text.split()):
        raise InvalidInput(f"A tag has single spaces, and only between words; got {remark.text!r}.")


class SqlRemarks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, study_id: str, remarks: Sequence[Remark]) -> int:
        """Append remarks, in one transaction; returns how many said something new: what holds already adds nothing.

        Raises NotFound where the study lacks an item, InvalidInput for a tag that has not 1 to 40 characters with single
        spaces between words, for a note of more than 4,000 or a kind that there is not; then none of them is kept."""
        for remark in remarks:
            check_remark(remark)
        if not remarks:
            return 0
        with self._database.write() as session:
            lock_study(session, study_id)
            items = list(dict.fromkeys(remark.item_id for remark in remarks))
            _check_items(session, study_id, items)
            standing = {r.subject: (r.holds, r.text) for r in _last(session, study_id, items)}
            rows = []
            for remark in remarks:
                before = standing.get(remark.subject, (False, ""))
                if before[0] == remark.holds and (not remark.holds or before[1] == remark.text):
                    continue
                standing[remark.subject] = (remark.holds, remark.text)
                rows.append(_row(study_id, remark))
            if rows:
                session.connection().execute(sa.insert(RemarkRow), rows)
            return len(rows)

    def standing(self, study_id: str, item_id: str | None = None) -> list[Remark]:
        """What is said of the study's items (or of one of them) now, in the order in which it was said."""
        with self._database.read() as session:
            found = _last(session, study_id, None if item_id is None else [item_id])
        return [remark for remark in found if remark.holds]

    def said(self, study_id: str) -> list[tuple[str, RemarkKind, str]]:
        """As :meth:`standing`, of all items, without authors and times: (item id, kind, text). In a fifth of the time."""
        mine = RemarkRow.study_id == study_id
        last = sa.select(sa.func.max(RemarkRow.serial)).where(mine).group_by(*SUBJECT)
        columns = sa.select(RemarkRow.item_id, RemarkRow.kind, RemarkRow.text)
        query = columns.where(RemarkRow.serial.in_(last), RemarkRow.holds).order_by(RemarkRow.serial)
        with self._database.read() as session:
            return [(item, kind, text) for item, kind, text in session.execute(query)]  # type: ignore[misc]

    def count(self, study_id: str) -> int:
        """How many remarks there ever were: what stands is another only where this is."""
        query = sa.select(sa.func.count()).where(RemarkRow.study_id == study_id)
        with self._database.read() as session:
            return session.scalar(query) or 0

    def every(self, study_id: str) -> list[Remark]:
        """All that was ever said, oldest first: added to another study in this order, the same stands there."""
        query = sa.select(RemarkRow).where(RemarkRow.study_id == study_id).order_by(RemarkRow.serial)
        with self._database.read() as session:
            return [remark_of(row) for row in session.scalars(query)]


def _row(study_id: str, remark: Remark) -> dict[str, Any]:
    return {
        "study_id": study_id, "item_id": remark.item_id, "kind": remark.kind, "text": remark.text,
        "holds": remark.holds, "created_by": remark.by, "created_at": remark.created_at,
    }  # fmt: skip


def _check_items(session: Session, study_id: str, items: Sequence[str]) -> None:
    for part in parts(items):
        mine = sa.select(ItemRow.id).where(ItemRow.study_id == study_id, ItemRow.id.in_(part))
        if missing := set(part) - set(session.scalars(mine)):
            raise NotFound(f"The study {study_id!r} has no item {min(missing)!r}.")


def _last(session: Session, study_id: str, items: Sequence[str] | None) -> list[Remark]:
    """The last word about each subject, of all items or of ``items``, in the order in which they were said."""
    found: list[Remark] = []
    for part in [None] if items is None else parts(items):
        latest = sa.select(sa.func.max(RemarkRow.serial)).where(RemarkRow.study_id == study_id).group_by(*SUBJECT)
        if part is not None:
            latest = latest.where(RemarkRow.item_id.in_(part))
        rows = session.scalars(sa.select(RemarkRow).where(RemarkRow.serial.in_(latest)).order_by(RemarkRow.serial))
        found += [remark_of(row) for row in rows]
    return found
