"""A small worker for tests: ``python -m tests.storage.job_worker FOLDER URL``.

Its workflows take four steps. Each writes its number into ``<job>.log``; the second fails while a file ``fail``
is there, the third waits while a file ``wait`` is there.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from dbos import DBOS, DBOSConfig

from qdhf.errors import InvalidInput
from storage.jobs import (
    APP_VERSION,
    EXPORT_WORKFLOW,
    RUN_WORKFLOW,
    executor_id,
    register_queues,
    share_out,
    system_database_url,
)

FOLDER = Path(sys.argv[1])


def step(job: str, number: int) -> int:
    with (FOLDER / f"{job}.log").open("a") as log:
        log.write(f"{number}")
    if number == 2 and (FOLDER / "fail").exists():
        raise InvalidInput("The prompt is too long.")
    while number == 3 and (FOLDER / "wait").exists():
        time.sleep(0.02)
    return number


@DBOS.workflow(name=EXPORT_WORKFLOW)
def export(job: str) -> int:
    return four_steps(job)


@DBOS.workflow(name=RUN_WORKFLOW)
def work(job: str) -> int:
    return four_steps(job)


def four_steps(job: str) -> int:
    return sum(DBOS.run_step({"name": f"step {number}"}, step, job, number) for number in range(1, 5))


def main() -> None:
    config = DBOSConfig(
        name="qdhf", system_database_url=system_database_url(FOLDER, sys.argv[2]), application_version=APP_VERSION,
        executor_id=executor_id(), log_level="ERROR", run_admin_server=False, enable_otlp=False,
    )  # fmt: skip
    DBOS(config=config)
    DBOS.launch()
    register_queues(every_s=0.05)
    print("ready", flush=True)
    for _ in range(2000):
        share_out(int(os.environ.get("JOB_WORKERS", 1)))
        time.sleep(0.3)


if __name__ == "__main__":
    main()
