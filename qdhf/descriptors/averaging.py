"""Steady axes: part of the map before stays in the new one, as far as new answers do not object.

Averaging the weights of an old and a new model is often better than either (WiSE-FT, Wortsman et al. 2022,
arXiv 2109.01903, eq. 1; for linear maps it is the average of their predictions). Here W ← (1 − α)·W_new + α·W_old, W_new
aligned to W_old first, and spread out again to its size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qdhf.descriptors.alignment import align, with_centre
from qdhf.descriptors.calibration import best_steepness, log_losses
from qdhf.descriptors.validation import gaps
from qdhf.types import FloatArray, Projection, Triplets

SHARES = (0.0, 0.25, 0.5)  # of the map before
MARGIN = 0.01  # nats an answer that steadiness may cost: about a third of a point of accuracy
LEAST = 6  # new answers to choose by
LAG = 0.2  # of the uncertainty of a place: how far items may be held back from where the new axes put them


def blend(new: Projection, old: Projection, share: float, features: FloatArray) -> Projection:
    """``new`` aligned to ``old``, with ``share`` (0 to 1) of the places of ``old`` in its places; (n, d) ``features`` are
    spread as widely as before. 0 gives the aligned ``new``; 1 gives ``old`` itself.
    """
    if share >= 1:
        return old
    aligned = align(new, old, features)
    if share <= 0:
        return aligned
    a, b = (np.asarray(p.weights, np.float64) / p.scale for p in (aligned, old))
    shift = -(1 - share) * a @ np.asarray(aligned.mean, np.float64) - share * b @ np.asarray(old.mean, np.float64)
    mixed = with_centre((1 - share) * a + share * b, 1.0, np.zeros(a.shape[1]), shift)
    return align(mixed, old, features)


def within_doubt(
    new: Projection, old: Projection, features: FloatArray, spread: float, shares: Sequence[float] = SHARES
) -> tuple[float, ...]:
    """Those of ``shares`` that hold items back by no more than ``LAG`` · ``spread`` from where ``new``, aligned to
    ``old``, puts them: root mean square over (n, d) ``features``. ``spread``: the uncertainty of a place, same units."""
    target = blend(new, old, 0.0, features)(features)

    def lag(share: float) -> float:
        return float(np.sqrt(((blend(new, old, share, features)(features) - target) ** 2).sum(axis=1).mean()))

    return tuple(share for share in shares if lag(share) <= LAG * spread)


def choose_share(
    fit: Callable[[], Projection],
    old: Projection,
    features: FloatArray,
    tests: Triplets,
    shares: Sequence[float] = SHARES,
) -> float:
    """The largest of ``shares`` that is shown to do no harm on the answers ``tests``; 0 where none is.

    ``fit`` gives axes learned without ``tests``, and ``old`` never saw them either, so the choice is honest. A share does
    no harm where its log loss, less that of the new axes alone, stays below ``MARGIN`` an answer even a standard error
    above its mean (a test of non-inferiority): while a map still learns fast, old and new differ much, few answers cannot
    show that, and nothing is kept; once it has settled, half is. Each map is compared at its own best steepness: what
    matters is how it orders. Below ``LEAST`` answers nothing can be shown.
    """
    told = tests.target != 0.5
    if int(told.sum()) < LEAST or max(shares, default=0.0) <= 0:
        return 0.0
    new = fit()

    def losses(share: float) -> FloatArray:
        gap = gaps(blend(new, old, share, features)(features), tests)[told]
        return log_losses(gap, tests.target[told], *best_steepness(gap, tests.target[told]))

    alone = losses(0.0)
    harm = {share: losses(share) - alone for share in shares if share > 0}
    error = {share: float(d.std(ddof=1)) / np.sqrt(len(d)) for share, d in harm.items()}
    return max((s for s, d in harm.items() if d.mean() + error[s] <= MARGIN), default=0.0)
