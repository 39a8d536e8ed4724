"""From items and answers to a version of the descriptor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qdhf.descriptors.alignment import align
from qdhf.descriptors.projection import grow_bounds, initial_bounds, pca_projection
from qdhf.descriptors.validation import consistency, scores
from qdhf.errors import NotEnoughItems
from qdhf.judgments.answers import implied, to_answers
from qdhf.judgments.triplets import split
from qdhf.types import (
    Answers,
    Draws,
    Fit,
    FitReport,
    FloatArray,
    Judgment,
    Projection,
    StudyMatrix,
    new_id,
    now,
)

if TYPE_CHECKING:
    from qdhf.descriptors.fitting import Learned

LEAST_ANSWERS = 10  # that may train, before anything is learned
AXES = 2
UNSUPERVISED, LEARNED = "pca", "logistic"


@dataclass(frozen=True, kw_only=True)
class _Axes:
    """A projection before alignment, with what its report will say; ``learned`` None where nothing was."""

    projection: Projection
    method: str
    note: str
    learned: Learned | None = None


def is_learned(fit: Fit) -> bool:
    """Whether people's answers, not the spread of the features alone, made these axes."""
    return fit.report.method != UNSUPERVISED


def learn(
    matrix: StudyMatrix,
    judgments: Sequence[Judgment],
    previous: Fit | None,
    *,
    encoder: str,
    study_id: str,
    key: str,
    seed: int,
) -> Fit:
    """The descriptor that ``judgments`` about the items of ``matrix`` teach; its version is 0 until it is stored.

    Answers to random questions are held out and only measured; all others train, skips and answers about items that
    are not in ``matrix`` apart. Below ``LEAST_ANSWERS`` training answers, or while they do not beat them on unseen
    items, the axes are principal components, and the report says so. The map is aligned to ``previous`` (of the same
    encoder) and keeps its bounds, which may grow; the first learned fit takes new bounds from all items present.
    Deterministic given ``seed``, apart from id, time and seconds. Raises NotEnoughItems below 3 items.
    """
    if len(matrix) < 3:
        raise NotEnoughItems(f"Axes need at least 3 items; got {len(matrix)}. Generate or import some first.")
    started = time.perf_counter()
    kept, apart = split(judgments)
    train, held_out = to_answers(matrix.ids, kept), implied(to_answers(matrix.ids, apart))
    baseline = pca_projection(matrix.features, AXES)
    axes = _axes(matrix, train, baseline, seed)
    before = previous if previous is not None and previous.encoder == encoder else None
    projection = _steady(axes.projection, before, matrix)
    measured = scores(projection, baseline, matrix.features, implied(train), held_out)
    learned = axes.learned
    report = FitReport(
        method=axes.method, n_train=len(train), n_held_out=len(held_out), held_out=measured.held_out,
        baseline=measured.baseline, train=measured.train, consistency=consistency(judgments),
        strength=learned.scale if learned else 0.0, lapse=learned.lapse if learned else 0.0,
        evident=learned.evident if learned else 0.0, steepness=_steepness(axes, projection, matrix),
        seconds=time.perf_counter() - started, note=axes.note,
        temperatures=dict(zip(train.raters, learned.temperatures.tolist(), strict=True)) if learned else {},
    )  # fmt: skip
    low, high = _bounds(projection, before, matrix, report)
    return Fit(
        id=new_id(), study_id=study_id, version=0, key=key, encoder=encoder, projection=projection, low=low, high=high,
        report=report, judgments=len(judgments), created_at=now(), draws=_draws(axes, projection, matrix),
    )  # fmt: skip


def _axes(matrix: StudyMatrix, train: Answers, baseline: Projection, seed: int) -> _Axes:
    if len(train) < LEAST_ANSWERS:
        note = (
            f"Unsupervised axes: {len(train)} answers can train so far, learning starts at {LEAST_ANSWERS}. "
            "They show how the features spread, not what people see."
        )
        return _Axes(projection=baseline, method=UNSUPERVISED, note=note)
    from qdhf.descriptors.fitting import fit_projection

    several = len(train.raters) > 1
    rng = np.random.default_rng(seed)
    learned = fit_projection(matrix.features, train, prior=baseline, rng=rng, temperatures=several)
    note = ""
    if learned.stayed:
        note = "So far the answers fit the pictures' own variation as well as any other axes. Label more to tell."
    return _Axes(projection=learned.projection, method=LEARNED, note=note, learned=learned)


def _steepness(axes: _Axes, projection: Projection, matrix: StudyMatrix) -> float:
    """Logits per squared unit of the final map, which alignment may have scaled."""
    if axes.learned is None:
        return 1.0
    wide, now = (float(p(matrix.features).var(axis=0).sum()) for p in (axes.projection, projection))
    return axes.learned.steepness * wide / max(now, 1e-12)


def _draws(axes: _Axes, projection: Projection, matrix: StudyMatrix) -> Draws | None:
    """The other maps that the answers leave possible, turned onto this one."""
    if axes.learned is None:
        return None
    from qdhf.descriptors.posterior import settle

    some = np.linspace(0, len(matrix) - 1, min(len(matrix), 2000)).round().astype(int)
    return settle(axes.learned.draws, projection, matrix.features[some])


def _steady(projection: Projection, before: Fit | None, matrix: StudyMatrix) -> Projection:
    """``projection`` aligned to the fit before it; without one, turned so that its first axis is the widest."""
    if before is not None and len(before.projection.weights) == len(projection.weights):
        return align(projection, before.projection, matrix.features)
    return upright(projection, matrix.features)


def upright(projection: Projection, features: FloatArray) -> Projection:
    """The same map turned so that the places of ``features`` spread most along its first axis, scaled to a mean
    variance of 1 per axis and centred on them; signs as in ``pca_projection``. Triplet answers stay as they are."""
    mean = np.asarray(features).mean(axis=0, dtype=np.float64)
    placed = Projection(weights=projection.weights, mean=mean, scale=projection.scale)(features)
    values, vectors = np.linalg.eigh(placed.T @ placed / len(placed))
    weights = vectors[:, ::-1].T @ np.asarray(projection.weights, np.float64)
    signs = np.sign(weights[np.arange(len(weights)), np.abs(weights).argmax(axis=1)])
    weights *= np.where(signs == 0, 1.0, signs)[:, None]
    width = float(np.sqrt(max(float(values.mean()), 0.0))) or 1.0
    return Projection(
        weights=weights.astype(np.float32), mean=mean.astype(np.float32), scale=float(projection.scale) * width
    )


def _bounds(
    projection: Projection, before: Fit | None, matrix: StudyMatrix, report: FitReport
) -> tuple[FloatArray, FloatArray]:
    """Bounds kept from the fit before, grown where its axes can be trusted; new ones where axes are learned first."""
    placed = projection(matrix.features)
    first_learned = before is not None and report.method == LEARNED and not is_learned(before)
    if before is None or first_learned or len(before.low) != placed.shape[1]:
        return initial_bounds(placed)
    trusted = report.held_out is None or report.held_out.low > 0.5
    return grow_bounds(before.low, before.high, placed) if trusted else (before.low, before.high)
