"""How far to trust a descriptor: accuracy on answers it never saw, beside the axes without answers and the raters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.judgments.triplets import chosen
from qdhf.types import Accuracy, Answers, FloatArray, Judgment, Projection, Triplets

Z95 = 1.959963984540054  # 97.5 % quantile of the standard normal


def wilson(right: float, n: int) -> Accuracy:
    """Share ``right`` / n with its 95 % score interval (Wilson 1927). Raises InvalidInput for n < 1."""
    if n < 1 or not 0 <= right <= n:
        raise InvalidInput(f"A share needs 0 ≤ right ≤ n and n ≥ 1; got {right} of {n}.")
    share, z2 = right / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Accuracy(value=share, low=max(0.0, centre - half), high=min(1.0, centre + half), n=n)


def gaps(places: FloatArray, triplets: Triplets) -> FloatArray:
    """Δ (m,) = ‖r − b‖² − ‖r − a‖² over (n, k) ``places``: positive where a lies closer to the reference."""
    r, a, b = (places[triplets.items[:, i]] for i in range(3))
    found: FloatArray = ((r - b) ** 2).sum(axis=1) - ((r - a) ** 2).sum(axis=1)
    return found


def _triplet_scores(projection: Projection, features: FloatArray, triplets: Triplets) -> FloatArray:
    """(m,) 1 where the map orders an answer as the rater did, 0 where not, ½ at equal distance; "can't tell" left out."""
    told = triplets.target != 0.5
    used, where = np.unique(triplets.items, return_inverse=True)
    rows = Triplets(items=where.reshape(-1, 3), target=triplets.target, rater=triplets.rater)
    found = gaps(projection(features[used]), rows)[told] if len(used) else np.zeros(0)
    return np.where(found == 0, 0.5, (found > 0) == (triplets.target[told] > 0.5)).astype(np.float64)


def answer_scores(projection: Projection, features: FloatArray, answers: Answers) -> FloatArray:
    """(n,) how far the map of (n, d) ``features`` orders each answer as the rater did, in [0, 1], a coin getting ½.

    A triplet is right (1) or wrong (0), ½ where its candidates are equally far; "can't tell" is left out. Of a choice
    among several pairs it is the share of (chosen, other) pairs ordered right, so that a screen counts as one answer."""
    parts = [_triplet_scores(projection, features, answers.triplets)]
    for choices in answers.choices:
        ends = projection(features[choices.pairs.reshape(-1)]).reshape(*choices.pairs.shape, -1)  # (n, m, 2, k)
        squares = ((ends[:, :, 0] - ends[:, :, 1]) ** 2).sum(axis=2)
        near, far = squares[:, : choices.chosen, None], squares[:, None, choices.chosen :]
        parts.append((0.5 * (near <= far) + 0.5 * (near < far)).mean(axis=(1, 2)))
    return np.concatenate(parts)


def answer_accuracy(projection: Projection, features: FloatArray, answers: Answers) -> Accuracy | None:
    """Mean of :func:`answer_scores` with its interval; None where nobody told anything."""
    found = answer_scores(projection, features, answers)
    return wilson(float(found.sum()), len(found)) if len(found) else None


def triplet_accuracy(projection: Projection, features: FloatArray, triplets: Triplets) -> Accuracy | None:
    """Share of answers that the map of (n, d) ``features`` orders as the rater did; None where there is none.

    "Can't tell" answers are left out; candidates at equal distance count as half right.
    """
    return answer_accuracy(projection, features, Answers(triplets=triplets))


def _said(judgment: Judgment) -> str | frozenset[str] | None:
    """What was chosen, wherever it stood on screen; None for "can't tell" and skips."""
    return frozenset(judgment.picked) if judgment.closer == "picked" else chosen(judgment)


def consistency(judgments: Sequence[Judgment]) -> Accuracy | None:
    """How often raters, asked the same again with sides swapped, choose the same item; None without such pairs.

    Pairs in which either answer is "can't tell" or a skip are left out. What raters do not repeat themselves, no map
    can predict: this is the ceiling of held-out accuracy, roughly.
    """
    by_question = {j.question_id: j for j in judgments if j.question_id}
    pairs = [(by_question.get(j.repeat_of), j) for j in judgments if j.repeat_of]
    told = [(_said(first), _said(again)) for first, again in pairs if first and first.rater_id == again.rater_id]
    same = [x == y for x, y in told if x and y]
    return wilson(sum(same), len(same)) if same else None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Accuracies of one projection and of its baseline on the same held-out answers."""

    held_out: Accuracy | None
    baseline: Accuracy | None
    train: Accuracy | None


def scores(
    projection: Projection, baseline: Projection, features: FloatArray, train: Answers, held_out: Answers
) -> Scores:
    """Accuracy on ``held_out`` (of both) and on ``train``."""
    return Scores(
        held_out=answer_accuracy(projection, features, held_out),
        baseline=answer_accuracy(baseline, features, held_out),
        train=answer_accuracy(projection, features, train),
    )
