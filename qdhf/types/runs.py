"""What was asked of a run, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from qdhf.types.base import RunKind


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What was asked of a run. ``targets`` are flat cell indices to fill first; ``refit_every`` counts new answers;
    ``candidates``: proposals per item, of which the most promising is made (1: no screening).

    Pictures are steered while they are drawn (:class:`~qdhf.types.steering.Steering`) where these say so: ``pull``, strength
    of the pull towards the cell that a picture is aimed at, from the share ``pull_from`` of the steps on; ``spread``,
    strength by which the pictures of a batch are kept apart; ``avoid``, text to stay away from, from ``avoid_from`` on.

    ``near``: an item that every picture is a variation of, by steps of about ``sigma``; None: the whole map.

    ``minutes`` at work after which the run ends, whatever is left of the budget; ``patience``: batches in a row without a
    new cell or a better elite after which it ends. 0: no such end.
    """

    kind: RunKind
    budget: int
    batch: int = 8
    targets: tuple[int, ...] = ()
    refit_every: int = 20
    sigma: float = 0.4
    seed: int = 0
    candidates: int = 8
    upload: str | None = None  # SHA-256 of an uploaded zip, for imports
    folder: str | None = None  # or a folder on the worker's machine
    pull: float = 0.0
    pull_from: float = 0.0
    spread: float = 0.0
    avoid: str = ""
    avoid_from: float = 0.5
    minutes: float = 0.0
    patience: int = 0
    near: str | None = None

    @property
    def steered(self) -> bool:
        return bool(self.pull or self.spread or self.avoid.strip())


@dataclass(frozen=True, kw_only=True)
class Run:
    id: str
    study_id: str
    spec: RunSpec
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one emitter had of an iteration and made of it. ``share`` of the batch that it was given, in [0, 1]; ``made``
    items, of which ``opened`` were the first of their cell and ``bettered`` were better than its elite."""

    share: float
    made: int = 0
    opened: int = 0
    bettered: int = 0


@dataclass(frozen=True, kw_only=True)
class Screened:
    """What screening did: ``rendered`` of ``candidates`` were chosen, expected to fill or better ``promised`` cells, where
    as many unseen ones would have been expected to fill or better ``average``; ``gained``: how many did."""

    candidates: int
    rendered: int
    promised: float
    average: float
    gained: int = 0


@dataclass(frozen=True, kw_only=True)
class Iteration:
    """What one iteration of a run did: facts, written once. ``missed``: cells that were aimed at, once for each item that
    landed elsewhere; ``near``: items that landed in the cell they were aimed at or beside it. ``off`` items did not fit
    their prompt and ``copies`` were near copies, by what the study ruled out at the time; both are kept, but no elites."""

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
    shares: dict[str, Share] = field(default_factory=dict)  # by emitter
    screened: Screened | None = None
    near: int = 0
    missed: tuple[int, ...] = ()
    off: int = 0
    copies: int = 0
