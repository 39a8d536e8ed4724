"""Recording answers in a store that holds many: how long one takes, and whether any is lost when much happens at once.

    python -m benchmarks.store --json [--answers 100000] [--databases sqlite,postgresql]

``record_p95_ms``: one answer, from the call to its commit on disk. ``queue_p95_ms``: asking for a rater's questions, new
ones chosen where they run short. Then eight raters answer at once, four in this process and four in another, each undoing
and sending again now and then, while a worker works a run and writes an export of the study. ``lost``: events that were
acknowledged and are not on record; ``twice``: questions with two standing answers; ``errors``: whatever a rater was shown.
A database that is not installed is null, and the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.planted_study import answered, pictured
from benchmarks.postgres import Server, binaries
from benchmarks.store_raters import Told, rate_together
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, Export, Rater, Run, Study, new_id
from storage import SqlStore, open_store

ROOT = Path(__file__).parents[1]
ITEMS, RATERS, TIMED = 300, 8, 400
RUN_ITEMS, SET = 32, 100
LIMIT_S = 300  # for the run and the export, beside eight raters on two cores


def p95(seconds: Sequence[float]) -> float:
    return round(1000 * float(np.quantile(seconds, 0.95)), 2)


def timed_answer(studio: Studio, study: Study, rater: Rater) -> tuple[float, float]:
    """Seconds of asking for questions and of recording an answer to the first, as the page does both."""
    start = time.perf_counter()
    question = studio.labelling.queue(study, rater)[0]
    asked = time.perf_counter()
    studio.labelling.record(
        rater, [AnswerEvent(event_id=new_id(), question_id=question.id, closer="a", response_ms=900)]
    )
    return asked - start, time.perf_counter() - asked


def record_figures(studio: Studio, study: Study, raters: Sequence[Rater]) -> dict[str, float]:
    """One answer at a time, each rater in turn. The first of each rater, which reads the study, is not counted."""
    seconds = [timed_answer(studio, study, raters[n % len(raters)]) for n in range(len(raters) + TIMED)]
    asking, recording = zip(*seconds[len(raters) :], strict=True)
    return {
        "record_p95_ms": p95(recording), "record_median_ms": round(1000 * float(np.median(recording)), 2),
        "queue_p95_ms": p95(asking), "queue_max_ms": round(1000 * max(asking), 2),
    }  # fmt: skip


@contextmanager
def working(folder: Path, url: str | None) -> Iterator[None]:
    """A worker of its own on the same records."""
    environment = {**os.environ, "QDHF_HOME": str(folder), "QDHF_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    environment |= {"QDHF_DATABASE_URL": url} if url else {}
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield
        assert process.poll() is None, (folder / "worker.log").read_text()
    finally:
        process.terminate()
        process.wait(60)


def busy(studio: Studio, study: Study) -> tuple[Run, Export]:
    """A run that fills the map and an export of a set, both queued."""
    chosen = studio.curating.save(study, "Set", studio.curating.choose(study, SET))
    run = studio.running.illuminate(study, RUN_ITEMS)
    return run, studio.exporting.request(study, chosen)


def finished(studio: Studio, run: Run, export: Export) -> bool:
    states = studio.running.status(run).state, studio.exporting.status(export).state
    assert "failed" not in states, states
    return states == ("done", "done")


def together_figures(studio: Studio, study: Study, folder: Path, url: str | None) -> dict[str, Any]:
    with working(folder, url):
        run, export = busy(studio, study)
        deadline = time.monotonic() + LIMIT_S
        told = rate_together(studio, study, folder, url, until=lambda: finished(studio, run, export) or past(deadline))
        done = finished(studio, run, export)
    return verdict(studio.store, study, told) | {
        "run_and_export_done": done, "together_record_p95_ms": p95([s for each in told for s in each.seconds]),
    }  # fmt: skip


def past(deadline: float) -> bool:
    return time.monotonic() > deadline


def verdict(store: Any, study: Study, told: Sequence[Told]) -> dict[str, Any]:
    """What raters were told against what is on record."""
    record = store.judgments.every(study.id)
    kept = {judgment.event_id for judgment, _ in record}
    undone = {judgment.event_id for judgment, at in record if at is not None}
    standing = [judgment.question_id for judgment, at in record if at is None]
    answers, retracted = ({i for each in told for i in getattr(each, name)} for name in ("answers", "undone"))
    errors = [error for each in told for error in each.errors]
    return {
        "lost": len(answers - kept) + len(retracted - undone), "twice": len(standing) - len(set(standing)),
        "errors": len(errors), "error": errors[0] if errors else "", "answers_together": len(answers),
    }  # fmt: skip


def figures(url: str | None, answers: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store: SqlStore = open_store(url, folder)
        studio = Studio(store)
        study = pictured(studio, ITEMS)
        studio.learning.current(study)
        raters = [studio.labelling.rater(study, f"rater {n}") for n in range(RATERS)]
        answered(store, study, raters, answers)
        found = record_figures(studio, study, raters) | together_figures(studio, study, folder, url)
        store.close()
    return found


def postgresql(answers: int) -> dict[str, Any] | None:
    programs = binaries()
    if programs is None:
        print("No PostgreSQL server is installed (Debian: apt install postgresql).", file=sys.stderr)
        return None
    server = Server(programs)
    try:
        return figures(server.url("postgres"), answers)
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--answers", type=int, default=100_000, help="in the store before anything is timed")
    parser.add_argument("--databases", default="sqlite,postgresql", help="which to measure, with commas")
    args = parser.parse_args()
    measure = {"sqlite": lambda: figures(None, args.answers), "postgresql": lambda: postgresql(args.answers)}
    if unknown := set(args.databases.split(",")) - set(measure):
        parser.error(f"unknown database {sorted(unknown)[0]!r}; choose from {', '.join(measure)}")
    found = {name: measure[name]() for name in args.databases.split(",")}
    print(json.dumps(found) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()), flush=True)
    sys.exit(any(each is None for each in found.values()))


if __name__ == "__main__":
    main()
