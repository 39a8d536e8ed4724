"""Brings a database up to date, whoever comes first, and refuses one that a newer program wrote."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from qdhf.errors import StorageFailure
from storage.engine import Database, explained

HEAD = "0009"  # the revision that this code is written for
SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 0x71646866  # "qdhf": the advisory lock of migrations on PostgreSQL


def revision(connection: sa.Connection) -> str | None:
    """The database's revision, None for an empty one. Does without Alembic: opening a store costs two queries."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(database: Database) -> None:
    """Bring ``database`` to :data:`HEAD`. Processes that come at once wait for each other. Raises StorageFailure."""
    with explained():
        with database.reader.connect() as connection:
            if revision(connection) == HEAD:
                return
        with database.writer.begin() as connection:  # on SQLite this holds the write lock
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            found = revision(connection)
            if found != HEAD:
                _upgrade(connection, found)


def check(database: Database) -> None:
    """Raises StorageFailure unless the database is at :data:`HEAD`."""
    with explained(), database.reader.connect() as connection:
        found = revision(connection)
    if found != HEAD:
        raise StorageFailure(
            f"The database has revision {found or 'none'}, this program needs {HEAD}; migrate it first."
        )


def _upgrade(connection: sa.Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StorageFailure(
            f"The database was written by a newer version of this program (revision {found}; this one knows {HEAD}). "
            "Update the program, or open the backup made before the database was updated."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
