"""The words of the product as plain data. Everything here is immutable and imports numpy alone.

Ids are strings that sort by time (:func:`new_id`), so records of two installations can be merged.
Arrays are float32 unless a docstring says otherwise; times are UTC.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]

ItemKind = Literal["image", "text"]
Answer = Literal["a", "b", "tie", "skip"]
Strategy = Literal["informative", "random", "repeat"]
RunKind = Literal["populate", "illuminate", "import"]
RunState = Literal["queued", "running", "paused", "done", "failed", "interrupted"]
Mark = Literal["pin", "ban"]


def new_id() -> str:
    """26 hexadecimal characters: 12 of milliseconds since 1970, 14 of randomness. Sorts by time."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(7).hex()}"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec:
    """Which generator, and how it is called.

    ``model`` is a hub id, a local folder, or ``"embedded"`` for the shipped pipeline. ``width``,
    ``height``, ``steps`` and ``guidance`` of None mean the model's own defaults.
    """

    name: str = "diffusion"  # "diffusion" | "collection" | "planted"
    model: str = "embedded"
    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    negative_prompt: str = ""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Size of the archive's grid: cells along each axis. Two axes for now."""

    dims: tuple[int, ...] = (10, 10)


@dataclass(frozen=True, kw_only=True)
class Study:
    """One exploration. ``encoder`` and ``scorer`` are names that the registries know, with the model after a
    colon where there is one: ``"efficientnet-lite0"``, ``"clip:openai/clip-vit-base-patch32"``."""

    id: str
    name: str
    brief: str
    kind: ItemKind
    prompts: tuple[str, ...]
    generator: GeneratorSpec
    encoder: str
    scorer: str
    map: MapSpec
    created_at: datetime
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Variation:
    """One spherical step of initial latents: z ← sqrt(1 − σ²)·z + σ·ε, with ε ~ N(0, I) drawn from ``seed``."""

    seed: int
    sigma: float


@dataclass(frozen=True, kw_only=True)
class Genome:
    """All that a generator needs to make the item again, bit for bit on the same device.

    The initial latents are N(0, I) from ``seed``, or the stored array with SHA-256 ``latents`` where they are
    no function of a seed (crossover, targeted step); then each step of ``path`` is applied in order.
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


def genome_record(genome: Genome) -> dict[str, Any]:
    """``genome`` as JSON-ready values; :func:`genome_from_record` reads them back."""
    return asdict(genome)


def genome_from_record(record: Mapping[str, Any]) -> Genome:
    """The genome that :func:`genome_record` wrote. Unknown keys raise TypeError: a newer program wrote them."""
    path = tuple(Variation(**step) for step in record.get("path", ()))
    return Genome(**{**record, "path": path, "parents": tuple(record.get("parents", ()))})


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


@dataclass(frozen=True, kw_only=True)
class StudyMatrix:
    """A study's complete items as arrays, n rows by position: what every derived thing is computed from."""

    ids: tuple[str, ...]
    positions: IntArray  # (n,)
    features: FloatArray  # (n, d) float32
    quality: FloatArray  # (n,) float32

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class Rater:
    id: str
    study_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """A reserved question: is ``a`` or ``b`` more like ``reference``? ``left`` says which candidate stands left.

    ``repeat_of`` names the earlier question that this one asks again with sides swapped.
    """

    id: str
    study_id: str
    rater_id: str
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    strategy: Strategy
    repeat_of: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewQuestion:
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    strategy: Strategy
    repeat_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """One answer, never changed. ``event_id`` comes from the browser and makes resending harmless.

    ``closer`` is "a" or "b" (the candidate more like the reference), "tie" (can't tell) or "skip" (not used to learn).
    """

    id: str
    event_id: str
    study_id: str
    question_id: str | None
    rater_id: str
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    closer: Answer
    strategy: Strategy
    repeat_of: str | None
    response_ms: int | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class AnswerEvent:
    """What a browser reports: an answer to a question, or (``undoes`` set) the retraction of an earlier event."""

    event_id: str
    question_id: str
    closer: Answer | None = None
    response_ms: int | None = None
    undoes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Triplets:
    """Judgments as arrays over item positions, n rows. Order of columns: reference, a, b.

    ``items``: (n, 3) int64 positions. ``target``: (n,) probability that a is closer: 1, 0, or 0.5 for "can't tell".
    ``rater``: (n,) int64. Skips are left out before this is made.
    """

    items: IntArray
    target: FloatArray
    rater: IntArray

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A descriptor: f(x) = W (x − mean) / scale. W: (k, d), mean: (d,), scale: one positive number."""

    weights: FloatArray
    mean: FloatArray
    scale: float

    def __call__(self, features: FloatArray) -> FloatArray:
        """(n, d) features to (n, k) places on the map."""
        placed: FloatArray = (np.asarray(features, np.float64) - self.mean) @ (self.weights.T / self.scale)
        return placed


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Share of judgments ordered right, with its 95 % Wilson interval. ``n`` counts judgments, ties left out."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """How far to trust a fit. ``held_out`` is measured on random questions that were never trained on; ``consistency``
    is how often raters repeat their own answer; None where there is nothing to measure yet."""

    method: str
    n_train: int
    n_held_out: int
    held_out: Accuracy | None
    baseline: Accuracy | None  # unsupervised PCA axes on the same held-out judgments
    train: Accuracy | None
    consistency: Accuracy | None
    strength: float
    lapse: float
    seconds: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A version of the descriptor. ``low``/``high``: (k,) bounds of the map. ``key`` makes storing idempotent."""

    id: str
    study_id: str
    version: int
    key: str
    encoder: str
    projection: Projection
    low: FloatArray
    high: FloatArray
    report: FitReport
    judgments: int  # how many judgments existed when it was made
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What was asked of a run. ``targets`` are flat cell indices to fill first; ``refit_every`` counts new answers."""

    kind: RunKind
    budget: int
    batch: int = 8
    targets: tuple[int, ...] = ()
    refit_every: int = 20
    sigma: float = 0.4
    seed: int = 0
    upload: str | None = None  # SHA-256 of an uploaded zip, for imports
    folder: str | None = None  # or a folder on the worker's machine


@dataclass(frozen=True, kw_only=True)
class Run:
    id: str
    study_id: str
    spec: RunSpec
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Iteration:
    """What one iteration of a run did: facts, written once."""

    run_id: str
    index: int
    items: int
    failed: int
    fit_version: int | None
    coverage: float
    qd_score: float
    seconds: float
    hits: int  # targeted proposals that landed in the wanted cell
    aimed: int
    message: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A curated set. ``items``: item ids in order of choice; ``reasons`` says how each got in."""

    id: str
    study_id: str
    name: str
    method: str
    settings: dict[str, Any]
    items: tuple[str, ...]
    reasons: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Export:
    id: str
    study_id: str
    collection_id: str
    created_at: datetime
    blob: str | None  # SHA-256 of the finished ZIP
    size: int | None
    finished_at: datetime | None
