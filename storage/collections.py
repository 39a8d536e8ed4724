"""Collections, the marks people put on items, and exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Collection, Export, Mark, new_id, now
from storage.blobs import checked_sha
from storage.collection_changes import change, standing
from storage.engine import Database, insert_new, lock_study
from storage.schema import CollectionItemRow, CollectionRow, ExportRow, ItemRow, MarkRow


def export_of(row: ExportRow) -> Export:
    return Export(
        id=row.id, study_id=row.study_id, collection_id=row.collection_id, created_at=row.created_at, blob=row.blob,
        size=row.size, finished_at=row.finished_at, formats=tuple(row.formats), done=row.done, total=row.total,
    )  # fmt: skip


def _collection_of(row: CollectionRow, chosen: list[tuple[str, str]], name: str) -> Collection:
    return Collection(
        id=row.id, study_id=row.study_id, name=name, method=row.method, settings=row.settings,
        items=tuple(item for item, _ in chosen), reasons=tuple(reason for _, reason in chosen),
        created_at=row.created_at,
    )  # fmt: skip


def _read(session: Session, condition: sa.ColumnElement[bool], removed: bool | None = None) -> list[Collection]:
    """Newest first, each with its items in order of choice; with ``removed`` those put away alone, or the others."""
    rows = session.scalars(
        sa.select(CollectionRow).where(condition).order_by(CollectionRow.created_at.desc(), CollectionRow.id.desc())
    ).all()
    query = (
        sa.select(CollectionItemRow.collection_id, CollectionItemRow.item_id, CollectionItemRow.reason)
        .join(CollectionRow, CollectionRow.id == CollectionItemRow.collection_id)
        .where(condition)
        .order_by(CollectionItemRow.collection_id, CollectionItemRow.position)
    )
    chosen: dict[str, list[tuple[str, str]]] = {row.id: [] for row in rows}
    for collection, item, reason in session.execute(query):
        chosen[collection].append((item, reason))
    changes = standing(session, chosen)
    return [
        _collection_of(row, chosen[row.id], changes[row.id].name if row.id in changes else row.name)
        for row in rows
        if removed is None or removed == (row.id in changes and changes[row.id].removed)
    ]


class SqlCollections:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, collection: Collection) -> Collection:
        """Store a set. One whose id is there already is returned as it is stored. Raises InvalidInput, NotFound."""
        if len(collection.items) != len(collection.reasons):
            raise InvalidInput(
                f"A collection needs one reason per item: {len(collection.items)} items, "
                f"{len(collection.reasons)} reasons."
            )
        row = {
            "id": collection.id, "study_id": collection.study_id, "name": collection.name, "method": collection.method,
            "settings": collection.settings, "created_at": collection.created_at,
        }  # fmt: skip
        chosen: list[dict[str, Any]] = [
            {"collection_id": collection.id, "position": position, "item_id": item, "reason": reason}
            for position, (item, reason) in enumerate(zip(collection.items, collection.reasons, strict=True))
        ]
        with self._database.write() as session:
            lock_study(session, collection.study_id)
            try:
                if insert_new(session, CollectionRow, [row]) and chosen:
                    session.connection().execute(sa.insert(CollectionItemRow), chosen)
            except sa.exc.IntegrityError as error:
                raise NotFound("The collection names an item that is not stored.") from error
        return self.get(collection.id)

    def get(self, collection_id: str) -> Collection:
        """As it is called now, put away or not. Raises NotFound."""
        with self._database.read() as session:
            return self._get(session, collection_id)

    def _get(self, session: Session, collection_id: str) -> Collection:
        found = _read(session, CollectionRow.id == collection_id)
        if not found:
            raise NotFound(f"There is no collection {collection_id!r}.")
        return found[0]

    def of_study(self, study_id: str, removed: bool = False) -> list[Collection]:
        """Newest first, under their latest names: those that are there, or those put away."""
        with self._database.read() as session:
            return _read(session, CollectionRow.study_id == study_id, removed)

    def rename(self, collection_id: str, name: str) -> Collection:
        """Call a set by another name; the one before stays on record. Raises NotFound."""
        return self._change(collection_id, name=name)

    def remove(self, collection_id: str, removed: bool = True) -> Collection:
        """Put a set away, or (False) take it out again; nothing is deleted. Raises NotFound."""
        return self._change(collection_id, removed=removed)

    def _change(self, collection_id: str, name: str | None = None, removed: bool | None = None) -> Collection:
        collection = self.get(collection_id)
        with self._database.write() as session:
            lock_study(session, collection.study_id)
            change(session, self._get(session, collection_id), name=name, removed=removed)
        return self.get(collection_id)

    def mark(self, study_id: str, item_id: str, mark: Mark | None) -> None:
        """Pin or ban an item, or (None) take the mark away. Raises NotFound where the study has no such item."""
        if mark not in ("pin", "ban", None):
            raise InvalidInput(f"A mark is pin or ban; got {mark!r}.")
        with self._database.write() as session:
            lock_study(session, study_id)
            item = session.get(ItemRow, item_id)
            if item is None or item.study_id != study_id:
                raise NotFound(f"The study {study_id!r} has no item {item_id!r}.")
            session.execute(sa.delete(MarkRow).where(MarkRow.item_id == item_id))
            if mark is not None:
                session.add(MarkRow(study_id=study_id, item_id=item_id, mark=mark, created_at=now()))

    def marks(self, study_id: str) -> dict[str, Mark]:
        query = sa.select(MarkRow.item_id, MarkRow.mark).where(MarkRow.study_id == study_id)
        with self._database.read() as session:
            rows = session.execute(query.order_by(MarkRow.created_at))
            return {item: "pin" if mark == "pin" else "ban" for item, mark in rows}

    def add_export(self, study_id: str, collection_id: str | None, formats: Sequence[str] = ()) -> Export:
        """Note that an export of a collection, or (None) of the whole study, is wanted. Raises NotFound where the study
        has no such collection."""
        with self._database.write() as session:
            lock_study(session, study_id)
            collection = session.get(CollectionRow, collection_id) if collection_id is not None else None
            if collection_id is not None and (collection is None or collection.study_id != study_id):
                raise NotFound(f"The study {study_id!r} has no collection {collection_id!r}.")
            row = ExportRow(
                id=new_id(), study_id=study_id, collection_id=collection_id, created_at=now(), formats=tuple(formats),
                done=0, total=0,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return export_of(row)

    def note_export(self, export_id: str, done: int, total: int) -> None:
        """Write down how far an export is."""
        with self._database.write() as session:
            session.execute(sa.update(ExportRow).where(ExportRow.id == export_id).values(done=done, total=total))

    def finish_export(self, export_id: str, blob: str, size: int) -> Export:
        """Note the finished file; an export that is finished already is left as it is. Raises NotFound."""
        done = {"blob": checked_sha(blob), "size": size, "finished_at": now()}
        with self._database.write() as session:
            session.execute(
                sa.update(ExportRow).where(ExportRow.id == export_id, ExportRow.blob.is_(None)).values(**done)
            )
        return self.export(export_id)

    def export(self, export_id: str) -> Export:
        """Raises NotFound."""
        with self._database.read() as session:
            row = session.get(ExportRow, export_id)
            if row is None:
                raise NotFound(f"There is no export {export_id!r}.")
            return export_of(row)

    def exports(self, study_id: str) -> list[Export]:
        """Newest first."""
        query = sa.select(ExportRow).where(ExportRow.study_id == study_id)
        with self._database.read() as session:
            rows = session.scalars(query.order_by(ExportRow.created_at.desc(), ExportRow.id.desc()))
            return [export_of(row) for row in rows]
