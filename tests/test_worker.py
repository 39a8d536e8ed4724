"""The real worker process on a real queue: killed at any moment, paused, continued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import postgres
from qdhf.errors import StorageFailure
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Run
from storage import open_store
from tests.storage_fixtures import Server

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@contextmanager
def working(home: Path, *program: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = {**os.environ, "QDHF_HOME": str(home), "QDHF_THREADS": "1", **environment}
    with (home / "worker.log").open("ab") as log:
        command = [sys.executable, *(program or ["worker.py"])]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(said: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def studio(home: Path) -> Iterator[Studio]:
    store = open_store(folder=home)
    yield Studio(store)
    store.close()


def planted(studio: Studio, budget: int, prompts: Sequence[str] = ("disc", "square")) -> Run:
    study = studio.studies.create(
        "Planted",
        prompts=prompts,
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
    )
    return studio.studies.populate(study, budget)


def test_kill_9_at_any_moment_loses_nothing_and_makes_nothing_twice(studio: Studio, home: Path) -> None:
    run = planted(studio, 240)
    rng = np.random.default_rng()  # a new moment each time the test runs

    def made() -> int:
        return studio.running.status(run).made

    for wanted in (8, 80, 150):
        with working(home) as process:
            until(lambda wanted=wanted: made() >= wanted)  # type: ignore[misc]
            time.sleep(float(rng.uniform(0, 0.5)))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    seen = {i.id for i in studio.store.items.of_study(run.study_id)}
    with working(home):
        until(lambda: studio.running.status(run).state == "done", 120)
    items = studio.store.items.of_study(run.study_id)
    assert len(items) == 240
    assert seen <= {i.id for i in items}
    assert [i.position for i in items] == list(range(240))
    assert {(i.iteration, i.slot) for i in items} == {(n // 8, n % 8) for n in range(240)}
    assert [i.index for i in studio.store.runs.iterations(run.id)] == list(range(30))
    assert len(studio.matrices.of(studio.studies.get(run.study_id))) == 240


MOODY = ("-m", "tests.moody_worker")


@pytest.mark.parametrize("step", ["ask", "make", "store"])
def test_kill_9_after_a_step_before_it_is_remembered_loses_nothing_and_makes_nothing_twice(
    studio: Studio, home: Path, step: str
) -> None:
    run = planted(studio, 40)
    (home / f"kill-{step}").touch()
    with working(home, *MOODY) as process:
        assert process.wait(120) == -signal.SIGKILL
    before = [(i.id, i.blob, i.genome) for i in studio.store.items.of_study(run.study_id)]
    assert len(before) == (16 if step == "store" else 8)
    with working(home, *MOODY):
        until(lambda: studio.running.status(run).state == "done")
    items = studio.store.items.of_study(run.study_id)
    assert [(i.id, i.blob, i.genome) for i in items[: len(before)]] == before
    assert [(i.iteration, i.slot) for i in items] == [(n // 8, n % 8) for n in range(40)]
    assert [i.items for i in studio.store.runs.iterations(run.id)] == [8] * 5


def test_a_full_disk_fails_the_run_with_its_reason_and_it_goes_on_when_tried_again(studio: Studio, home: Path) -> None:
    run = planted(studio, 40)
    with working(home, *MOODY):
        until(lambda: studio.running.status(run).made >= 8)
        (home / "full").touch()
        until(lambda: studio.running.status(run).state == "failed")
        error = studio.running.status(run).error or ""
        assert "could not be kept in" in error
        assert "No space left on device. Nothing was written." in error
        made = studio.running.status(run).made
        (home / "full").unlink()
        studio.running.resume(run)
        until(lambda: studio.running.status(run).state == "done")
    items = studio.store.items.of_study(run.study_id)
    assert made < 40
    assert [(i.iteration, i.slot) for i in items] == [(n // 8, n % 8) for n in range(40)]
    for item in items:
        studio.store.blobs.get(item.blob)
    assert not list((home / "blobs").rglob("*.part"))


@pytest.mark.postgresql
def test_a_run_goes_on_by_itself_after_postgresql_was_restarted(home: Path) -> None:
    programs = postgres.binaries()
    if programs is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no PostgreSQL server is installed")
    server = Server(programs)  # of this test alone, since others share the session's
    url, store = server.create(), None
    try:
        store = open_store(url, home)
        studio = Studio(store)
        run = planted(studio, 160)
        with working(home, QDHF_DATABASE_URL=url):
            until(lambda: studio.running.status(run).made >= 16)
            server.restart()
            until(lambda: _told(studio, run) == "done", 200)
        items = store.items.of_study(run.study_id)
        assert [(i.iteration, i.slot) for i in items] == [(n // 8, n % 8) for n in range(160)]
        assert [i.index for i in store.runs.iterations(run.id)] == list(range(20))
    finally:
        if store is not None:
            store.close()
        server.stop()


def _told(studio: Studio, run: Run) -> str:
    """The run's state; "" while the database does not answer."""
    try:
        return studio.running.status(run).state
    except StorageFailure:
        return ""


def test_studies_take_turns_and_the_runs_of_one_study_do_not(studio: Studio, home: Path) -> None:
    first = planted(studio, 80)
    after = studio.studies.populate(studio.studies.get(first.study_id), 16)
    second = planted(studio, 80)
    with working(home):
        until(lambda: all(studio.running.status(r).state == "done" for r in (first, after, second)), 150)
    told = [(i.created_at, run.id) for run in (first, after, second) for i in studio.store.runs.iterations(run.id)]
    order = [run for _, run in sorted(told)]
    own = [run for run in order if run != second.id]
    assert own in ([first.id] * 10 + [after.id] * 2, [after.id] * 2 + [first.id] * 10)  # queued in the same second
    turns = sum(a != b for a, b in pairwise(order))
    assert turns >= 12  # of 21: one study may be first by a moment


def test_pause_rests_continue_goes_on_where_it_stood_and_an_item_is_made_again(studio: Studio, home: Path) -> None:
    run = planted(studio, 320)
    with working(home):
        until(lambda: studio.running.status(run).made >= 8)
        studio.running.pause(run)
        until(lambda: studio.running.status(run).state == "paused")
        time.sleep(2)  # the step in progress may still end
        rested = studio.running.status(run).made
        time.sleep(1)
        assert studio.running.status(run).made == rested < 320
        studio.running.resume(run)
        until(lambda: studio.running.status(run).state == "done", 150)
        item = studio.store.items.of_study(run.study_id)[7]
        studio.remaking.request(item)
        until(lambda: not studio.remaking.of_item(item)[0].live)
    assert studio.running.status(run).made == 320
    result = studio.remaking.of_item(item)[0].remake.result
    assert result is not None
    assert (result.same_bytes, result.device) == (True, item.device)


def test_a_run_that_cannot_work_fails_with_its_reason(studio: Studio, home: Path) -> None:
    study = studio.studies.create("Lost", prompts=["x"], generator=GeneratorSpec(model="/no/such/model"))
    run = studio.studies.populate(study, 4)
    with working(home):
        until(lambda: studio.running.status(run).state == "failed")
    assert "/no/such/model" in (studio.running.status(run).error or "")
