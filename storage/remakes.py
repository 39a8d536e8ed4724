"""Items made again: who wanted it, and, once it was tried, how it compares with what is stored."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from qdhf.errors import NotFound
from qdhf.types import Remade, Remake, new_id, now
from storage.blobs import checked_sha
from storage.engine import Database
from storage.schema import ItemRow, RemakeRow


def remake_of(row: RemakeRow) -> Remake:
    return Remake(
        id=row.id, study_id=row.study_id, item_id=row.item_id, by=row.created_by, created_at=row.created_at,
        result=None if row.result is None else Remade(**row.result), finished_at=row.finished_at,
    )  # fmt: skip


class SqlRemakes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, item_id: str, by: str) -> Remake:
        """Note that an item is to be made again. Raises NotFound."""
        with self._database.write() as session:
            item = session.get(ItemRow, item_id)
            if item is None:
                raise NotFound(f"There is no item {item_id!r}.")
            row = RemakeRow(id=new_id(), study_id=item.study_id, item_id=item_id, created_by=by, created_at=now())
            session.add(row)
            session.flush()
            return remake_of(row)

    def finish(self, remake_id: str, result: Remade) -> Remake:
        """Note what came of it; what is finished already is left as it is. Raises NotFound."""
        checked_sha(result.blob)
        unfinished = sa.update(RemakeRow).where(RemakeRow.id == remake_id, RemakeRow.finished_at.is_(None))
        with self._database.write() as session:
            session.execute(unfinished.values(result=asdict(result), finished_at=now()))
        return self.get(remake_id)

    def get(self, remake_id: str) -> Remake:
        """Raises NotFound."""
        with self._database.read() as session:
            row = session.get(RemakeRow, remake_id)
            if row is None:
                raise NotFound(f"There is no remake {remake_id!r}.")
            return remake_of(row)

    def of_item(self, item_id: str) -> list[Remake]:
        """Newest first."""
        query = sa.select(RemakeRow).where(RemakeRow.item_id == item_id)
        with self._database.read() as session:
            rows = session.scalars(query.order_by(RemakeRow.created_at.desc(), RemakeRow.id.desc()))
            return [remake_of(row) for row in rows]
