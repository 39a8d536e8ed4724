"""What sets are called now and which are put away. Facts are appended; the last change of a set stands."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.types import Collection, now
from storage.schema import CollectionChangeRow


def standing(session: Session, ids: Iterable[str]) -> dict[str, CollectionChangeRow]:
    """The last change of each of these sets; those never changed are left out."""
    changes = CollectionChangeRow
    latest = sa.select(sa.func.max(changes.serial)).where(changes.collection_id.in_(list(ids)))
    rows = session.scalars(sa.select(changes).where(changes.serial.in_(latest.group_by(changes.collection_id))))
    return {row.collection_id: row for row in rows}


def change(session: Session, collection: Collection, *, name: str | None = None, removed: bool | None = None) -> None:
    """Note another name, or that the set is put away or taken out again; the rest stays as it stands."""
    last = standing(session, [collection.id]).get(collection.id)
    session.add(
        CollectionChangeRow(
            collection_id=collection.id, name=collection.name if name is None else name,
            removed=(last.removed if last else False) if removed is None else removed, created_at=now(),
        )
    )  # fmt: skip
