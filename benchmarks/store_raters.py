"""Raters who answer at once: threads of this process, as the app has them, and as many in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from qdhf.errors import QdhfError
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, Question, Rater, Study, new_id
from storage import open_store

EACH = 4  # raters per process
PACE_S = 0.4  # a quick rater
UNDO_EVERY, AGAIN_EVERY = 7, 5


@dataclass
class Told:
    """What one rater was told: events that are on record, and errors. ``seconds``: how long each call took to record."""

    answers: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)  # answers that were taken back
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Answering:
    """One rater, until told to stop."""

    def __init__(self, studio: Studio, study: Study, name: str) -> None:
        self._studio, self._study, self.told = studio, study, Told()
        self._rater: Rater = studio.labelling.rater(study, name)

    def run(self, stop: threading.Event) -> Told:
        number = 0
        while not stop.wait(PACE_S):
            try:
                self._answer(self._studio.labelling.queue(self._study, self._rater)[0], number)
            except QdhfError as error:
                self.told.errors.append(str(error))
            number += 1
        return self.told

    def _answer(self, question: Question, number: int) -> None:
        event = AnswerEvent(event_id=new_id(), question_id=question.id, closer="a", response_ms=900)
        for _ in range(2 if number % AGAIN_EVERY == 0 else 1):  # a browser that heard no reply sends again
            self.told.answers += self._record(event)
        if number % UNDO_EVERY == 0:
            undo = AnswerEvent(event_id=new_id(), question_id=question.id, undoes=event.event_id)
            if self._record(undo):
                self.told.undone.append(event.event_id)

    def _record(self, event: AnswerEvent) -> list[str]:
        start = time.perf_counter()
        try:
            return self._studio.labelling.record(self._rater, [event])
        finally:
            self.told.seconds.append(time.perf_counter() - start)


def rate(studio: Studio, study: Study, names: Sequence[str], stop: threading.Event) -> list[Told]:
    """Each of ``names`` in a thread of its own, until ``stop``."""
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: Answering(studio, study, name).run(stop), names))


def rate_together(
    studio: Studio, study: Study, folder: Path, url: str | None, *, until: Callable[[], bool]
) -> list[Told]:
    """Eight raters in two processes, until ``until`` says so; what each was told."""
    command = [sys.executable, "-m", "benchmarks.store_raters", study.id, str(folder), url or ""]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        stop = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            here = pool.submit(rate, studio, study, [f"rater {n}" for n in range(EACH)], stop)
            while not until():
                time.sleep(1)
            stop.set()
            there, _ = other.communicate("stop\n")
            return here.result() + [Told(**told) for told in json.loads(there)]


def main(study_id: str, folder: str, url: str) -> None:
    """The other process: rates until a line comes in, then prints what its raters were told."""
    store, stop = open_store(url or None, folder), threading.Event()
    studio = Studio(store)
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    told = rate(studio, studio.studies.get(study_id), [f"rater {n}" for n in range(EACH, 2 * EACH)], stop)
    print(json.dumps([asdict(each) for each in told]), flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
