"""Descriptors and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass
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
