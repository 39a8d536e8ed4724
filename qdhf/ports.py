"""What the science needs from the outside, and what the adapters promise.

Each port has a contract suite in ``tests/contracts`` that runs over every implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from qdhf.ports_judgments import Changes as Changes
from qdhf.ports_judgments import JudgmentBook as JudgmentBook
from qdhf.ports_judgments import Seen as Seen
from qdhf.ports_judgments import Undone as Undone
from qdhf.ports_notes import RemakeBook as RemakeBook
from qdhf.ports_notes import RemarkBook as RemarkBook
from qdhf.ports_people import AccessBook as AccessBook
from qdhf.ports_people import ExclusionBook as ExclusionBook
from qdhf.ports_people import GuideBook as GuideBook
from qdhf.ports_sets import BundleBook as BundleBook
from qdhf.ports_sets import CollectionBook as CollectionBook
from qdhf.types import (
    Aim,
    AxisName,
    Facets,
    Fit,
    FloatArray,
    Genome,
    Item,
    ItemKind,
    Iteration,
    NewItem,
    Run,
    RunSpec,
    RunState,
    Study,
    StudyMatrix,
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """One generated thing: ``data`` is the encoded file (PNG or UTF-8), ``genome`` the resolved one (nothing None that
    the generator chose). ``pixels``: (h, w, 3) uint8 for images."""

    genome: Genome
    data: bytes
    media_type: str
    pixels: np.ndarray[Any, np.dtype[np.uint8]] | None = None
    text: str | None = None


@runtime_checkable
class Generator(Protocol):
    """Makes items from genomes. Same genome, same device: same bytes. One generator per process; not thread-safe."""

    kind: ItemKind

    @property
    def key(self) -> str:
        """Name and revision of the model, stored with each item as its source."""
        ...

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one initial latent array; () for generators without latents."""
        ...

    def latents(self, genome: Genome) -> FloatArray:
        """The initial latents that ``genome`` stands for, float32 of ``latent_shape``."""
        ...

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        """Make every genome, in order. Splits into batches that fit the device."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Turns items into feature vectors; ``key`` names model and revision, and a study never mixes two."""

    kind: ItemKind

    @property
    def key(self) -> str: ...

    @property
    def size(self) -> int:
        """Length of a feature vector."""
        ...

    def encode(self, things: Sequence[Any]) -> FloatArray:
        """(n, size) float32. Images: (h, w, 3) uint8 arrays of any size; texts: strings."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Quality of items, higher is better, comparable within a study. In [0, 1] where a scale is meaningful."""

    kind: ItemKind

    @property
    def key(self) -> str: ...

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        """(n,) float32, finite."""
        ...


class Blobs(Protocol):
    """Reads and keeps files by SHA-256."""

    def put(self, data: bytes) -> str:
        """Keep ``data``; returns its SHA-256. Keeping it again costs nothing."""

    def get(self, sha256: str) -> bytes:
        """Raises NotFound where the file is missing, StorageFailure where it no longer matches its name."""

    def put_file(self, path: str | Path, *, own: bool = False) -> str:
        """Keep the file at ``path``, whatever its size; returns its SHA-256. ``own``: it may be taken away."""

    def path(self, sha256: str) -> str:
        """Where the file lies, as a local path or an fsspec URL. Raises NotFound."""


class StudyBook(Protocol):
    def create(self, study: Study) -> Study: ...
    def get(self, study_id: str) -> Study:
        """Raises NotFound."""

    def all(self) -> list[Study]:
        """Newest first."""

    def aim(self, study_id: str) -> Aim:
        """What its quality is made of; the measure alone where nobody set anything."""

    def set_aim(self, aim: Aim) -> None:
        """Append an aim, which stands from now on. Raises NotFound."""


class ItemBook(Protocol):
    def add(self, study_id: str, items: Sequence[NewItem]) -> list[Item]:
        """Store items with consecutive positions. A (run, iteration, slot) that is there already is returned as it is."""

    def get(self, item_id: str) -> Item: ...
    def many(self, ids: Sequence[str]) -> list[Item]:
        """In the order of ``ids``. Raises NotFound naming the first that is missing."""

    def of_study(self, study_id: str, after: int = -1, limit: int | None = None) -> list[Item]:
        """By position, those with position > ``after``."""

    def facets(self, study_id: str, after: int = -1) -> list[Facets]:
        """What the items with position > ``after`` are found by, by position."""

    def newest(self, study_id: str, limit: int, run_id: str | None = None) -> list[Item]: ...
    def count(self, study_id: str, run_id: str | None = None) -> int: ...
    def children(self, item_id: str) -> list[Item]: ...
    def links(self, parents: Sequence[str]) -> list[tuple[str, str]]:
        """(parent, child) for all children of ``parents``, the oldest child first."""

    def batch(self, run_id: str, iteration: int) -> list[Item]:
        """What an iteration of a run made, by slot."""


class FactBook(Protocol):
    """What was computed from contents, once per content: features by (blob, encoder), scores by (blob, scorer, prompt)."""

    def add_features(self, encoder: str, blobs: Sequence[str], features: FloatArray) -> None:
        """Those already there are left as they are."""

    def known_features(self, encoder: str, blobs: Sequence[str]) -> set[str]: ...
    def vectors(self, encoder: str, blobs: Sequence[str]) -> dict[str, FloatArray]:
        """The (d,) float32 features of those of ``blobs`` that have some."""

    def add_scores(self, scorer: str, rows: Sequence[tuple[str, str, float]]) -> None:
        """Rows of (blob, prompt, value)."""

    def known_scores(self, scorer: str, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]: ...
    def matrix(self, study: Study, after: int = -1) -> StudyMatrix:
        """Items with position > ``after`` that have both features and a score, as arrays, by position."""


class FitBook(Protocol):
    def add(self, fit: Fit) -> Fit:
        """Store the next version. A fit with the same (study, key) is returned as it is. ``version`` is set here."""

    def latest(self, study_id: str) -> Fit | None: ...
    def get(self, study_id: str, version: int) -> Fit: ...
    def all(self, study_id: str) -> list[Fit]: ...
    def name_axis(self, name: AxisName) -> None:
        """Append a name: 1 to 60 characters, low and high up to 60, axis 0 to 3. Raises InvalidInput, NotFound."""

    def axis_names(self, study_id: str) -> dict[int, AxisName]:
        """The latest name of each axis that has one."""


class RunBook(Protocol):
    def add(self, study_id: str, spec: RunSpec) -> Run: ...
    def get(self, run_id: str) -> Run: ...
    def of_study(self, study_id: str) -> list[Run]:
        """Newest first."""

    def note(self, iteration: Iteration) -> None:
        """Write what an iteration did; a (run, index) that is there already is left as it is."""

    def iterations(self, run_id: str) -> list[Iteration]: ...


class Jobs(Protocol):
    """Background work, by id of its run or export. State is the queue engine's own; nothing is copied."""

    def start(self, kind: str, job_id: str, share: str = "") -> None:
        """Enqueue ``kind`` ("run", "export", "remake"). Starting the same id again does nothing. Jobs of one ``share`` (a study's
        id) are worked one after the other, those of several side by side; none named: those of one kind."""

    def sharing(self, job_id: str) -> int:
        """How many jobs of its kind its worker works side by side, itself included. Raises NotFound."""

    def state(self, job_id: str) -> RunState: ...
    def error(self, job_id: str) -> str | None: ...
    def pause(self, job_id: str) -> None: ...
    def resume(self, job_id: str) -> None: ...


class Workers(Protocol):
    """Which workers live, by their own word."""

    def beat(self, executor_id: str) -> None:
        """Say that the worker ``executor_id`` lives, in this process."""

    def gone(self, executor_id: str) -> None:
        """Say that the worker stops."""

    def alive(self, within_s: float = 20.0) -> bool:
        """Whether any worker said that it lives in the last ``within_s`` seconds."""

    def check_free(self, executor_id: str) -> None:
        """Raises NotAllowed where another process lives under this name: both would work the same runs."""


class Store(Protocol):
    """All records of one installation."""

    blobs: Blobs
    work: Path  # a folder on this machine for files in the making; whoever finishes one takes it away
    studies: StudyBook
    items: ItemBook
    facts: FactBook
    judgments: JudgmentBook
    guides: GuideBook
    exclusions: ExclusionBook
    access: AccessBook
    fits: FitBook
    runs: RunBook
    remarks: RemarkBook
    remakes: RemakeBook
    collections: CollectionBook
    bundles: BundleBook
    jobs: Jobs
    workers: Workers

    def close(self) -> None: ...
