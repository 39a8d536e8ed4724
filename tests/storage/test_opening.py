"""Where a store lies, what it refuses, and that readers can only read."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from qdhf.errors import InvalidInput, StorageFailure
from qdhf.types import RunSpec
from storage import SqlStore, open_store
from storage.engine import database_url
from storage.jobs import executor_id, system_database_url
from tests.storage_fixtures import add_study


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("QDHF_HOME", "QDHF_DATABASE_URL", "QDHF_BLOBS", "QDHF_WORKER"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_everything_lies_in_the_data_folder(tmp_path: Path) -> None:
    store = open_store()
    sha = store.blobs.put(b"x")
    assert (tmp_path / "data" / "studio.db").is_file()
    assert store.blobs.path(sha).startswith(str(tmp_path / "data" / "blobs"))
    assert system_database_url() == f"sqlite:///{tmp_path}/data/jobs.db"
    store.close()


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QDHF_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    monkeypatch.setenv("QDHF_BLOBS", "memory://opening")
    store = open_store()
    assert store.blobs.path(store.blobs.put(b"x")).startswith("memory://")
    assert (tmp_path / "other.db").is_file()
    assert system_database_url() == f"sqlite:///{tmp_path}/home/jobs.db"
    store.close()


def test_arguments_come_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "home"))
    open_store(f"sqlite:///{tmp_path / 'here.db'}", tmp_path / "folder").close()
    assert (tmp_path / "here.db").is_file()
    assert not (tmp_path / "home").exists()


def test_postgresql_gets_the_installed_driver_and_keeps_its_password() -> None:
    assert database_url("postgresql://u:p@h/d").drivername == "postgresql+psycopg"
    assert system_database_url(url="postgresql://u:p%40@h/d?host=/x") == "postgresql://u:p%40@h/d?host=%2Fx"


@pytest.mark.parametrize("url", ["no url", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "postgresql+nothing"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_store(url)


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="database refused"):
        open_store(f"postgresql://qdhf@/none?host={tmp_path}", tmp_path)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "studio.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StorageFailure, match="not a database"):
        open_store(f"sqlite:///{tmp_path / 'studio.db'}", tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFailure, match="file"):
        open_store(f"sqlite:///{tmp_path / 'studio.db'}", tmp_path / "file" / "data")


def test_readers_cannot_write(store: SqlStore) -> None:
    study = add_study(store)
    with pytest.raises((StorageFailure, sa.exc.DBAPIError), match=r"read-?only"), store._database.read() as session:
        session.execute(sa.text("DELETE FROM studies"))
    assert store.studies.all() == [study]


def test_sqlite_writes_reach_the_disk_before_they_are_acknowledged(sqlite_store: SqlStore) -> None:
    with sqlite_store._database.writer.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 2, 1, 10_000]


def test_a_closed_store_opens_again_when_it_is_used(sqlite_store: SqlStore) -> None:
    study = add_study(sqlite_store)
    run = sqlite_store.runs.add(study.id, RunSpec(kind="populate", budget=1))
    sqlite_store.jobs.start("run", run.id)
    sqlite_store.close()
    assert sqlite_store.studies.get(study.id) == study
    assert sqlite_store.jobs.state(run.id) == "queued"


def test_a_worker_has_a_name_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert executor_id() == "local"
    monkeypatch.setenv("QDHF_WORKER", "gpu-7")
    assert executor_id() == "gpu-7"
