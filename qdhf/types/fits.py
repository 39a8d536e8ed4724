"""Descriptors and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from qdhf.types.base import FloatArray


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
class Draws:
    """Other projections that the answers leave possible, s of them, each turned onto the map that people see.

    Draw j places x at ``coefficients[j]`` (k, b) · ``basis`` (b, d) · (x − ``mean``) + ``offset[j]`` (k,). On it
    P(a closer) = lapse[j] + (1 − 2·lapse[j])·σ(steepness[j]·Δ). ``steepness``, ``lapse``: (s,).
    """

    basis: FloatArray
    mean: FloatArray
    coefficients: FloatArray
    offset: FloatArray
    steepness: FloatArray
    lapse: FloatArray

    def __len__(self) -> int:
        return len(self.coefficients)

    def __call__(self, features: FloatArray) -> FloatArray:
        """(n, d) features to (s, n, k) places."""
        reduced = (np.asarray(features, np.float32) - self.mean.astype(np.float32)) @ self.basis.astype(np.float32).T
        placed: FloatArray = reduced @ self.coefficients.astype(np.float32).transpose(0, 2, 1) + self.offset[:, None]
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
    evident: float = 0.0  # probability that the answers say more than the axes that they started from
    steepness: float = 1.0  # logits per squared unit of the map: P(a closer) = lapse + (1 − 2·lapse)·σ(steepness·Δ)
    calibration: float | None = None  # expected calibration error on the held-out judgments, 0 is perfect
    newest: Accuracy | None = None  # held-out judgments about the newest elites alone
    retention: Accuracy | None = None  # on the judgments that the fit before had seen, by these axes
    retention_before: Accuracy | None = None  # the same judgments, by the axes before
    kept: float = 0.0  # share of the axes before in these (averaging across refits), 0 none
    moved: float | None = None  # mean distance that items moved since the fit before, in cells
    spread: float | None = None  # median uncertainty of an item's place, in cells (standard deviation)
    excluded: tuple[str, ...] = ()  # ids of raters whose answers were left out, sorted
    prior: str = ""  # axes of another study that these started from, as "study id:version"
    temperatures: dict[str, float] = field(
        default_factory=dict
    )  # by rater id, relative: above 1 answers less decidedly


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
    draws: Draws | None = None  # None where nothing was learned


@dataclass(frozen=True, kw_only=True)
class AxisName:
    """What people call an axis of a study's map: the axis (0 first), and words for its two ends. Latest name stands."""

    study_id: str
    axis: int
    name: str
    low: str
    high: str
    created_at: datetime
