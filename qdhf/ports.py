"""What the science needs from the outside, and what the adapters promise.

Each port has a contract suite in ``tests/contracts`` that runs over every implementation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from qdhf.ports_people import AccessBook as AccessBook
from qdhf.ports_people import ExclusionBook as ExclusionBook
from qdhf.ports_people import GuideBook as GuideBook
from qdhf.types import (
    AnswerEvent,
    AxisName,
    Collection,
    Export,
    Fit,
    FloatArray,
    Genome,
    Item,
    ItemKind,
    Iteration,
    Judgment,
    Mark,
    NewItem,
    NewQuestion,
    Question,
    Rater,
    Run,
    RunSpec,
    RunState,
    Study,
    StudyMatrix,
)

Undone = Mapping[str, datetime]  # when answers were taken back, by event id


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How far one has read a study's answers: the number of the last one, and how many had been taken back by then."""

    serial: int
    retractions: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """``answers``: recorded since what was seen, and standing, oldest first. ``undone``: where any answer was taken back
    since, the ids of all judgments of the study that ever were, else none. ``seen``: up to where this was read."""

    answers: list[Judgment]
    undone: frozenset[str]
    seen: Seen


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

    def put_file(self, path: str | Path) -> str:
        """Keep the file at ``path``, whatever its size; returns its SHA-256."""

    def path(self, sha256: str) -> str:
        """Where the file lies, as a local path or an fsspec URL. Raises NotFound."""


class StudyBook(Protocol):
    def create(self, study: Study) -> Study: ...
    def get(self, study_id: str) -> Study:
        """Raises NotFound."""

    def all(self) -> list[Study]:
        """Newest first."""


class ItemBook(Protocol):
    def add(self, study_id: str, items: Sequence[NewItem]) -> list[Item]:
        """Store items with consecutive positions. A (run, iteration, slot) that is there already is returned as it is."""

    def get(self, item_id: str) -> Item: ...
    def many(self, ids: Sequence[str]) -> list[Item]:
        """In the order of ``ids``. Raises NotFound naming the first that is missing."""

    def of_study(self, study_id: str, after: int = -1, limit: int | None = None) -> list[Item]:
        """By position, those with position > ``after``."""

    def newest(self, study_id: str, limit: int, run_id: str | None = None) -> list[Item]: ...
    def count(self, study_id: str, run_id: str | None = None) -> int: ...
    def children(self, item_id: str) -> list[Item]: ...


class FactBook(Protocol):
    """What was computed from contents, once per content: features by (blob, encoder), scores by (blob, scorer, prompt)."""

    def add_features(self, encoder: str, blobs: Sequence[str], features: FloatArray) -> None:
        """Those already there are left as they are."""

    def known_features(self, encoder: str, blobs: Sequence[str]) -> set[str]: ...
    def add_scores(self, scorer: str, rows: Sequence[tuple[str, str, float]]) -> None:
        """Rows of (blob, prompt, value)."""

    def known_scores(self, scorer: str, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]: ...
    def matrix(self, study: Study, after: int = -1) -> StudyMatrix:
        """Items with position > ``after`` that have both features and a score, as arrays, by position."""


class JudgmentBook(Protocol):
    def rater(self, study_id: str, name: str, *, subject: str | None = None, invite_id: str | None = None) -> Rater:
        """The rater who signs in as ``subject``, or who holds the invitation, or else whose name (trimmed, 1 to 80
        characters) is all that is known; made at first use. Where somebody else has the name, they are "name (2)"."""

    def raters(self, study_id: str) -> list[Rater]: ...
    def reserve(self, study_id: str, rater_id: str, questions: Sequence[NewQuestion]) -> list[Question]:
        """In order, without those that another rater holds at this moment. Raises NotFound, InvalidInput (see
        :func:`qdhf.types.answering.check_question`)."""

    def waiting(self, study_id: str, rater_id: str | None = None) -> list[Question]:
        """Reserved for this rater (or anyone) and not answered, or answered and undone, oldest first. A reservation ends
        after ten minutes."""

    def questions(self, ids: Sequence[str]) -> list[Question]: ...
    def record(self, rater_id: str, events: Sequence[AnswerEvent]) -> list[str]:
        """Append answers and retractions in one transaction; returns the event ids now on record (new or resent).
        An event for a question of another rater raises NotAllowed, one that does not fit it InvalidInput; an answer to a
        question that already has a standing answer is refused silently (its id is not returned)."""

    def standing(self, study_id: str, rater_id: str | None = None, after: str | None = None) -> list[Judgment]:
        """Answers that were not undone, oldest first."""

    def changes(self, study_id: str, since: Seen | None = None) -> Changes:
        """What :meth:`standing` would say, as a difference: what came and went since ``since`` (None: the beginning).
        Takes as long as that is much, not as the study is large."""

    def every(self, study_id: str) -> list[tuple[Judgment, datetime | None]]:
        """All answers ever given, each with when it was undone."""

    def count(self, study_id: str, rater_id: str | None = None) -> int:
        """Standing answers, skips included."""

    def import_answers(self, study_id: str, answers: Sequence[Judgment], undone: Undone | None = None) -> int:
        """Append judgments from elsewhere with their questions (event ids make it repeatable); returns how many were new."""


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


class CollectionBook(Protocol):
    def add(self, collection: Collection) -> Collection: ...
    def get(self, collection_id: str) -> Collection: ...
    def of_study(self, study_id: str) -> list[Collection]: ...
    def mark(self, study_id: str, item_id: str, mark: Mark | None) -> None:
        """Pin or ban an item, or (None) take the mark away."""

    def marks(self, study_id: str) -> dict[str, Mark]: ...
    def add_export(self, study_id: str, collection_id: str) -> Export: ...
    def finish_export(self, export_id: str, blob: str, size: int) -> Export: ...
    def export(self, export_id: str) -> Export: ...
    def exports(self, study_id: str) -> list[Export]: ...


class Jobs(Protocol):
    """Background work, by id of its run or export. State is the queue engine's own; nothing is copied."""

    def start(self, kind: str, job_id: str) -> None:
        """Enqueue ``kind`` ("run" | "export"). Starting the same id again does nothing."""

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
    studies: StudyBook
    items: ItemBook
    facts: FactBook
    judgments: JudgmentBook
    guides: GuideBook
    exclusions: ExclusionBook
    access: AccessBook
    fits: FitBook
    runs: RunBook
    collections: CollectionBook
    jobs: Jobs
    workers: Workers

    def close(self) -> None: ...
