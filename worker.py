"""The back end: takes runs and exports from the queue and works them, one process per GPU host.

    python worker.py                      # or: make worker

A run is a durable workflow: every step's result is remembered, so after ``kill -9`` the next start goes on with the
step that was in progress. Runs of one study are worked one after the other; those of several studies take turns, a batch
each, or QDHF_TURN seconds (60) where they need different models. Set QDHF_WORKER to give each host a name of its own; it
is how a host finds its runs again; several workers divide the studies that have runs among them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads must not spin while the app needs a core

from dbos import DBOS, DBOSConfig
from dbos._error import DBOSMaxStepRetriesExceeded, DBOSWorkflowCancelledError  # the public module does not export them

from qdhf.errors import QdhfError, StorageFailure
from qdhf.search.turns import TURN_S, Turns
from qdhf.studio import Studio
from storage import SqlStore, open_store
from storage.jobs import (
    APP_VERSION,
    EXPORT_WORKFLOW,
    REMAKE_WORKFLOW,
    RUN_WORKFLOW,
    executor_id,
    register_queues,
    share_out,
)

log = logging.getLogger("qdhf.worker")
BEAT_SECONDS = 3.0
studio: Studio
turns = Turns(float(os.environ.get("QDHF_TURN", TURN_S)))


PATIENCE = {"retries_allowed": True, "max_attempts": 6, "interval_seconds": 1.0, "backoff_rate": 2.0}  # half a minute


def step(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Run ``call`` once and remember what it returned; a step that was cut short is run again. Where disk or database
    refuse it is tried for half a minute, in which a server may come back; then, as with all other errors, the run fails."""
    options: Any = {"name": name, **PATIENCE, "should_retry": lambda error: isinstance(error, StorageFailure)}
    try:
        return DBOS.run_step(options, call, *arguments)
    except DBOSMaxStepRetriesExceeded as exceeded:
        raise exceeded.errors[-1] from None


@DBOS.workflow(name=RUN_WORKFLOW, max_recovery_attempts=1000)
def run_workflow(run_id: str) -> int:
    """Work one run to its end; returns how many iterations it took."""
    engine, index, more = studio.engine, 0, True
    with turns.joined(engine.needs(run_id)) as let_others:
        while more:
            plan = step("ask", engine.ask, run_id, index)
            if not plan["size"]:
                break
            made = step("make", engine.make, run_id, index, plan)
            more = step("store", engine.store_made, run_id, index, plan, made)
            index += 1
            let_others()
    return index


@DBOS.workflow(name=EXPORT_WORKFLOW, max_recovery_attempts=1000)
def export_workflow(export_id: str) -> str:
    """Write one export; returns the SHA-256 of its ZIP."""
    blob: str = step("export", studio.exporting.write, export_id)
    return blob


@DBOS.workflow(name=REMAKE_WORKFLOW, max_recovery_attempts=1000)
def remake_workflow(remake_id: str) -> str:
    """Make one item again, when it is its models' turn; returns the SHA-256 of the new file."""
    engine = studio.engine
    with turns.joined(engine.needs(str(studio.remaking.item(remake_id).run_id))):
        blob: str = step("remake", studio.remaking.make, remake_id, engine.models)
    return blob


def use_all_cores() -> None:
    """Torch takes half the logical cores by itself; QDHF_THREADS overrides."""
    import torch

    torch.set_num_threads(int(os.environ.get("QDHF_THREADS", os.cpu_count() or 1)))


def beat(store: SqlStore, executor: str, stop: threading.Event) -> None:
    """Say that this worker lives, so that pages can tell a running run from an interrupted one. SQL only."""
    while True:
        with contextlib.suppress(Exception):  # a busy database must not end the heartbeat
            store.workers.beat(executor)
        if stop.wait(BEAT_SECONDS):
            return


class Quiet(logging.Filter):
    """A paused run and an error meant for people are no bugs: their stack traces stay out of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DBOSWorkflowCancelledError):
            return False
        if isinstance(error, QdhfError):
            record.exc_info, record.msg, record.args = None, str(error), ()
        return True


def launch(store: SqlStore, executor: str) -> None:
    """Make this process work the queue of ``store``. Threads do the work; the caller keeps the process alive."""
    global studio
    studio = Studio(store)
    config = DBOSConfig(
        name="qdhf", system_database_url=store.jobs.url, application_version=APP_VERSION, executor_id=executor,
        log_level="WARNING", enable_otlp=False,
    )  # fmt: skip
    DBOS(config=config)
    logging.getLogger("dbos").addFilter(Quiet())
    studio.engine.prepare()
    DBOS.launch()
    register_queues()


def main() -> None:
    """Serve the queue until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    store, executor, stop = open_store(), executor_id(), threading.Event()
    store.workers.check_free(executor)  # two workers of one name would both work the same runs
    use_all_cores()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threading.Thread(target=beat, args=(store, executor, stop), daemon=True).start()
    launch(store, executor)
    log.info("worker %s is ready", executor)
    while not stop.wait(BEAT_SECONDS):
        with contextlib.suppress(Exception):  # nor must it end the worker
            share_out(len(store.workers.living()))
    log.info("worker %s stops; a run in progress goes on at the next start", executor)
    store.workers.gone(executor)
    store.close()
    os._exit(0)  # a denoising step in another thread cannot be interrupted; every step may be run again


if __name__ == "__main__":
    main()
