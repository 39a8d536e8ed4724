"""Background work, on DBOS. The queue's own tables are the only truth about a job; nothing is copied from them.

They lie beside the records: ``jobs.db`` in the folder, or the schema ``dbos`` of the same PostgreSQL database. Pausing
is DBOS's cancelling: the step in progress ends, and resuming goes on with the next one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

from qdhf.errors import InvalidInput, NotFound, QdhfError, StorageFailure
from qdhf.types import RunState
from storage.engine import database_url
from storage.heartbeat import Heartbeat
from storage.places import default_folder, default_url

QUEUE = "qdhf-shared"  # of runs: those of one share are worked one after the other, shares side by side
SIDE_QUEUE = "qdhf-beside"  # of all that no run has to wait for, nor to be waited for: one of a kind at a time
OLD_QUEUE = "qdhf"  # where earlier releases put everything, one job after the other
MANY = 64  # shares side by side on a worker that has no colleague
APP_VERSION = "qdhf"  # fixed: by default DBOS hashes the code, and an upgrade would orphan every run
RUN_WORKFLOW = "run_workflow"
EXPORT_WORKFLOW = "export_workflow"
REMAKE_WORKFLOW = "remake_workflow"
WORKFLOWS = {"run": RUN_WORKFLOW, "export": EXPORT_WORKFLOW, "remake": REMAKE_WORKFLOW}
EXECUTOR = "local"
STATES: dict[str, RunState] = {
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "paused",
}


def executor_id() -> str:
    """This host's name in the queue (QDHF_WORKER); a worker that starts again under it continues its runs."""
    return os.environ.get("QDHF_WORKER") or EXECUTOR


def system_database_url(folder: str | Path | None = None, url: str | None = None) -> str:
    """Where DBOS keeps its tables, for the store that ``open_store(url, folder)`` opens."""
    place = default_folder(folder)
    database = database_url(url or default_url(place))
    if database.get_backend_name() == "sqlite":
        return f"sqlite:///{(place / 'jobs.db').absolute()}"
    return database.set(drivername="postgresql").render_as_string(hide_password=False)


class DbosJobs:
    """The queue as the app sees it. Connects at first use; safe to share between threads."""

    def __init__(self, url: str, workers: Heartbeat) -> None:
        self.url, self._workers = url, workers
        self._known: Any = None
        self._lock = Lock()

    def start(self, kind: str, job_id: str, share: str = "") -> None:
        """Enqueue ``kind`` ("run" | "export" | "remake"). Starting the same id again does nothing. Raises InvalidInput.

        Jobs of one ``share`` are worked one after the other; none named: those of one kind."""
        if kind not in WORKFLOWS:
            raise InvalidInput(f"A job is one of {', '.join(WORKFLOWS)}; got {kind!r}.")
        with self._client() as client:
            if client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False):
                return
            options = {
                "workflow_name": WORKFLOWS[kind], "queue_name": QUEUE if kind == "run" else SIDE_QUEUE,
                "queue_partition_key": share or kind, "workflow_id": job_id, "app_version": APP_VERSION,
            }  # fmt: skip
            client.enqueue(options, job_id)

    def state(self, job_id: str) -> RunState:
        """Raises NotFound for what was never started. "interrupted": its worker no longer lives."""
        status = self._status(job_id)
        if status.status == "PENDING" and status.executor_id not in self._workers.living():
            return "interrupted"
        return STATES[status.status]

    def error(self, job_id: str) -> str | None:
        """Why the job failed, None where it did not. Raises NotFound."""
        status = self._status(job_id, load_output=True)
        if status.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
            return "The worker died each time it tried this job; see its log."
        error = status.error if status.status == "ERROR" else None
        if error is None or isinstance(error, QdhfError):
            return None if error is None else str(error)
        return f"{type(error).__name__}: {error}"

    def pause(self, job_id: str) -> None:
        """The step in progress ends, then the job rests. What is over stays over. Raises NotFound."""
        self._status(job_id)
        with self._client() as client:
            client.cancel_workflow(job_id)

    def resume(self, job_id: str) -> None:
        """Go on after a pause, a failure or a lost worker; nothing happens where it waits, runs or is done."""
        state = self.state(job_id)
        with self._client() as client:
            if state in ("queued", "running", "done"):
                return
            status = self._status(job_id)
            share = status.queue_partition_key
            queue = OLD_QUEUE if not share else QUEUE if status.name == RUN_WORKFLOW else SIDE_QUEUE
            if status.status == "ERROR":
                client.rewind_workflow(
                    job_id, start_step=_failed_step(client, job_id), application_version=APP_VERSION, queue_name=queue,
                    queue_partition_key=share,
                )  # fmt: skip
            else:
                client.resume_workflow(job_id, queue_name=queue)

    def sharing(self, job_id: str) -> int:
        """How many jobs of its kind the worker of this job works side by side, itself included. Raises NotFound."""
        status = self._status(job_id)
        with self._client() as client:
            beside = client.list_workflows(
                status="PENDING", name=status.name, executor_id=status.executor_id, load_input=False, load_output=False
            )
        return max(1, len(beside))

    def close(self) -> None:
        with self._lock:
            if self._known is not None:
                self._known.destroy()
                self._known = None

    def _status(self, job_id: str, load_output: bool = False) -> Any:
        with self._client() as client:
            found = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=load_output)
        if not found:
            raise NotFound(f"There is no job {job_id!r}.")
        return found[0]

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            with self._lock:
                if self._known is None:
                    self._known = _connect(self.url)
            yield self._known
        except sa.exc.DBAPIError as error:
            raise StorageFailure(f"The job queue refused: {error.orig}.") from error


def _connect(url: str) -> Any:
    """A client, with the queue's tables made or brought up to date: DBOS itself leaves that to the worker's start."""
    from dbos import DBOS, DBOSClient

    DBOS.migrate(url)
    return DBOSClient(system_database_url=url, retry_connection_errors=False)


def register_queues(every_s: float = 1.0) -> None:
    """In a worker, once DBOS is launched: look into the queues ``every_s`` seconds, into the old one less often. Looking costs
    some 10 ms of processor time."""
    from dbos import DBOS

    shared = {"worker_concurrency": MANY, "partition_worker_concurrency": 1}
    queues = (
        (QUEUE, shared, every_s),
        (SIDE_QUEUE, shared, every_s),
        (OLD_QUEUE, {"worker_concurrency": 1}, 5 * every_s),
    )
    for name, limits, seconds in queues:
        DBOS.register_queue(name, **limits, polling_interval_sec=seconds, on_conflict="always_update")


def side_by_side(shares: int, workers: int) -> int:
    """How many of ``shares`` a worker takes on at once. One of several ``workers`` takes no more than its part, for the first
    would otherwise leave nothing to the others."""
    return MANY if workers <= 1 else min(MANY, max(1, -(-shares // workers)))


def share_out(workers: int) -> None:
    """In a worker, now and then: let each of ``workers`` take on its part of the shares that have runs. What one has taken on
    already stays with it."""
    from dbos import DBOS

    live = DBOS.list_workflows(
        status=["ENQUEUED", "PENDING"], queue_name=QUEUE, load_input=False, load_output=False
    ) if workers > 1 else []  # fmt: skip
    queue, wanted = DBOS.retrieve_queue(QUEUE), side_by_side(len({job.queue_partition_key for job in live}), workers)
    if queue is not None and queue.worker_concurrency != wanted:
        queue.set_worker_concurrency(wanted)


def _failed_step(client: Any, job_id: str) -> int:
    """The first step that failed, or the one after the last: steps that succeeded are not done again."""
    steps = client.list_workflow_steps(job_id)
    failed = [step["function_id"] for step in steps if step["error"] is not None]
    return int(min(failed) if failed else max((step["function_id"] for step in steps), default=0) + 1)
