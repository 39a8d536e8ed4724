"""Which axes the answers support: learned ones, from whichever start explains them better, or the start itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qdhf.descriptors.projection import pca_projection
from qdhf.search.archive import elites, place
from qdhf.types import Answers, Fit, FloatArray, Projection, StudyMatrix

if TYPE_CHECKING:
    from qdhf.descriptors.fitting import Learned
    from qdhf.descriptors.sampling import Effort

LEAST_ANSWERS = 10  # that may train, before anything is learned
AXES = 2
LEAST_ELITES = 30
UNSUPERVISED, EARLIER, LEARNED = "pca", "earlier", "logistic"


def starting_axes(matrix: StudyMatrix, before: Fit | None, dims: tuple[int, ...]) -> Projection:
    """Where learning starts: the principal axes of the elites of the map ``before`` (``dims`` cells), or of all items
    while there is no map or fewer than ``LEAST_ELITES`` of them.

    A search makes many items alike wherever it is; elites lie all over the map. On the arm of the QDHF paper, 50 answers
    taught more from elites' axes than from those of everything ever made: QD score 73 against 68.
    """
    if before is None or len(before.low) != len(dims):
        return pca_projection(matrix.features, AXES)
    cells = place(before.projection(matrix.features), before.low, before.high, dims)
    best = elites(cells, matrix.quality, int(np.prod(dims)))
    rows = best[best >= 0]
    return pca_projection(matrix.features if len(rows) < LEAST_ELITES else matrix.features[rows], AXES)


@dataclass(frozen=True, kw_only=True)
class Axes:
    """A projection before it is aligned, with what its report will say; ``learned`` None where nothing was."""

    projection: Projection
    method: str
    note: str
    learned: Learned | None = None


def find_axes(
    features: FloatArray,
    train: Answers,
    starts: Mapping[str, Projection],
    seed: int,
    *,
    words: str = "",
    effort: Effort | None = None,
) -> Axes:
    """The axes of (n, d) ``features`` that ``train`` supports best.

    ``starts``: projections to begin from by method, ``UNSUPERVISED`` and perhaps ``EARLIER``, the last of which stands
    until there are ``LEAST_ANSWERS``. With both, the answers choose by how probable either makes them (log evidence).
    ``words`` says where the earlier axes come from; ``effort`` as in ``fit_projection``. Deterministic given ``seed``.
    """
    if len(train) < LEAST_ANSWERS:
        method = list(starts)[-1]
        return Axes(projection=starts[method], method=method, note=_too_few(len(train), method, words))
    from qdhf.descriptors.fitting import fit_projection

    several = len(train.raters) > 1
    found = {
        method: fit_projection(
            features, train, prior=prior, rng=np.random.default_rng(seed), temperatures=several, effort=effort
        )
        for method, prior in starts.items()
    }
    best = max(found, key=lambda method: evidence(found[method]))
    learned = found[best]
    note = ""
    if learned.stayed:
        where = f"the axes of {words}" if best == EARLIER else "the items' own variation"
        note = f"So far the answers fit {where} as well as any other axes. Label more to tell."
    elif words:
        note = (
            f"Started from {words}." if best == EARLIER else f"The answers went against the axes of {words}, and won."
        )
    return Axes(projection=learned.projection, method=LEARNED, note=note, learned=learned)


def evidence(learned: Learned) -> float:
    """Log probability of the answers from this start, whether they leave it or not, up to a constant."""
    return learned.state.drawn.log_evidence - float(np.log(max(learned.evident, 1e-300)))


def _too_few(n: int, method: str, words: str) -> str:
    if method == EARLIER:
        return f"Borrowed axes, from {words}: {n} answers can train here so far, learning starts at {LEAST_ANSWERS}."
    return (
        f"Unsupervised axes: {n} answers can train so far, learning starts at {LEAST_ANSWERS}. "
        "They show how the features spread, not what people see."
    )
