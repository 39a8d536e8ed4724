"""Items: appended with consecutive positions, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import NotFound
from qdhf.types import Facets, Item, NewItem, Study, genome_from_record, genome_record, new_id, now, prompt_of
from storage.blobs import checked_sha
from storage.engine import Database, insert_new, lock_study, parts
from storage.schema import ItemRow, ParentRow, RunRow
from storage.studies import study_of

Slot = tuple[str, int, int]  # run, iteration, slot
COLUMNS = sa.select(*ItemRow.__table__.c)  # plain rows: an object per row would take twice as long


def prompt_hash(prompt: str) -> str:
    """SHA-256 of a prompt: the same length whatever the prompt's."""
    return hashlib.sha256(prompt.encode()).hexdigest()


def item_of(row: ItemRow | sa.Row[Any]) -> Item:
    return Item(
        id=row.id, study_id=row.study_id, kind=row.kind, position=row.position, blob=row.blob,  # type: ignore[arg-type]
        media_type=row.media_type, width=row.width, height=row.height,
        thumbs={int(size): blob for size, blob in row.thumbs.items()}, source=row.source,
        genome=None if row.genome is None else genome_from_record(row.genome), run_id=row.run_id,
        iteration=row.iteration, slot=row.slot, created_at=row.created_at, name=row.name,
        device=row.device,
    )  # fmt: skip


def _record(study: Study, position: int, item: NewItem) -> dict[str, Any]:
    return {
        "id": new_id(), "study_id": study.id, "position": position, "kind": item.kind, "blob": checked_sha(item.blob),
        "media_type": item.media_type, "width": item.width, "height": item.height,
        "thumbs": {str(size): checked_sha(blob) for size, blob in item.thumbs.items()}, "source": item.source,
        "genome": None if item.genome is None else genome_record(item.genome),
        "prompt_hash": prompt_hash(prompt_of(study, item.genome)), "run_id": item.run_id,
        "iteration": item.iteration, "slot": item.slot, "name": item.name, "created_at": now(),
        "device": item.device,
    }  # fmt: skip


class SqlItems:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, study_id: str, items: Sequence[NewItem]) -> list[Item]:
        """Store items with consecutive positions, in one transaction. A (run, iteration, slot) that is there already is
        returned as it is. Raises NotFound where the study has no such run."""
        if not items:
            return []
        with self._database.write() as session:
            study = study_of(lock_study(session, study_id))
            _check_runs(session, study_id, {item.run_id for item in items})
            known = _by_slot(session, items)
            last = session.scalar(sa.select(sa.func.max(ItemRow.position)).where(ItemRow.study_id == study_id))
            position = 0 if last is None else last + 1
            rows: dict[Slot, dict[str, Any]] = {}
            for item in items:
                slot = (item.run_id, item.iteration, item.slot)
                if slot not in known and slot not in rows:
                    rows[slot] = _record(study, position + len(rows), item)
            if rows:
                session.execute(sa.insert(ItemRow), list(rows.values()))
                insert_new(session, ParentRow, _parents(rows.values()))
                known = _by_slot(session, items)
            return [item_of(known[item.run_id, item.iteration, item.slot]) for item in items]

    def get(self, item_id: str) -> Item:
        return self.many([item_id])[0]

    def many(self, ids: Sequence[str]) -> list[Item]:
        """In the order of ``ids``. Raises NotFound naming the first that is missing."""
        found: dict[str, Item] = {}
        with self._database.read() as session:
            for part in parts(list(dict.fromkeys(ids))):
                rows = session.execute(COLUMNS.where(ItemRow.id.in_(part)))
                found |= {row.id: item_of(row) for row in rows}
        missing = next((i for i in ids if i not in found), None)
        if missing is not None:
            raise NotFound(f"There is no item {missing!r}.")
        return [found[i] for i in ids]

    def of_study(self, study_id: str, after: int = -1, limit: int | None = None) -> list[Item]:
        """By position, those with position > ``after``."""
        query = COLUMNS.where(ItemRow.study_id == study_id, ItemRow.position > after)
        return self._items(query.order_by(ItemRow.position).limit(limit))

    def facets(self, study_id: str, after: int = -1) -> list[Facets]:
        """What the items with position > ``after`` are found by, by position."""
        prompt = sa.func.coalesce(ItemRow.genome["prompt"].as_string(), "")
        own = ItemRow.__table__.c
        columns = (own.id, own.position, prompt, own.source, own.run_id, own.name, own.created_at)
        query = sa.select(*columns).where(own.study_id == study_id, own.position > after).order_by(own.position)
        with self._database.read() as session:
            return [
                Facets(id=i, position=position, prompt=words, source=source, run_id=run, name=name, created_at=at)
                for i, position, words, source, run, name, at in session.execute(query)
            ]

    def newest(self, study_id: str, limit: int, run_id: str | None = None) -> list[Item]:
        """The latest ``limit`` items, the newest first."""
        query = COLUMNS.where(ItemRow.study_id == study_id)
        if run_id is not None:
            query = query.where(ItemRow.run_id == run_id)
        return self._items(query.order_by(ItemRow.position.desc()).limit(limit))

    def count(self, study_id: str, run_id: str | None = None) -> int:
        query = sa.select(sa.func.count()).where(ItemRow.study_id == study_id)
        if run_id is not None:
            query = query.where(ItemRow.run_id == run_id)
        with self._database.read() as session:
            return session.scalar(query) or 0

    def children(self, item_id: str) -> list[Item]:
        """Items whose genome names this one as a parent, oldest first."""
        query = COLUMNS.join(ParentRow, ParentRow.item_id == ItemRow.id)
        return self._items(query.where(ParentRow.parent_id == item_id).order_by(ItemRow.created_at, ItemRow.position))

    def links(self, parents: Sequence[str]) -> list[tuple[str, str]]:
        """(parent, child) for all children of ``parents``, the oldest child first."""
        query = sa.select(ParentRow.parent_id, ParentRow.item_id).join(ItemRow, ItemRow.id == ParentRow.item_id)
        query = query.where(ParentRow.parent_id.in_(parents))
        with self._database.read() as session:
            rows = session.execute(query.order_by(ItemRow.created_at, ItemRow.position, ParentRow.parent_id))
            return [(parent, child) for parent, child in rows]

    def batch(self, run_id: str, iteration: int) -> list[Item]:
        """What an iteration of a run made, by slot."""
        query = COLUMNS.where(ItemRow.run_id == run_id, ItemRow.iteration == iteration)
        return self._items(query.order_by(ItemRow.slot))

    def _items(self, query: sa.Select[Any]) -> list[Item]:
        with self._database.read() as session:
            return [item_of(row) for row in session.execute(query)]


def _check_runs(session: Session, study_id: str, runs: set[str]) -> None:
    found = session.scalars(sa.select(RunRow.id).where(RunRow.study_id == study_id, RunRow.id.in_(runs)))
    if missing := runs - set(found):
        raise NotFound(f"The study {study_id!r} has no run {min(missing)!r}.")


def _by_slot(session: Session, items: Sequence[NewItem]) -> dict[Slot, sa.Row[Any]]:
    """What is stored under the slots that ``items`` ask for, and under others of the same iterations."""
    found: dict[Slot, sa.Row[Any]] = {}
    iterations: dict[str, set[int]] = {}
    for item in items:
        iterations.setdefault(item.run_id, set()).add(item.iteration)
    for run, numbers in iterations.items():
        for part in parts(sorted(numbers)):
            rows = session.execute(COLUMNS.where(ItemRow.run_id == run, ItemRow.iteration.in_(part)))
            found |= {(row.run_id, row.iteration, row.slot): row for row in rows}
    return found


def _parents(rows: Any) -> list[dict[str, Any]]:
    return [
        {"parent_id": parent, "item_id": row["id"]}
        for row in rows
        if row["genome"] is not None
        for parent in dict.fromkeys(row["genome"]["parents"])
    ]
