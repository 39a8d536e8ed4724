"""What a rater is told while answering: how it goes, what the last answers moved, when to rest, when it is enough.

The items of the question on screen are never placed: what the map thinks of them must not lead the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from qdhf.judgments.agreement import PAUSE, pace
from qdhf.types import Accuracy, Draws, Fit, FloatArray, Judgment, Study, StudyMatrix, now

REST_AFTER = timedelta(minutes=20)
REPEATS = 10  # before a rater is told how often they agree with themselves
RECENT, PACED = 20, 5  # answers that the pace is told from, and gaps between them at least
SHOWN = 150  # items on the small map
STEADY = 0.5  # cells: a typical place surer than this, and more answers move little


@dataclass(frozen=True, kw_only=True)
class Encouragement:
    """``pace``: answers per minute, lately. ``consistency``: repeats answered alike, once there are enough. ``sitting``:
    minutes since the last pause. ``rest``: whether to suggest one. ``slower``: whether answers take much longer than at the
    beginning of the sitting. ``points``: (n, 4) places on the map in [0, 1], now and before the last answers: x, y, x, y.
    ``moved``: how many of these moved by a cell or more. ``steady``: whether a typical place is surer than half a cell.
    """

    pace: float | None
    consistency: Accuracy | None
    sitting: float
    rest: bool
    slower: bool
    points: list[list[float]]
    moved: int
    steady: bool


def encouragement(
    study: Study,
    fit: Fit | None,
    latest: tuple[Draws, Draws | None] | None,
    matrix: StudyMatrix,
    own: Sequence[Judgment],
) -> Encouragement:
    """About one rater's answers ``own``, oldest first, and the map that everyone's answers make."""
    from qdhf.descriptors.validation import consistency

    found = consistency(own)
    recent = own[-RECENT:]
    sitting = _sitting(own)
    minutes = (sitting[-1].created_at - sitting[0].created_at) / timedelta(minutes=1) if sitting else 0.0
    points, moved, steady = _places(study, fit, latest, matrix)
    return Encouragement(
        pace=pace([j.created_at for j in recent], least=PACED),
        consistency=found if found is not None and found.n >= REPEATS else None,
        sitting=minutes, rest=minutes * 60 >= REST_AFTER.total_seconds(), slower=_slower(sitting),
        points=points, moved=moved, steady=steady,
    )  # fmt: skip


def _sitting(own: Sequence[Judgment]) -> Sequence[Judgment]:
    """The answers since the last pause; none where the last answer is long ago."""
    if not own or now() - own[-1].created_at > PAUSE:
        return []
    start = len(own) - 1
    while start and own[start].created_at - own[start - 1].created_at <= PAUSE:
        start -= 1
    return own[start:]


def _slower(sitting: Sequence[Judgment]) -> bool:
    """Whether the last twenty answers took half as long again as the twenty at the beginning."""
    times = [j.response_ms for j in sitting if j.response_ms is not None]
    if len(times) < 4 * RECENT:
        return False
    return bool(np.median(times[-RECENT:]) > 1.5 * np.median(times[:RECENT]))


def _places(
    study: Study, fit: Fit | None, latest: tuple[Draws, Draws | None] | None, matrix: StudyMatrix
) -> tuple[list[list[float]], int, bool]:
    """(points, how many moved by a cell, whether a typical place is sure)."""
    if fit is None or latest is None or not len(matrix):
        return [], 0, False
    draws, before = latest
    rows = np.linspace(0, len(matrix) - 1, min(len(matrix), SHOWN)).round().astype(int)
    features = matrix.features[rows]
    if features.shape[1] != draws.basis.shape[1]:
        return [], 0, False
    placed = draws(features)
    cell = (fit.high - fit.low) / np.array(study.map.dims)
    to = _scaled(placed.mean(axis=0), fit)
    came = to if before is None else _scaled(before(features).mean(axis=0), fit)
    moves = np.linalg.norm((to - came) * np.array(study.map.dims[:2]), axis=1)
    unsure = float(np.median(np.linalg.norm(placed.std(axis=0) / cell, axis=1)))
    return np.concatenate([to, came], axis=1).round(3).tolist(), int((moves >= 1).sum()), unsure <= STEADY


def _scaled(places: FloatArray, fit: Fit) -> FloatArray:
    """(n, 2) first two coordinates of (n, k) ``places``, 0…1 over the map's bounds."""
    span = np.maximum(fit.high - fit.low, 1e-9)
    scaled: FloatArray = np.clip((places - fit.low) / span, 0, 1)[:, :2]
    return scaled
