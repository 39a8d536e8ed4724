"""How many axes the answers speak for: the fewest whose predictions are as good as the best, give or take chance.

Cross-validation over unseen items and the one-standard-error rule (Breiman et al. 1984, section 3.4.3). Fitting more
axes always explains the answers given; whether it predicts those about items that no answer has touched is the test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from qdhf import checks
from qdhf.descriptors.fitting import fit_projection
from qdhf.descriptors.likelihood import Likelihood, selected
from qdhf.descriptors.maps import RawDraws
from qdhf.descriptors.projection import pca_projection
from qdhf.descriptors.sampling import Effort
from qdhf.errors import NotEnoughJudgments
from qdhf.types import Answers, FloatArray, IntArray

MOST = 4
LEAST = 50  # answers
QUICK = Effort(draws=32, islands=1, moves=4, last=5)


@dataclass(frozen=True, kw_only=True)
class AxesScore:
    """``loss``: mean log loss, in nats per answer about unseen items, of a map with ``axes`` axes; ``error``: standard
    error of its difference to the best number of axes."""

    axes: int
    loss: float
    error: float


@dataclass(frozen=True, kw_only=True)
class AxesChoice:
    """``scores`` by number of axes; ``axes``: the fewest within one standard error of the best."""

    scores: tuple[AxesScore, ...]
    axes: int


def item_folds(likelihood: Likelihood, folds: int, rng: np.random.Generator) -> list[tuple[IntArray, IntArray]]:
    """(train, test) answers per fold, split by item: every test answer is about an item that no training answer has.

    Folds without training or test answers are left out."""
    group = rng.permutation(np.arange(int(likelihood.pairs.max()) + 1)) % folds
    found: list[tuple[IntArray, IntArray]] = []
    for fold in range(folds):
        touched = likelihood.per_answer((group[likelihood.pairs] == fold).any(axis=1).astype(np.float64)) > 0
        if touched.any() and not touched.all():
            found.append((np.flatnonzero(~touched), np.flatnonzero(touched)))
    return found


def log_losses(raw: RawDraws, features: FloatArray, answers: Answers) -> FloatArray:
    """(n,) minus log probability of each of ``answers`` over the draws together."""
    likelihood = Likelihood(answers)
    used, where = np.unique(likelihood.pairs, return_inverse=True)
    places = raw.places(features[used])
    one, other = where.reshape(-1, 2).T
    squares = ((places[:, one] - places[:, other]) ** 2).sum(axis=2).T  # (q, s)
    value, _, _ = likelihood(squares, raw.lapse)
    found: FloatArray = -logsumexp(value, axis=1, b=raw.share)
    return found


def choose_axes(
    features: FloatArray, answers: Answers, *, rng: np.random.Generator, most: int = MOST, folds: int = 5
) -> AxesChoice:
    """How many axes, 1 to ``most``, ``answers`` about rows of (n, d) ``features`` speak for. Some seconds of work.

    Raises NotEnoughJudgments below ``LEAST`` answers, and where all are about the same few items."""
    x = checks.matrix("features", features)
    parts = item_folds(Likelihood(answers), folds, rng) if len(answers) >= LEAST else []
    if not parts:
        raise NotEnoughJudgments(
            f"Telling how many axes there are needs at least {LEAST} answers about many items; got {len(answers)}. "
            "Label more questions first."
        )
    losses = []
    for k in range(1, min(most, x.shape[1]) + 1):
        prior = pca_projection(x, k)
        each = []
        for train, test in parts:
            own = np.random.default_rng(rng.integers(2**63))
            learned = fit_projection(x, selected(answers, train), prior=prior, rng=own, effort=QUICK)
            each.append(log_losses(learned.draws, x, selected(answers, test)))
        losses.append(np.concatenate(each))
    means = np.array([loss.mean() for loss in losses])
    best = int(np.argmin(means))
    errors = [float(np.std(loss - losses[best]) / np.sqrt(len(loss))) for loss in losses]
    good = [i for i in range(len(means)) if means[i] <= means[best] + errors[i]]
    scores = tuple(AxesScore(axes=i + 1, loss=float(means[i]), error=errors[i]) for i in range(len(means)))
    return AxesChoice(scores=scores, axes=good[0] + 1)
