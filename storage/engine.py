"""The database behind the books: one engine that writes, one that may only read.

On SQLite a write transaction takes its lock at the start (``BEGIN IMMEDIATE``): two writers wait for each other
instead of overwriting one another, and readers never wait. ``synchronous=FULL`` because an answer that a person gave
must survive a power cut once it was acknowledged.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotFound, StorageFailure
from storage.schema import Base, StudyRow

T = TypeVar("T")
BUSY_MS = 10_000
PRAGMAS = (f"busy_timeout={BUSY_MS}", "synchronous=FULL", "foreign_keys=ON")
dumps = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def database_url(url: str) -> URL:
    """``url`` with the driver that is installed. Raises InvalidInput for a database that is not supported."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise InvalidInput(
            "The database URL cannot be read; it should look like sqlite:///data/studio.db "
            "or postgresql://user:password@host/name."
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise InvalidInput("A database in memory cannot be shared between processes; name a file.")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInput(f"The database must be SQLite or PostgreSQL; got {parsed.drivername}.")
    return parsed


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side. Several processes may say so of a new file at once; SQLite then
    refuses some of them without waiting, whatever the busy timeout."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _sqlite(engine: Engine, begin: str, pragmas: Sequence[str]) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions late, and deferred
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def engines(url: URL) -> tuple[Engine, Engine]:
    """One engine that writes and one that cannot."""
    if url.get_backend_name() == "sqlite":
        make = partial(sa.create_engine, url, json_serializer=dumps, connect_args={"timeout": BUSY_MS / 1000})
        writer, reader = make(), make()
        _sqlite(writer, "BEGIN IMMEDIATE", PRAGMAS)
        _sqlite(reader, "BEGIN", (*PRAGMAS, "query_only=ON"))
        return writer, reader
    make = partial(sa.create_engine, url, json_serializer=dumps, pool_pre_ping=True)
    reading = {"execution_options": {"postgresql_readonly": True}, "connect_args": {"cursor_factory": _binary_cursor()}}
    return make(), make(**reading)


def _binary_cursor() -> type:
    """A cursor that gets results in PostgreSQL's binary format: feature vectors come in half the time of hexadecimal."""
    import psycopg

    class BinaryCursor(psycopg.Cursor[Any]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.format = psycopg.pq.Format.BINARY

    return BinaryCursor


@contextmanager
def explained() -> Iterator[None]:
    """Database errors in the product's words; bugs in SQL stay as they are."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.TimeoutError) as error:
        raise StorageFailure(f"The database refused: {_reason(error)}. Nothing was changed.") from error
    except sa.exc.DataError as error:
        raise InvalidInput(f"A value cannot be stored: {_reason(error)}.") from error
    except sa.exc.DBAPIError as error:
        if type(error) is sa.exc.DatabaseError:  # SQLite's "malformed" and "not a database"
            raise StorageFailure(f"The database cannot be read: {_reason(error)}.") from error
        raise


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")


class Database:
    """Sessions over both engines. Safe to share between threads."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.writer, self.reader = engines(url)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: all of it is kept at the end, or nothing. Raises StorageFailure."""
        with explained(), Session(self.writer, autoflush=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A view of one moment (SQLite) that cannot write and never waits for writers. Raises StorageFailure."""
        with explained(), Session(self.reader, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def lock_study(session: Session, study_id: str) -> StudyRow:
    """The study, so that other writers of its positions, versions and answers wait. Raises NotFound."""
    row = session.scalar(sa.select(StudyRow).where(StudyRow.id == study_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound(f"There is no study {study_id!r}.")
    return row


def insert_new(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """Insert those of ``rows`` that break no unique constraint; returns how many."""
    if not rows:
        return 0
    dialect = sqlite_dialect if session.get_bind().dialect.name == "sqlite" else postgresql
    keys = sa.inspect(table).primary_key
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*keys)  # rowcount is not told by every driver
    return len(session.connection().execute(statement, list(rows)).all())


def parts(values: Sequence[T], size: int = 5000) -> Iterator[Sequence[T]]:
    """``values`` in portions that fit the bound parameters of one query."""
    return (values[start : start + size] for start in range(0, len(values), size))
