"""What a fit's report says, measured on answers that the fit never saw wherever it can be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.descriptors.alignment import cells_moved
from qdhf.descriptors.axes import Axes
from qdhf.descriptors.calibration import calibration
from qdhf.descriptors.monitoring import about, newest_elites
from qdhf.descriptors.validation import answer_accuracy, consistency, scores
from qdhf.judgments.answers import implied, to_answers
from qdhf.judgments.triplets import split
from qdhf.search.archive import place
from qdhf.types import Accuracy, Answers, Draws, Fit, FitReport, FloatArray, Judgment, Projection, StudyMatrix, Triplets

SPREAD_ITEMS = 500  # that the uncertainty of places is measured on


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A study's items and answers, sorted by what each may be used for.

    ``train`` may teach; ``held_out`` only measures. Of ``train``, ``seen`` taught the fit ``before`` and ``fresh`` came
    later. All oldest first.
    """

    matrix: StudyMatrix
    every: Sequence[Judgment]
    train: list[Judgment]
    held_out: list[Judgment]
    seen: list[Judgment]
    fresh: list[Judgment]
    before: Fit | None

    @staticmethod
    def of(matrix: StudyMatrix, judgments: Sequence[Judgment], before: Fit | None) -> Evidence:
        train, held_out = split(judgments)
        old = {j.event_id for j in judgments[: before.judgments if before else 0]}
        return Evidence(
            matrix=matrix, every=judgments, train=train, held_out=held_out, before=before,
            seen=[j for j in train if j.event_id in old], fresh=[j for j in train if j.event_id not in old],
        )  # fmt: skip

    def answers(self, judgments: Sequence[Judgment]) -> Answers:
        return to_answers(self.matrix.ids, judgments)

    def triplets(self, judgments: Sequence[Judgment]) -> Triplets:
        """All that ``judgments`` say, as triplets: to measure with, not to learn from."""
        return implied(self.answers(judgments))

    def accuracy(self, projection: Projection, judgments: Sequence[Judgment]) -> Accuracy | None:
        return answer_accuracy(projection, self.matrix.features, self.answers(judgments))


def report_of(
    known: Evidence,
    axes: Axes,
    projection: Projection,
    draws: Draws | None,
    *,
    baseline: Projection,
    low: FloatArray,
    high: FloatArray,
    dims: tuple[int, ...],
    kept: float,
    prior: str,
    started: float,
) -> FitReport:
    """The report on ``projection``, the final form of ``axes``, with bounds ``low`` and ``high`` over ``dims`` cells."""
    train, held_out = known.answers(known.train), known.answers(known.held_out)
    features, learned, before = known.matrix.features, axes.learned, known.before
    measured = scores(projection, baseline, features, train, held_out)
    places = projection(features)
    return FitReport(
        method=axes.method, n_train=len(train), n_held_out=len(held_out), held_out=measured.held_out,
        baseline=measured.baseline, train=measured.train, consistency=consistency(known.every),
        strength=learned.scale if learned else 0.0, lapse=learned.lapse if learned else 0.0,
        evident=learned.evident if learned else 0.0, steepness=_steepness(axes, projection, features), note=axes.note,
        calibration=_calibration(draws, features, implied(held_out)), kept=kept, prior=prior,
        newest=_newest(known, projection, place(places, low, high, dims), int(np.prod(dims))) if _fits(low, dims) else None,
        retention=known.accuracy(projection, known.seen) if before else None,
        retention_before=known.accuracy(before.projection, known.seen) if before else None,
        moved=_moved(places, before, low, high, features, dims), spread=_spread(draws, features, low, high, dims),
        temperatures=dict(zip(train.raters, learned.temperatures.tolist(), strict=True)) if learned else {},
        seconds=time.perf_counter() - started,
    )  # fmt: skip


def _fits(low: FloatArray, dims: tuple[int, ...]) -> bool:
    return len(low) == len(dims)


def _steepness(axes: Axes, projection: Projection, features: FloatArray) -> float:
    """Logits per squared unit of the final map, which alignment may have scaled."""
    if axes.learned is None:
        return 1.0
    wide, final = (float(p(features).var(axis=0).sum()) for p in (axes.projection, projection))
    return axes.learned.steepness * wide / max(final, 1e-12)


def _calibration(draws: Draws | None, features: FloatArray, held_out: Triplets) -> float | None:
    """Of the probabilities over all draws, which are what the program believes."""
    if draws is None or not len(held_out):
        return None
    from qdhf.descriptors.posterior import probabilities

    return calibration(probabilities(draws, features, held_out.items), held_out.target)


def _newest(known: Evidence, projection: Projection, cells: np.ndarray, total: int) -> Accuracy | None:
    return known.accuracy(projection, about(known.held_out, newest_elites(known.matrix, cells, total)))


def _moved(
    places: FloatArray,
    before: Fit | None,
    low: FloatArray,
    high: FloatArray,
    features: FloatArray,
    dims: tuple[int, ...],
) -> float | None:
    """Mean distance, in cells, that items moved since the fit before."""
    if before is None or len(before.low) != places.shape[1] or not _fits(low, dims):
        return None
    return cells_moved(before.projection(features), places, low, high, dims)


def _spread(
    draws: Draws | None, features: FloatArray, low: FloatArray, high: FloatArray, dims: tuple[int, ...]
) -> float | None:
    """Median over items of the distance, in cells, by which a place may be off (root of the summed variances)."""
    if draws is None or not _fits(low, dims):
        return None
    from qdhf.descriptors.posterior import spread

    size = (np.asarray(high, np.float64) - low) / np.asarray(dims)
    return float(np.median(np.linalg.norm(spread(draws, evenly(features, SPREAD_ITEMS)) / size, axis=1)))


def evenly(features: FloatArray, most: int) -> FloatArray:
    """At most ``most`` evenly spaced rows."""
    found: FloatArray = features[np.linspace(0, len(features) - 1, min(len(features), most)).round().astype(int)]
    return found
