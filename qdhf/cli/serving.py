"""Commands that keep things running: the app with its worker, and the doctor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from qdhf.cli.base import command, err, out, studio
from qdhf.cli.models import able
from qdhf.errors import QdhfError

ROOT = Path(__file__).resolve().parents[2]
LOW_DISK = 2 * 1024**3  # bytes


class Kept:
    """A child process that is started again when it dies by itself, a little later each time."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name, self._arguments, self._wait = name, arguments, 1.0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._arguments, cwd=ROOT)
        self._due: float | None = None

    def look(self) -> None:
        """Notice a death; start again once the wait is over."""
        if self.process.poll() is None:
            return
        if self._due is None:
            err.print(f"the {self.name} ended ({self.process.returncode}); it starts again in {self._wait:.0f} s")
            self._due, self._wait = time.monotonic() + self._wait, min(60.0, self._wait * 2)
        elif time.monotonic() >= self._due:
            self.start()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@command("serve")
def serve(
    port: Annotated[int, typer.Option(help="Where the app listens")] = 8501,
    worker: Annotated[bool, typer.Option(help="Start a worker beside the app")] = True,
) -> None:
    """Open the app, with a worker beside it."""
    os.environ["QDHF_HOME"] = str(Path(os.environ.get("QDHF_HOME", "data")).resolve())
    with studio():
        pass  # the database is made or brought up to date before two processes open it
    front = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    children = [Kept("app", front)]
    if worker:
        children.append(Kept("worker", [sys.executable, str(ROOT / "worker.py")]))
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: stopping.append(number))
    out.print(f"QDHF Studio is at http://localhost:{port} (stop with Ctrl-C)", highlight=False)
    while not stopping:
        time.sleep(0.5)
        for child in children:
            child.look()
    for child in children:
        child.stop()


def _check(name: str, good: bool, advice: str) -> bool:
    out.print(f"{'ok  ' if good else 'BAD '} {name}" + ("" if good else f": {advice}"), highlight=False, markup=False)
    return good


@command("doctor")
def doctor() -> None:
    """Look for what keeps the app from working; exit status 2 if anything does."""
    results = []
    with studio() as s:
        results.append(_check("database opens and is up to date", bool(s.store.studies.all() is not None), ""))
        results.append(_check("a worker is alive", s.store.workers.alive(), "start one with `make worker`"))
        folder = Path(os.environ.get("QDHF_HOME", "data"))
        results.append(_check("disk space", shutil.disk_usage(folder).free > LOW_DISK, "less than 2 GB are free"))
        for name, load in _models().items():
            try:
                load()
                results.append(_check(name, True, ""))
            except QdhfError as error:
                results.append(_check(name, False, str(error)))
    out.print(able(), highlight=False, markup=False)
    if not all(results):
        raise QdhfError(f"{results.count(False)} of {len(results)} checks failed.")


def _models() -> dict[str, Callable[[], object]]:
    from qdhf.registry import open_encoder, open_generator, open_scorer
    from qdhf.types import GeneratorSpec

    return {
        "shipped text-to-image model": lambda: open_generator(GeneratorSpec(), None),
        "image encoder": lambda: open_encoder("efficientnet-lite0"),
        "quality measure": lambda: open_scorer("agreement", open_encoder("efficientnet-lite0")),
        "text encoder": lambda: open_encoder("minilm"),
        "shipped language model": lambda: open_generator(GeneratorSpec(name="language"), None),
    }
