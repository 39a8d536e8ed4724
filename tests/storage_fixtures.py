"""Stores for tests: SQLite in a temporary folder, and a real PostgreSQL server started for the session.

Without server binaries the PostgreSQL half is skipped with a reason; where CI is set, that is a failure.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from benchmarks import postgres
from qdhf.types import (
    AnswerEvent,
    GeneratorSpec,
    Genome,
    Item,
    MapSpec,
    NewItem,
    NewQuestion,
    Question,
    Rater,
    Run,
    RunSpec,
    Study,
    new_id,
    now,
)
from storage import SqlStore, open_store

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


class Server(postgres.Server):
    """A PostgreSQL server of our own, as quick as can be: what it holds need not survive."""

    def __init__(self, programs: Path) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
        super().__init__(programs, place=memory, settings="-c fsync=off -c full_page_writes=off")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def create(self, template: str = "template0") -> str:
        """A new database; returns its URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @functools.cached_property
    def migrated(self) -> str:
        """Name of a database with our tables, to copy from."""
        url = self.create()
        with tempfile.TemporaryDirectory() as folder:
            open_store(url, folder).close()
        return str(make_url(url).database)


@functools.cache
def server() -> Server | str:
    """The session's server, or why there is none."""
    programs = postgres.binaries()
    return Server(programs) if programs else "no PostgreSQL server is installed (apt-get install postgresql)"


@functools.cache
def migrated_bytes() -> bytes:
    """A SQLite database with our tables, to copy from."""
    with tempfile.TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/studio.db", folder).close()
        return (Path(folder) / "studio.db").read_bytes()


def migrated_file(folder: Path) -> str:
    """The URL of a new SQLite database with our tables."""
    (folder / "studio.db").write_bytes(migrated_bytes())
    return f"sqlite:///{folder / 'studio.db'}"


@pytest.fixture(scope="session")
def postgresql() -> Server:
    found = server()
    if isinstance(found, str):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(found)
    return found


@pytest.fixture(params=BOTH)
def backend(request: pytest.FixtureRequest) -> str:
    """ "sqlite" and "postgresql", in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'studio.db'}"
    return str(request.getfixturevalue("postgresql").create())


@pytest.fixture
def opener(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    """Opens the same installation again and again; all are closed at the end."""
    if backend == "postgresql":
        own = request.getfixturevalue("postgresql")
        url = own.create(own.migrated)
    else:
        url = migrated_file(tmp_path)
    opened: list[SqlStore] = []

    def again() -> SqlStore:
        opened.append(open_store(url, tmp_path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Callable[[], SqlStore]) -> SqlStore:
    """An empty store, over both databases in turn."""
    return opener()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store in a temporary folder, for tests that need no second database."""
    store = open_store(migrated_file(tmp_path), tmp_path)
    yield store
    store.close()


def add_study(store: SqlStore, **changes: object) -> Study:
    values: dict[str, object] = {
        "id": new_id(), "name": "Faces", "brief": "what people see", "kind": "image", "prompts": ("cat face", "lion"),
        "generator": GeneratorSpec(), "encoder": "pixels", "scorer": "even", "map": MapSpec(), "created_at": now(),
    }  # fmt: skip
    return store.studies.create(Study(**{**values, **changes}))  # type: ignore[arg-type]


def add_run(store: SqlStore, study: Study) -> Run:
    return store.runs.add(study.id, RunSpec(kind="populate", budget=10))


def new_item(run: Run, slot: int, *, iteration: int = 0, content: bytes | None = None, **changes: object) -> NewItem:
    """An item whose blob is named after its slot; no file is written."""
    data = content if content is not None else f"{run.id}/{iteration}/{slot}".encode()
    sha = hashlib.sha256(data).hexdigest()
    values: dict[str, object] = {
        "kind": "image", "blob": sha, "media_type": "image/png", "width": 64, "height": 48, "thumbs": {128: sha},
        "source": "planted", "genome": Genome(prompt="lion", seed=slot), "run_id": run.id, "iteration": iteration,
        "slot": slot,
    }  # fmt: skip
    return NewItem(**{**values, **changes})  # type: ignore[arg-type]


def add_items(store: SqlStore, study: Study, count: int) -> list[Item]:
    run = add_run(store, study)
    return store.items.add(study.id, [new_item(run, slot) for slot in range(count)])


def ask(store: SqlStore, rater: Rater, items: Sequence[Item], count: int = 1) -> list[Question]:
    """``count`` questions about the first three items."""
    reference, a, b = (item.id for item in items[:3])
    question = NewQuestion(reference=reference, a=a, b=b, left="b", strategy="random")
    return store.judgments.reserve(rater.study_id, rater.id, [question] * count)


def answer(question: Question, event: str = "", closer: str = "a") -> AnswerEvent:
    return AnswerEvent(event_id=event or new_id(), question_id=question.id, closer=closer, response_ms=900)  # type: ignore[arg-type]


def undo(question: Question, undoes: str, event: str = "") -> AnswerEvent:
    return AnswerEvent(event_id=event or new_id(), question_id=question.id, undoes=undoes)


@pytest.fixture
def study(store: SqlStore) -> Study:
    return add_study(store)


@pytest.fixture
def ann(store: SqlStore, study: Study) -> Rater:
    return store.judgments.rater(study.id, "Ann")
