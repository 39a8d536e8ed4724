"""From genomes to items with features and quality: in this process, or spread over others that do the same.

What the steps of a run ask for is an :class:`Evaluator`. :class:`InProcess` is the one that works; ``spreading`` gives
portions of a batch to many of them, and ``cluster`` starts those on other machines with Ray.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.machine import made_on
from qdhf.ports import Blobs, Encoder, Generator, Made, Scorer
from qdhf.types import FloatArray, Genome, Study, prompt_of

log = logging.getLogger(__name__)
SHOWN = 60  # characters of a prompt in a message


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """An item about to be stored, its files kept already. ``genome``: the resolved one; ``thumbs``: SHA-256 by size in
    pixels; ``features``: (d,) float32 by the study's encoder; ``quality``: by its scorer, for the genome's prompt;
    ``device``: what it was made on."""

    genome: Genome
    blob: str
    media_type: str
    width: int | None
    height: int | None
    thumbs: dict[int, str]
    source: str
    features: FloatArray
    quality: float
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A genome that could not be made, and why."""

    genome: Genome
    error: QdhfError

    def named(self, slot: int, size: int) -> str:
        """The reason, with which item of its batch of ``size`` it was."""
        prompt = self.genome.prompt if len(self.genome.prompt) <= SHOWN else f"{self.genome.prompt[:SHOWN]}…"
        return f"Item {slot + 1} of {size} (prompt “{prompt}”, seed {self.genome.seed}) could not be made: {self.error}"


Outcome = Evaluated | Failed


class Evaluator(Protocol):
    def evaluate(self, study: Study, genomes: Sequence[Genome]) -> list[Outcome]:
        """One outcome per genome, in their order. Keeps the files; the same genomes keep the same files.

        Raises MissingModel or InvalidInput where a model cannot be opened, and the error of the first genome, its item
        named, where not one could be made.
        """
        ...


class Models:
    """Generator, encoder and scorer of one study at a time, opened when first needed and kept warm."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self._open: dict[tuple[str, str], Any] = {}

    def _get(self, kind: str, key: str, make: Callable[[], Any]) -> Any:
        if (kind, key) not in self._open:
            for old in [k for k in self._open if k[0] == kind]:
                del self._open[old]  # one of a kind in memory
            self._open[kind, key] = make()
        return self._open[kind, key]

    def generator(self, study: Study) -> Generator:
        """Raises MissingModel, InvalidInput."""
        from qdhf.registry import open_generator

        encoder = self.encoder(study)
        generator: Generator = self._get(
            "generator",
            f"{study.generator!r} steered by {encoder.key}",
            lambda: open_generator(study.generator, self.blobs, encoder),
        )
        return generator

    def encoder(self, study: Study) -> Encoder:
        """Raises MissingModel, InvalidInput."""
        from qdhf.registry import open_encoder

        encoder: Encoder = self._get("encoder", study.encoder, lambda: open_encoder(study.encoder))
        return encoder

    def scorer(self, study: Study) -> Scorer:
        """Raises MissingModel, InvalidInput."""
        from qdhf.registry import open_scorer

        key = f"{study.scorer} on {study.encoder}"
        scorer: Scorer = self._get("scorer", key, lambda: open_scorer(study.scorer, self.encoder(study)))
        return scorer


class InProcess:
    """An :class:`Evaluator` on this machine's own device. One per process; not thread-safe.

    While the generator works on a part, the files of the part before are written; thumbnails are made meanwhile.
    """

    def __init__(self, models: Models, pool: ThreadPoolExecutor | None = None) -> None:
        self.models, self._blobs = models, models.blobs
        self._pool = pool or ThreadPoolExecutor(os.cpu_count(), "files")  # thumbnails and fsync free the interpreter

    def evaluate(self, study: Study, genomes: Sequence[Genome]) -> list[Outcome]:
        return settled(self.attempt(study, genomes))

    def attempt(self, study: Study, genomes: Sequence[Genome]) -> list[Outcome]:
        """As :meth:`evaluate`, but where nothing could be made every outcome says why."""
        generator = self.models.generator(study)
        size = len(genomes) if together(genomes) else getattr(generator, "batch", None) or len(genomes)
        tried: list[Made | Failed] = []
        files: dict[int, Future[str]] = {}
        thumbs: dict[int, Future[dict[int, str]]] = {}
        for start in range(0, len(genomes), max(1, size)):
            for made in _tried(generator, genomes[start : start + size]):
                if isinstance(made, Made):
                    files[len(tried)] = self._pool.submit(self._blobs.put, made.data)
                    thumbs[len(tried)] = self._pool.submit(self._thumbs, made)
                tried.append(made)
        blobs = {slot: future.result() for slot, future in files.items()}
        features, quality = self._judged(study, {slot: m for slot, m in enumerate(tried) if isinstance(m, Made)}, blobs)
        return [
            made if isinstance(made, Failed) else _evaluated(
                made, blobs[slot], thumbs[slot].result(), generator, (features[slot], quality[slot])
            )
            for slot, made in enumerate(tried)
        ]  # fmt: skip

    def _thumbs(self, made: Made) -> dict[int, str]:
        from qdhf.passages import text_thumbnails
        from qdhf.pictures import thumbnails

        small = text_thumbnails(made.text or "") if made.pixels is None else thumbnails(made.pixels)
        return {size: self._blobs.put(data) for size, data in small.items()}

    def _judged(
        self, study: Study, made: dict[int, Made], blobs: dict[int, str]
    ) -> tuple[dict[int, FloatArray], dict[int, float]]:
        """Features and quality by slot. Equal contents are encoded once, and scored once for each prompt."""
        if not made:
            return {}, {}
        things = {blobs[slot]: m.text if m.pixels is None else m.pixels for slot, m in made.items()}
        pairs = {slot: (blobs[slot], prompt_of(study, m.genome)) for slot, m in made.items()}
        distinct = list(dict.fromkeys(pairs.values()))
        encoded = dict(zip(things, self.models.encoder(study).encode(list(things.values())), strict=True))
        values = self.models.scorer(study).score([things[blob] for blob, _ in distinct], [p for _, p in distinct])
        scored = dict(zip(distinct, np.nan_to_num(values).tolist(), strict=True))
        return {slot: encoded[blobs[slot]] for slot in made}, {slot: scored[pair] for slot, pair in pairs.items()}


def together(genomes: Sequence[Genome]) -> bool:
    """Whether these must be made in one call, since they keep apart from each other while they are drawn."""
    return any(g.steering is not None and g.steering.apart is not None for g in genomes)


def settled(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """``outcomes``, where any item was made of any. Raises the first one's error, its item named, where none was."""
    first = outcomes[0] if outcomes else None
    if isinstance(first, Failed) and all(isinstance(outcome, Failed) for outcome in outcomes):
        raise type(first.error)(first.named(0, len(outcomes))) from first.error
    return list(outcomes)


def _tried(generator: Generator, genomes: Sequence[Genome]) -> list[Made | Failed]:
    """``genomes`` made together or, where that fails, one by one, to learn which of them it was."""
    try:
        return list(generator.generate(genomes))
    except Exception as error:
        if len(genomes) > 1:
            return [tried for genome in genomes for tried in _tried(generator, [genome])]
        if isinstance(error, QdhfError):
            return [Failed(genome=genomes[0], error=error)]
        log.exception("%s failed", generator.key)
        return [Failed(genome=genomes[0], error=QdhfError(f"{type(error).__name__}: {error}"))]


def _evaluated(
    made: Made, blob: str, thumbs: dict[int, str], generator: Generator, judged: tuple[FloatArray, float]
) -> Evaluated:
    height, width = made.pixels.shape[:2] if made.pixels is not None else (None, None)
    return Evaluated(
        genome=made.genome, blob=blob, media_type=made.media_type, width=width, height=height, thumbs=thumbs,
        source=generator.key, features=judged[0], quality=judged[1], device=made_on(generator),
    )  # fmt: skip


class Maker:
    """What runs in every other process: one :class:`InProcess`, whose models stay warm from batch to batch.

    ``blobs``: the worker's file store, sent whole; ``known``: the SHA-256 of a file that the worker put there;
    ``beside``: how many of its kind share the machine's cores.
    """

    def __init__(
        self, blobs: Blobs, known: str, *, beside: int = 1, open_models: Callable[[Blobs], Models] = Models
    ) -> None:
        os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // beside))  # read when torch is first loaded
        self._blobs, self._known = blobs, known
        self._bench = InProcess(open_models(blobs))

    def ready(self) -> int:
        """This process's id, once it is sure to write where the worker reads. Raises InvalidInput."""
        import socket

        try:
            self._blobs.get(self._known)
        except QdhfError as error:
            raise InvalidInput(
                f"The machine {socket.gethostname()} does not reach the files of this studio: {error} Set QDHF_BLOBS to a "
                "folder or an fsspec URL (s3://…) that every machine of the cluster reaches, and start the worker again."
            ) from error
        return os.getpid()

    def attempt(self, study: Study, genomes: Sequence[Genome]) -> list[Outcome]:
        """See :meth:`InProcess.attempt`."""
        return self._bench.attempt(study, genomes)
