"""From items and answers to a version of the descriptor."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.descriptors.alignment import align
from qdhf.descriptors.averaging import blend, choose_share, within_doubt
from qdhf.descriptors.axes import (
    AXES,
    EARLIER,
    LEARNED,
    LEAST_ANSWERS,
    UNSUPERVISED,
    Axes,
    find_axes,
    starting_axes,
)
from qdhf.descriptors.projection import grow_bounds, initial_bounds, pca_projection
from qdhf.descriptors.reporting import Evidence, evenly, report_of
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.judgments.triplets import asked
from qdhf.types import Answers, Draws, Fit, FloatArray, Judgment, Projection, StudyMatrix, new_id, now

__all__ = ["LEARNED", "LEAST_ANSWERS", "UNSUPERVISED", "EarlierAxes", "is_learned", "learn", "upright"]


@dataclass(frozen=True, kw_only=True)
class EarlierAxes:
    """Axes of another study to start from; ``words`` name them to people, as in "the study “Cats”"."""

    fit: Fit
    words: str

    @property
    def name(self) -> str:
        """How reports refer to them: "study id:version"."""
        return f"{self.fit.study_id}:{self.fit.version}"


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
    dims: tuple[int, ...] = (10, 10),
    start_from: EarlierAxes | None = None,
) -> Fit:
    """The descriptor that ``judgments`` about the items of ``matrix`` teach; its version is 0 until it is stored.

    Answers to random questions are held out and only measured; all others train, skips and answers about items that
    are not in ``matrix`` apart. Below ``LEAST_ANSWERS`` training answers the axes are principal components, or those of
    ``start_from``, and the report says so. The map is aligned to ``previous`` (of the same encoder), keeps a share of it
    where new answers do not object, and keeps its bounds, which may grow; the first learned fit takes new bounds from
    all items present. ``dims``: cells of the map, which figures are told in.
    Deterministic given ``seed``, apart from id, time and seconds.
    Raises NotEnoughItems below 3 items, InvalidInput where ``start_from`` comes from another encoder.
    """
    if len(matrix) < 3:
        raise NotEnoughItems(f"Axes need at least 3 items; got {len(matrix)}. Generate or import some first.")
    started = time.perf_counter()
    before = previous if previous is not None and previous.encoder == encoder else None
    known = Evidence.of(matrix, judgments, before)
    baseline = pca_projection(matrix.features, AXES)
    train = known.answers(known.train)
    starts = {UNSUPERVISED: baseline if len(train) < LEAST_ANSWERS else starting_axes(matrix, before, dims)}
    if start_from is not None:
        starts[EARLIER] = _checked(start_from.fit, encoder).projection
    words = start_from.words if start_from else ""
    axes = find_axes(matrix.features, train, starts, seed, words=words)
    projection, kept = _steady(axes, before, known, lambda part: _quickly(matrix.features, part, starts, seed))
    low, high = _bounds(projection, before, matrix, axes.method)
    draws = _draws(axes, projection, matrix.features)
    report = report_of(
        known, axes, projection, draws, baseline=baseline, low=low, high=high, dims=dims, kept=kept,
        prior=start_from.name if start_from else "", started=started,
    )  # fmt: skip
    return Fit(
        id=new_id(), study_id=study_id, version=0, key=key, encoder=encoder, projection=projection, low=low, high=high,
        report=report, judgments=len(judgments), created_at=now(), draws=draws,
    )  # fmt: skip


def _checked(fit: Fit, encoder: str) -> Fit:
    if fit.encoder != encoder or len(fit.projection.weights) != AXES:
        raise InvalidInput(
            f"Axes to start from must come from the same encoder, {encoder}, and number {AXES}; these come from "
            f"{fit.encoder} and number {len(fit.projection.weights)}. Choose another study."
        )
    return fit


def _draws(axes: Axes, projection: Projection, features: FloatArray) -> Draws | None:
    """The other maps that the answers leave possible, turned onto this one."""
    if axes.learned is None:
        return None
    from qdhf.descriptors.posterior import settle

    return settle(axes.learned.draws, projection, evenly(features, 2000))


def _steady(
    axes: Axes, before: Fit | None, known: Evidence, fit: Callable[[Answers], Axes]
) -> tuple[Projection, float]:
    """(``axes`` as the map goes on, how much of the fit before is in it). Without one before, turned so that its first
    axis is the widest; with one, aligned to it and, where both are learned, mixed with it as far as new answers agree."""
    features = known.matrix.features
    if before is None or len(before.projection.weights) != len(axes.projection.weights):
        return upright(axes.projection, features), 0.0
    share = _share(axes, before, known, fit) if before.report.method == LEARNED else 0.0
    return blend(axes.projection, before.projection, share, features), share


def _quickly(features: FloatArray, part: Answers, starts: Mapping[str, Projection], seed: int) -> Axes:
    """Axes good enough to compare with."""
    from qdhf.descriptors.axes_count import QUICK

    return find_axes(features, part, starts, seed, effort=QUICK)


def _share(axes: Axes, before: Fit, known: Evidence, fit: Callable[[Answers], Axes]) -> float:
    old, some = before.projection, evenly(known.matrix.features, 500)
    draws = _draws(axes, align(axes.projection, old, some), some)
    if draws is None:
        return 0.0
    from qdhf.descriptors.posterior import spread

    doubt = float(np.sqrt((spread(draws, some) ** 2).sum(axis=1).mean()))
    shares = within_doubt(axes.projection, old, some, doubt)
    tests = known.fresh[::2]
    told = {asked(j) for j in tests}
    rest = known.answers([j for j in known.train if asked(j) not in told])
    return choose_share(lambda: fit(rest).projection, old, known.matrix.features, known.triplets(tests), shares)


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
    projection: Projection, before: Fit | None, matrix: StudyMatrix, method: str
) -> tuple[FloatArray, FloatArray]:
    """Bounds kept from the fit before, grown where its axes can be trusted; new ones where axes are learned first."""
    placed = projection(matrix.features)
    first_learned = before is not None and method == LEARNED and before.report.method != LEARNED
    if before is None or first_learned or len(before.low) != placed.shape[1]:
        return initial_bounds(placed)
    held_out = before.report.held_out
    trusted = held_out is None or held_out.low > 0.5
    return grow_bounds(before.low, before.high, placed) if trusted else (before.low, before.high)
