"""The migrations make exactly the tables that the code describes, once, whoever comes first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from qdhf.errors import StorageFailure
from qdhf.types import AnswerEvent, now
from storage import migrate, open_store
from storage.engine import Database, database_url
from storage.schema import Base
from tests.storage_fixtures import add_items, add_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database(empty_url: str):  # type: ignore[no-untyped-def]
    database = Database(database_url(empty_url))
    yield database
    database.close()


def described(database: Database) -> dict[str, object]:
    """Every table as the database itself describes it, names of constraints included."""
    inspector = sa.inspect(database.writer)
    tables: dict[str, object] = {}
    for name in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(name)]
        keys = inspector.get_foreign_keys(name)
        tables[name] = (
            sorted(columns),
            inspector.get_pk_constraint(name),
            sorted((str(k["name"]), k["constrained_columns"], k["referred_table"]) for k in keys),
            sorted((str(u["name"]), u["column_names"]) for u in inspector.get_unique_constraints(name)),
            sorted((str(i["name"]), i["column_names"], i["unique"]) for i in inspector.get_indexes(name)),
        )
    return tables


def test_migrations_make_what_the_schema_describes(database: Database) -> None:
    migrate.upgrade(database)
    with database.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    migrated = described(database)
    with database.writer.begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
    assert described(database) == migrated


def test_the_code_is_written_for_the_last_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def fill(database: Database) -> dict[str, list[dict[str, object]]]:
    """Rows as the first revision kept them, in every table that later revisions touch."""
    there = {"study_id": "s", "rater_id": "r", "reference": "i0", "a": "i1", "b": "i2", "left": "b"}
    asked = there | {"strategy": "informative", "repeat_of": None, "created_at": now()}
    rows: dict[str, list[dict[str, object]]] = {
        "studies": [{
            "id": "s", "name": "Faces", "brief": "", "kind": "image", "prompts": [], "generator": {}, "encoder": "pixels",
            "scorer": "even", "dims": [10, 10], "seed": "0", "created_at": now(),
        }],
        "runs": [{"id": "u", "study_id": "s", "spec": {}, "created_at": now()}],
        "items": [
            {
                "id": f"i{n}", "study_id": "s", "position": n, "kind": "image", "blob": "0" * 64, "media_type": "image/png",
                "thumbs": {}, "source": "planted", "prompt_hash": "", "run_id": "u", "iteration": 0, "slot": n, "name": "",
                "created_at": now(),
            }
            for n in range(3)
        ],
        "raters": [{"id": "r", "study_id": "s", "name": "Ann", "created_at": now()}],
        "questions": [{"id": "q", **asked}, {"id": "p", **asked, "repeat_of": "q"}],
        "judgments": [{
            "id": "j", "event_id": "e", "question_id": "q", "attempt": 0, "closer": "a", "response_ms": 5,
            **asked,
        }],
        "collections": [{"id": "c", "study_id": "s", "name": "", "method": "", "settings": {}, "created_at": now()}],
        "exports": [{"id": "x", "study_id": "s", "collection_id": "c", "created_at": now(), "blob": "0" * 64, "size": 9}],
    }  # fmt: skip
    described, tables = sa.MetaData(), list(rows)
    described.reflect(database.writer, only=tables)
    with database.writer.begin() as connection:
        for name in tables:
            connection.execute(sa.insert(described.tables[name]), rows[name])
    return rows


def test_what_the_first_revision_kept_is_kept_and_means_what_it_meant(
    database: Database, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrate, "HEAD", "0001")
        migrate.upgrade(database)
    assert "axis_names" not in sa.inspect(database.writer).get_table_names()
    rows = fill(database)
    store = open_store(empty_url, tmp_path)
    judgment, question = store.judgments.standing("s")[0], store.judgments.questions(["q"])[0]
    for kept, row in ((judgment, rows["judgments"][0]), (question, rows["questions"][0])):
        assert {name: getattr(kept, name, row[name]) for name in row} == row
        assert (kept.kind, kept.shown) == ("triplet", ())
    assert (judgment.picked, judgment.grade) == ((), 1.0)
    assert store.collections.rename("c", "Four").items == ()
    assert [(c.id, c.name) for c in store.collections.of_study("s")] == [("c", "Four")]
    export = store.collections.exports("s")[0]
    assert (export.id, export.collection_id, export.size, export.formats, export.total) == ("x", "c", 9, (), 0)
    assert [q.repeat_of for q in store.judgments.waiting("s", "r")] == ["q"]
    store.judgments.record("r", [AnswerEvent(event_id="new", question_id="p", closer="b", grade=0.5)])
    assert [(j.event_id, j.grade) for j in store.judgments.standing("s")] == [("e", 1.0), ("new", 0.5)]
    store.close()


def test_opening_again_changes_nothing(empty_url: str, tmp_path: Path) -> None:
    store = open_store(empty_url, tmp_path)
    study = add_study(store)
    items = add_items(store, study, 2)
    store.close()
    for arguments in ({}, {"migrate": False}):
        again = open_store(empty_url, tmp_path, **arguments)
        assert again.items.of_study(study.id) == items
        again.close()


def test_a_database_newer_than_the_code_is_refused(database: Database, empty_url: str, tmp_path: Path) -> None:
    open_store(empty_url, tmp_path).close()
    with database.writer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for arguments in ({}, {"migrate": False}):
        with pytest.raises(StorageFailure, match="9999"):
            open_store(empty_url, tmp_path, **arguments)
    with pytest.raises(StorageFailure, match="newer version"):
        open_store(empty_url, tmp_path)


def test_a_database_that_is_not_migrated_is_refused_when_asked_not_to(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="migrate it first"):
        open_store(empty_url, tmp_path, migrate=False)


def test_processes_that_open_an_empty_database_at_once_all_succeed(empty_url: str, tmp_path: Path) -> None:
    code = (
        "import sys, alembic.command; from storage import open_store\n"
        "print('ready', flush=True); sys.stdin.readline(); open_store(*sys.argv[1:]).close()"
    )
    command = [sys.executable, "-c", code, empty_url, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _ in range(3)]
    assert [process.stdout.readline() for process in started if process.stdout] == ["ready\n"] * 3
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(p.communicate(timeout=120)[1], p.returncode) for p in started] == [("", 0)] * 3


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Base.metadata, "naming_convention", {**Base.metadata.naming_convention, "uq": "%(broken)s"})
    with pytest.raises(Exception, match="broken"):
        migrate.upgrade(database)
    monkeypatch.undo()
    assert sa.inspect(database.writer).get_table_names() == []
    migrate.upgrade(database)
