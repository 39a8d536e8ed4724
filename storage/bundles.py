"""A whole study as rows of plain JSON, table by table, out and in.

Every table of facts is named here with how its rows belong to a study. Ids are kept. Numbers that only count rows
(``serial``) are given anew, in the same order. What is stored already stays as it is; where it says something else than
the bundle, nothing of the bundle is kept. Features and scores come last: only those of files that the study holds come in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput
from qdhf.types import Study
from storage.base import Base
from storage.bundle_checks import CheckStudy, Rows
from storage.bundle_contents import CONTENTS, load_contents
from storage.bundle_values import PORTION, Record, plain, portions, stored
from storage.engine import Database, insert_new, parts
from storage.migrate import HEAD
from storage.schema import Base as Described


@dataclass(frozen=True)
class Belonging:
    """Rows are a study's by their own ``study_id``, or through ``column``, which names a row of the table ``through``.

    ``settled``: a row that is here already may say something else (marks that were changed since); it stays."""

    name: str
    through: str = ""
    column: str = ""
    settled: bool = False
    finished: str = ""  # rows where this column is empty are not facts yet


TABLES = (  # those that others refer to come first
    Belonging("studies"),
    Belonging("aims"),
    Belonging("axis_names"),
    Belonging("guides"),
    Belonging("runs"),
    Belonging("iterations", "runs", "run_id"),
    Belonging("items"),
    Belonging("parents", "items", "item_id"),
    Belonging("raters"),
    Belonging("practice_rounds", "raters", "rater_id"),
    Belonging("exclusions", "raters", "rater_id"),
    Belonging("questions"),
    Belonging("judgments"),
    Belonging("retractions", "judgments", "judgment_id"),
    Belonging("fits"),
    Belonging("collections"),
    Belonging("collection_items", "collections", "collection_id"),
    Belonging("collection_changes", "collections", "collection_id"),
    Belonging("marks", settled=True),
    Belonging("remarks"),
    Belonging("remakes", settled=True, finished="result"),
)
LEFT_OUT = {"exports", "workers", "members", "invites", "revocations"}  # of the installation, not of the study


class SqlBundles:
    """See :class:`qdhf.ports.BundleBook`."""

    schema = HEAD
    tables = (*CONTENTS, *(table.name for table in TABLES))

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, table: str, study_id: str) -> Iterator[Record]:
        """The study's rows of a table, in a fixed order. Read in portions; other writers are not kept waiting."""
        described = Described.metadata.tables[table]
        query = sa.select(described).where(_of_study(table, study_id)).order_by(*_order(described))
        with self._database.read() as session:
            for row in session.execute(query, execution_options={"yield_per": PORTION}).mappings():
                yield {
                    column.name: plain(column, row[column.name])
                    for column in described.columns
                    if column.name != "serial"
                }

    def load(
        self, study_id: str, rows: Callable[[str], Iterable[Record]], check: CheckStudy = lambda study, wish: None
    ) -> dict[str, int]:
        """Store the rows that ``rows`` gives for each table, in one transaction; returns how many were new, by table.

        First every row is read as the program will read it; ``rows`` is asked again for what is stored, and must give the
        same. Raises InvalidInput where one is not the study's, cannot be read, or disagrees with what is stored, and passes
        on what ``check`` raises for the study and each of its runs; then nothing of the bundle is kept."""
        checking = _Checking(study_id, check)
        for table in TABLES:
            checking.look(table, rows(table.name))
        study, new = checking.finish(), {}
        with self._database.write() as session:
            loading = _Loading(session, study_id)
            for table in TABLES:
                new[table.name] = loading.load(table, rows(table.name))
            for name in CONTENTS:
                new[name] = load_contents(session, name, study, rows(name))
        return new


class _Checking:
    """The rows of one study, looked at before any is stored: it takes longer than others should wait to write."""

    def __init__(self, study_id: str, check: CheckStudy) -> None:
        self._study_id, self._rows = study_id, Rows(check)
        self._ids: dict[str, set[str]] = {}  # of rows of the study, by table

    def look(self, table: Belonging, rows: Iterable[Record]) -> None:
        """Raises InvalidInput."""
        described = Described.metadata.tables[table.name]
        known = self._ids.setdefault(table.name, set())
        columns: set[str] | None = None
        for portion in portions(rows):
            found = [stored(described, row) for row in portion]
            columns = columns or set(found[0])
            known |= {row["id"] for row in found if "id" in row}
            for row in found:
                if row.keys() != columns:
                    raise InvalidInput(f"The bundle is damaged: the rows of {table.name} have not the same columns.")
                self._check(described, row)
                self._rows.check(table.name, row)

    def finish(self) -> Study:
        """The study, once all that it needs is there. Raises InvalidInput."""
        self._rows.finish(self._ids["items"])
        return self._rows.study

    def _check(self, table: sa.Table, row: Record) -> None:
        """Raises InvalidInput for a row that belongs to another study, or names something of another study."""
        own = row["id"] if table.name == "studies" else row.get("study_id", self._study_id)
        named = [(target, row[column]) for column, target in _references(table) if row.get(column) is not None]
        named += [("items", item) for column in ("shown", "picked") for item in row.get(column, ())]
        if own != self._study_id or any(value not in self._ids[target] for target, value in named):
            raise InvalidInput(f"The bundle is damaged: a row of {table.name} belongs to another study.")


class _Loading:
    """One study on its way in, within a transaction."""

    def __init__(self, session: Session, study_id: str) -> None:
        self._session, self._study_id = session, study_id

    def load(self, table: Belonging, rows: Iterable[Record]) -> int:
        described = Described.metadata.tables[table.name]
        new = 0
        for portion in portions(rows):
            found = [stored(described, row) for row in portion]
            try:
                new += self._keyed(table, described, found) if _key(described) else self._unkeyed(described, found)
            except sa.exc.IntegrityError as error:
                raise InvalidInput(f"The bundle is damaged: a row of {table.name} lacks what it refers to.") from error
        return new

    def _keyed(self, table: Belonging, described: sa.Table, rows: list[Record]) -> int:
        new = insert_new(self._session, _class_of(table.name), rows)
        if new < len(rows) and not table.settled:
            self._compare(described, rows)
        return new

    def _compare(self, described: sa.Table, rows: list[Record]) -> None:
        """Raises InvalidInput where what is stored under the keys of ``rows`` is something else, or nothing."""
        key = _key(described)
        first = described.c[key[0]]
        there: dict[tuple[Any, ...], Record] = {}
        for part in parts(sorted({row[key[0]] for row in rows})):
            for found in self._session.execute(sa.select(described).where(first.in_(part))).mappings():
                record = {c.name: found[c.name] for c in described.columns if c.name != "serial"}
                there[tuple(record[name] for name in key)] = record
        for row in rows:
            mine = there.get(tuple(row[name] for name in key))
            if mine is None or any(mine[name] != value for name, value in row.items()):
                raise InvalidInput(
                    f"This installation holds the same study, but it went on differently here ({described.name}). "
                    "Nothing was imported. Import the bundle into an installation that does not hold the study yet."
                )

    def _unkeyed(self, described: sa.Table, rows: list[Record]) -> int:
        """Rows without an id of their own: those that are stored word for word are not stored again."""
        names = tuple(rows[0])
        query = sa.select(described).where(_of_study(described.name, self._study_id))
        there = {_words(described, row, names) for row in self._session.execute(query).mappings()}
        new = [row for row in rows if _words(described, row, names) not in there]
        if new:
            self._session.connection().execute(sa.insert(described), new)
        return len(new)


@cache
def _references(table: sa.Table) -> tuple[tuple[str, str], ...]:
    """Which columns name rows of which tables of a study."""
    carried = {belonging.name for belonging in TABLES}
    foreign = [(c.name, key.column.table.name) for c in table.columns for key in c.foreign_keys]
    parents = [("parent_id", "items")] if table.name == "parents" else []
    return tuple((column, target) for column, target in foreign if target in carried) + tuple(parents)


def _words(table: sa.Table, row: Any, names: Sequence[str]) -> str:
    """A row as text, to find it again."""
    return json.dumps([plain(table.c[name], row.get(name)) for name in names])


def _class_of(table: str) -> type[Base]:
    found: type[Base] = next(
        m.class_ for m in Described.registry.mappers if m.local_table is Described.metadata.tables[table]
    )
    return found


def _key(table: sa.Table) -> tuple[str, ...]:
    """The columns that identify a row wherever it is stored; none for rows that only follow each other."""
    if "id" in table.c:
        return ("id",)
    key = tuple(column.name for column in table.primary_key)
    return () if key == ("serial",) else key


def _order(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    if "serial" in table.c:
        return [table.c.serial]
    if table.name == "items":
        return [table.c.position]
    return [table.c[name] for name in _key(table)]


def _of_study(table: str, study_id: str) -> sa.ColumnElement[bool]:
    tables = Described.metadata.tables
    if table == "studies":
        return tables["studies"].c.id == study_id
    if table in CONTENTS:
        items, by = tables["items"], "encoder" if table == "features" else "scorer"
        used = sa.select(tables["studies"].c[by]).where(tables["studies"].c.id == study_id)
        blobs = sa.select(items.c.blob).where(items.c.study_id == study_id)
        return tables[table].c.blob.in_(blobs) & (tables[table].c[by] == used.scalar_subquery())
    belonging = next(t for t in TABLES if t.name == table)
    if belonging.through:
        through = tables[belonging.through]
        return tables[table].c[belonging.column].in_(sa.select(through.c.id).where(through.c.study_id == study_id))
    mine = tables[table].c.study_id == study_id
    return mine & tables[table].c[belonging.finished].is_not(None) if belonging.finished else mine
