"""Items, their genomes, and a study's items as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdhf.types.base import FloatArray, IntArray, ItemKind
from qdhf.types.steering import Steering, steering_from_record
from qdhf.types.studies import Study


@dataclass(frozen=True, kw_only=True)
class Variation:
    """One spherical step of initial latents: z ← sqrt(1 − σ²)·z + σ·ε, with ε ~ N(0, I) drawn from ``seed``."""

    seed: int
    sigma: float


@dataclass(frozen=True, kw_only=True)
class Genome:
    """All that a generator needs to make the item again, bit for bit on the same device.

    The initial latents are N(0, I) from ``seed``, or the stored array with SHA-256 ``latents`` where they are
    no function of a seed (crossover, targeted step); then each step of ``path`` is applied in order. ``steering``:
    what pulled at the picture while it was drawn. ``temperature`` and ``tokens`` (at most so many new ones) are for texts,
    whose latents are the noise that picks each token.
    """

    prompt: str
    seed: int
    path: tuple[Variation, ...] = ()
    latents: str | None = None
    negative_prompt: str = ""
    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    parents: tuple[str, ...] = ()
    emitter: str = "fresh"
    steering: Steering | None = None
    temperature: float | None = None
    tokens: int | None = None


LATER = ("steering", "temperature", "tokens")  # fields that genomes did not have from the first


def genome_record(genome: Genome) -> dict[str, Any]:
    """``genome`` as JSON-ready values; :func:`genome_from_record` reads them back. Fields that came later are left out where
    they are None: such a genome is written as it always was, byte for byte."""
    return {name: value for name, value in asdict(genome).items() if value is not None or name not in LATER}


def genome_from_record(record: Mapping[str, Any]) -> Genome:
    """The genome that :func:`genome_record` wrote. Unknown keys raise TypeError: a newer program wrote them."""
    path = tuple(Variation(**step) for step in record.get("path", ()))
    steering = steering_from_record(record.get("steering"))
    return Genome(**{**record, "path": path, "parents": tuple(record.get("parents", ())), "steering": steering})


def prompt_of(study: Study, genome: Genome | None) -> str:
    """The prompt that an item's quality is measured against: its own, else the study's first, else empty."""
    return (genome.prompt if genome else "") or (study.prompts[0] if study.prompts else "")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One image or text. ``blob`` is the SHA-256 of its file (PNG for generated images, UTF-8 for texts);
    ``thumbs`` maps pixel size (128, 256) to the SHA-256 of a WebP. ``position`` counts items of the study from 0.
    """

    id: str
    study_id: str
    kind: ItemKind
    position: int
    blob: str
    media_type: str
    width: int | None
    height: int | None
    thumbs: dict[int, str]
    source: str
    genome: Genome | None
    run_id: str | None
    iteration: int | None
    slot: int | None
    created_at: datetime
    name: str = ""  # original file name of imported items
    device: str = ""  # what it was made on; "" where that is not known


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """An item about to be stored. (run_id, iteration, slot) is its idempotency key: storing it twice stores it once."""

    kind: ItemKind
    blob: str
    media_type: str
    width: int | None = None
    height: int | None = None
    thumbs: dict[int, str] = field(default_factory=dict)
    source: str
    genome: Genome | None = None
    run_id: str
    iteration: int
    slot: int
    name: str = ""
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class Facets:
    """What items are found by. ``prompt``: of its genome, "" without one; ``name``: of the imported file."""

    id: str
    position: int
    prompt: str
    source: str
    run_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StudyMatrix:
    """A study's complete items as arrays, n rows by position: what every derived thing is computed from."""

    ids: tuple[str, ...]
    positions: IntArray  # (n,)
    features: FloatArray  # (n, d) float32
    quality: FloatArray  # (n,) float32
    ruled_out: IntArray | None = None  # (n,) int8: 0 counts, 1 does not fit its prompt, 2 near copy; None: all count

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def eligible(self) -> NDArray[np.bool_] | None:
        """(n,) which items may be elites; None: all."""
        return None if self.ruled_out is None else self.ruled_out == 0

    def counted(self) -> StudyMatrix:
        """The items that count alone."""
        if self.eligible is None or self.eligible.all():
            return self
        rows = np.flatnonzero(self.eligible)
        return StudyMatrix(
            ids=tuple(self.ids[row] for row in rows), positions=self.positions[rows], features=self.features[rows],
            quality=self.quality[rows],
        )  # fmt: skip
