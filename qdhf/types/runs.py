"""What was asked of a run, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qdhf.types.base import RunKind


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
