"""Makers that are real processes of this machine, and generators that die or refuse when their genome says so."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qdhf.generators.planted import PlantedGenerator
from qdhf.ports import Blobs, Generator, Made
from qdhf.search.evaluating import Maker, Models
from qdhf.search.spreading import Lost
from qdhf.types import GeneratorSpec, Genome, MapSpec, Study, now

STUDY = Study(
    id="s", name="Planted", brief="", kind="image", prompts=("disc", "square"), generator=GeneratorSpec(name="planted"),
    encoder="pixels", scorer="colour", map=MapSpec(), created_at=now(),
)  # fmt: skip
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "qdhf.registry", "qdhf.encoders.pixels", "qdhf.scoring.plain", "pytest"])


class Moody(PlantedGenerator):
    """Planted pictures. A prompt "kill" kills the process, "kill once: <file>" the first time, "refuse" raises."""

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        for genome in genomes:
            word, _, file = genome.prompt.partition(": ")
            if word == "kill" or (word == "kill once" and _first(Path(file))):
                os.kill(os.getpid(), signal.SIGKILL)
            if word == "refuse":
                raise RuntimeError("the noise was too loud")
        return super().generate(genomes)


class MoodyModels(Models):
    def generator(self, study: Study) -> Generator:
        generator: Generator = self._get("generator", "moody", lambda: Moody(blobs=self.blobs))
        return generator


def _first(file: Path) -> bool:
    try:
        file.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def serve(pipe: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """What each process does: be a maker, and answer with (True, result) or (False, error)."""
    maker = Maker(*arguments, **options)
    while True:
        method, *given = pipe.recv()
        try:
            pipe.send((True, getattr(maker, method)(*given)))
        except Exception as error:
            pipe.send((False, error))


class ProcessCrew:
    """A :class:`qdhf.search.spreading.Crew`; ``given`` counts the genomes that were handed out."""

    def __init__(self, blobs: Blobs, makers: int, known: str | None = None, serve: Callable[..., None] = serve) -> None:
        self._blobs, self._makers, self._serve = blobs, makers, serve
        self._known = known or blobs.put(b"known")
        self.alive: dict[Any, Any] = {}  # processes by their pipes
        self.hired, self.given = 0, 0

    def size(self) -> int:
        return self._makers

    def hire(self) -> tuple[Any, Any]:
        ours, theirs = PROCESSES.Pipe()
        arguments = (theirs, (self._blobs, self._known), {"open_models": MoodyModels})
        process = PROCESSES.Process(target=self._serve, args=arguments, daemon=True)
        process.start()
        theirs.close()  # so that the end of the process ends the pipe
        self.alive[ours] = process
        self.hired += 1
        ours.send(("ready",))
        return ours, ours

    def look(self, maker: Any) -> Any:
        return self._ask(maker, "ready")

    def give(self, maker: Any, study: Study, genomes: Sequence[Genome]) -> Any:
        self.given += len(genomes)
        return self._ask(maker, "attempt", study, genomes)

    def _ask(self, maker: Any, *message: Any) -> Any:
        with contextlib.suppress(OSError):  # it died; the answer says so
            maker.send(message)
        return maker

    def ended(self, calls: Sequence[Any], seconds: float) -> Sequence[Any]:
        return multiprocessing.connection.wait(calls, seconds)

    def result(self, call: Any) -> Any:
        try:
            good, result = call.recv()
        except (EOFError, OSError) as error:
            raise Lost("the process ended") from error
        if not good:
            raise result
        return result

    def dismiss(self, maker: Any) -> None:
        process = self.alive.pop(maker)
        process.kill()
        process.join()
        maker.close()

    def lacks(self) -> str:
        return "nobody was hired"
