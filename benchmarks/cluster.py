"""Batches spread over Ray actors on this machine, around a generator that sleeps and then draws planted pictures.

    python -m benchmarks.cluster --json

``efficiency``: seconds of one actor over (actors × seconds of so many), for one batch given to warm actors. Then a run
of the real worker whose actor is killed, then the worker itself, both with kill -9 in the middle: ``lost`` and
``duplicated`` items, against the same run made undisturbed in one process. Needs requirements-cluster.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import worker
from benchmarks.planted_study import PROMPTS, work
from qdhf.generators.planted import PlantedGenerator
from qdhf.ports import Generator, Made, Store
from qdhf.search.cluster import RayCrew
from qdhf.search.evaluating import Models
from qdhf.search.spreading import Spread
from qdhf.studio import Studio
from qdhf.studio.engine import Engine
from qdhf.types import GeneratorSpec, Genome, Run, RunSpec, Study
from storage import open_store

SLEEP_S = 0.5  # per picture
ACTORS = (1, 2, 4)
PATIENCE_S = 180


class SleepingGenerator(PlantedGenerator):
    """Planted pictures that take ``SLEEP_S`` each."""

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        time.sleep(SLEEP_S * len(genomes))
        return super().generate(genomes)


class SleepingModels(Models):
    """Opened in every actor."""

    def generator(self, study: Study) -> Generator:
        generator: Generator = self._get("generator", "sleeping", lambda: SleepingGenerator(blobs=self.blobs))
        return generator


def spread(store: Store, actors: int) -> Spread:
    return Spread(RayCrew("local", store.blobs, actors=actors, open_models=SleepingModels))


def planted(studio: Studio) -> Study:
    return studio.studies.create(
        "Spread", prompts=PROMPTS, generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )


def efficiencies(items: int, rounds: int) -> dict[str, Any]:
    """How much of so many actors' time is used, the best of ``rounds`` each: machines are shared."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder=folder)
        study = planted(Studio(store))
        seconds = {n: _seconds(store, study, n, items, rounds) for n in ACTORS}
        store.close()
    return {
        "efficiency": {str(n): round(seconds[1] / (n * seconds[n]), 3) for n in ACTORS},
        "batch_s": {str(n): round(s, 3) for n, s in seconds.items()},
    }


def _seconds(store: Store, study: Study, actors: int, items: int, rounds: int) -> float:
    evaluator, found = spread(store, actors), []
    evaluator.evaluate(study, [Genome(prompt="disc", seed=i) for i in range(actors)])  # starts and warms them
    for n in range(rounds):
        genomes = [Genome(prompt=PROMPTS[i % 2], seed=1000 * (n + 1) + i) for i in range(items)]
        start = time.perf_counter()
        evaluator.evaluate(study, genomes)
        found.append(time.perf_counter() - start)
    evaluator.close()
    return min(found)


def serve(actors: int) -> None:
    """What the killed process is: the worker, its batches spread over ``actors``."""

    def studio_of(store: Any) -> Studio:
        studio = Studio(store)
        studio.engine = Engine(store, studio.learning, evaluator=spread(store, actors))
        return studio

    worker.Studio = studio_of  # type: ignore[misc, assignment]
    worker.main()


@contextmanager
def working(home: Path, actors: int) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "benchmarks.cluster", "--serve", str(actors)]
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, "QDHF_HOME": str(home)}, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def until(said: Callable[[], Any], home: Path) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := said()):
        if time.monotonic() > deadline:
            raise SystemExit(f"It did not come to pass in {PATIENCE_S} s:\n{(home / 'worker.log').read_text()[-4000:]}")
        time.sleep(0.05)
    return found


def actors_of(process: psutil.Process) -> list[psutil.Process]:
    """The actors below the worker that hold models by now."""
    return [child for child in process.children(recursive=True) if "ray::Maker" in " ".join(_command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []  # it ended meanwhile


def disturbed(home: Path, run: Run, actors: int) -> dict[str, int]:
    """Work ``run`` with one actor and then the worker killed in the middle; how many were killed."""
    store = open_store(folder=home)
    store.jobs.start("run", run.id)
    batch, budget = run.spec.batch, run.spec.budget

    def made(least: int) -> Callable[[], bool]:
        return lambda: store.items.count(run.study_id, run.id) >= least

    with working(home, actors) as process:
        until(made(batch), home)
        victim = until(lambda: actors_of(process), home)[0]
        os.kill(victim.pid, signal.SIGKILL)
        until(made(budget // 2), home)
        os.kill(process.pid, signal.SIGKILL)
    with working(home, actors):
        until(lambda: store.jobs.state(run.id) == "done", home)
    store.close()
    return {"actors_killed": 1, "workers_killed": 1}


def items_of(home: Path, study_id: str) -> Counter[Any]:
    """Every item by all that makes it what it is: its place in the run, its files, its features and quality."""
    store = open_store(folder=home)
    items, matrix = store.items.of_study(study_id), store.facts.matrix(store.studies.get(study_id))
    facts = {i: (f.tobytes(), float(q)) for i, f, q in zip(matrix.ids, matrix.features, matrix.quality, strict=True)}
    found = Counter(
        (i.iteration, i.slot, i.blob, *sorted(i.thumbs.items()), repr(i.genome), facts.get(i.id)) for i in items
    )
    store.close()
    return found


def resilience(items: int, batch: int, actors: int) -> dict[str, Any]:
    """The same run twice, undisturbed in one process and with kills on a cluster; what differs."""
    with tempfile.TemporaryDirectory() as folder:
        calm, wild = Path(folder) / "calm", Path(folder) / "wild"
        store = open_store(folder=calm)
        studio = Studio(store)
        study = planted(studio)
        run = store.runs.add(study.id, RunSpec(kind="populate", budget=items, batch=batch, seed=1))
        store.close()
        shutil.copytree(calm, wild)
        work(studio, run)
        store.close()
        killed = disturbed(wild, run, actors)
        expected, found = items_of(calm, study.id), items_of(wild, study.id)
        log = (wild / "worker.log").read_text()
    slots = Counter(key[:2] for key in found.elements())
    return {
        "items": expected.total(), "lost": (expected - found).total(), "unexpected": (found - expected).total(),
        "duplicated": slots.total() - len(slots), "portions_made_again": log.count("they are made again"), **killed,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--items", type=int, default=48, help="in a batch whose time is taken")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve)
    figures = efficiencies(args.items, args.rounds) | resilience(items=240, batch=24, actors=4)
    figures |= {"sleep_s": SLEEP_S, "cores": os.cpu_count()}
    print(json.dumps(figures) if args.json else "\n".join(f"{k}: {v}" for k, v in figures.items()), flush=True)


if __name__ == "__main__":
    main()
