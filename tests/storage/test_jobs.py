"""Jobs with a real worker in a process of its own: done, failed and mended, paused, killed and continued."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qdhf.errors import NotAllowed, NotFound
from qdhf.types import new_id
from storage import SqlStore
from storage.heartbeat import Heartbeat
from storage.jobs import APP_VERSION, EXECUTOR, MANY, OLD_QUEUE, RUN_WORKFLOW, side_by_side

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start(store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a worker and waits until it is ready; all are killed at the end."""
    monkeypatch.delenv("QDHF_WORKER", raising=False)
    url = store._database.url.render_as_string(hide_password=False)
    started: list[subprocess.Popen[str]] = []

    def worker() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.storage.job_worker", str(tmp_path), url]
        process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield worker
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_for(what: Callable[[], object], wanted: object) -> None:
    deadline = time.monotonic() + 60
    while (found := what()) != wanted:
        assert time.monotonic() < deadline, f"{found!r}, not {wanted!r}"
        time.sleep(0.03)


def steps(folder: Path, job: str) -> str:
    """The numbers of the steps that were begun, in order."""
    log = folder / f"{job}.log"
    return log.read_text() if log.exists() else ""


def test_a_job_s_life(store: SqlStore, start: Start, tmp_path: Path) -> None:
    job, failing, waiting = new_id(), new_id(), new_id()
    jobs = store.jobs
    jobs.start("run", job)  # before any worker ever started
    assert jobs.state(job) == "queued"
    worker = start()
    store.workers.beat(EXECUTOR)
    wait_for(lambda: jobs.state(job), "done")
    assert (steps(tmp_path, job), jobs.error(job)) == ("1234", None)
    jobs.pause(job)
    jobs.resume(job)
    assert jobs.state(job) == "done"

    (tmp_path / "fail").touch()
    jobs.start("run", failing)
    wait_for(lambda: jobs.state(failing), "failed")
    assert jobs.error(failing) == "The prompt is too long."
    (tmp_path / "fail").unlink()
    jobs.resume(failing)
    wait_for(lambda: jobs.state(failing), "done")
    assert steps(tmp_path, failing) == "12234"  # what had succeeded was not done again

    (tmp_path / "wait").touch()
    jobs.start("run", waiting)
    wait_for(lambda: steps(tmp_path, waiting), "123")
    assert jobs.state(waiting) == "running"
    jobs.resume(waiting)
    assert jobs.state(waiting) == "running"
    kill(worker)
    store.workers.gone(EXECUTOR)  # what twenty seconds without a sign of life amount to
    assert jobs.state(waiting) == "interrupted"
    (tmp_path / "wait").unlink()
    start()
    store.workers.beat(EXECUTOR)
    wait_for(lambda: jobs.state(waiting), "done")
    assert steps(tmp_path, waiting) == "12334"


def test_a_paused_job_goes_on_with_the_next_step(store: SqlStore, start: Start, tmp_path: Path) -> None:
    job = new_id()
    start()
    store.workers.beat(EXECUTOR)
    (tmp_path / "wait").touch()
    store.jobs.start("run", job)
    wait_for(lambda: steps(tmp_path, job), "123")
    store.jobs.pause(job)
    assert store.jobs.state(job) == "paused"
    (tmp_path / "wait").unlink()
    time.sleep(0.3)  # the step in progress ends; the next does not begin
    assert steps(tmp_path, job) == "123"
    store.jobs.resume(job)
    wait_for(lambda: store.jobs.state(job), "done")
    assert steps(tmp_path, job) in ("1234", "12334")  # a step that ended after the pause may be done again


def test_shares_are_worked_side_by_side_and_each_in_order(store: SqlStore, start: Start, tmp_path: Path) -> None:
    one, after, other, old = (new_id() for _ in range(4))
    (tmp_path / "wait").touch()
    store.jobs.start("run", one, share="a")
    time.sleep(1.1)  # the queue goes by whole seconds on SQLite
    store.jobs.start("run", after, share="a")
    store.jobs.start("run", other, share="b")
    with store._queue._client() as client:  # as releases before this one did
        client.enqueue(
            {"workflow_name": RUN_WORKFLOW, "queue_name": OLD_QUEUE, "workflow_id": old, "app_version": APP_VERSION},
            old,
        )
    start()
    store.workers.beat(EXECUTOR)
    for job in (one, other, old):
        wait_for(lambda job=job: steps(tmp_path, job), "123")  # type: ignore[misc]
    assert [store.jobs.state(job) for job in (one, after, other, old)] == ["running", "queued", "running", "running"]
    assert store.jobs.sharing(one) == 3
    store.jobs.pause(one)
    (tmp_path / "wait").unlink()
    for job in (after, other, old):  # who rests lets the next of the share go on
        wait_for(lambda job=job: store.jobs.state(job), "done")  # type: ignore[misc]
    assert store.jobs.state(one) == "paused"
    store.jobs.resume(one)
    wait_for(lambda: store.jobs.state(one), "done")


def test_two_workers_leave_no_share_waiting_and_an_export_waits_for_no_run(
    store: SqlStore, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_WORKERS", "2")
    for name in ("one", "two"):
        monkeypatch.setenv("QDHF_WORKER", name)
        start()
        store.workers.beat(name)
    (tmp_path / "wait").touch()
    runs, export = [new_id() for _ in range(5)], new_id()
    for n, job in enumerate(runs):
        store.jobs.start("run", job, share=f"study {n}")
    store.jobs.start("export", export)
    for job in (*runs, export):
        wait_for(lambda job=job: steps(tmp_path, job), "123")  # type: ignore[misc]
    assert sorted(store.jobs.sharing(job) for job in runs) in ([2, 2, 3, 3, 3], [1, 4, 4, 4, 4], [5] * 5)
    store.jobs.pause(export)
    (tmp_path / "wait").unlink()
    store.jobs.resume(export)
    for job in (*runs, export):
        wait_for(lambda job=job: store.jobs.state(job), "done")  # type: ignore[misc]


def test_a_worker_takes_its_part_of_the_shares() -> None:
    assert [side_by_side(7, workers) for workers in (0, 1, 2, 5, 9)] == [MANY, MANY, 4, 2, 1]
    assert side_by_side(0, 2) == 1
    assert side_by_side(1000, 2) == MANY


def test_what_was_never_started_has_no_state(sqlite_store: SqlStore) -> None:
    for look in (sqlite_store.jobs.state, sqlite_store.jobs.error, sqlite_store.jobs.pause, sqlite_store.jobs.resume):
        with pytest.raises(NotFound, match="nothing"):
            look("nothing")


def test_two_workers_never_share_a_name(sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = sqlite_store.workers
    monkeypatch.setattr("storage.heartbeat.os.getpid", lambda: 1)  # a process that surely lives
    workers.beat("gpu")
    monkeypatch.undo()
    with pytest.raises(NotAllowed, match="QDHF_WORKER"):
        workers.check_free("gpu")
    workers.check_free("other")


def test_a_worker_that_died_frees_its_name(sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    workers = sqlite_store.workers
    assert isinstance(workers, Heartbeat)
    monkeypatch.setattr("storage.heartbeat.os.getpid", lambda: dead.pid)
    workers.beat("gpu")
    monkeypatch.undo()
    workers.check_free("gpu")
