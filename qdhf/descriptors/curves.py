"""How accurate axes are after fewer answers: what learning curves are fitted to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.descriptors.validation import answer_scores
from qdhf.judgments.answers import to_answers
from qdhf.judgments.budget import Point
from qdhf.judgments.triplets import asked, split
from qdhf.types import Answers, Judgment, Projection, StudyMatrix

SHARES = (0.2, 0.4, 0.6, 0.8)  # of the training answers
REPEATS = 2  # random choices of each share
MOST = 400  # answers that a fit of a part may take


@dataclass(frozen=True, kw_only=True)
class Measured:
    """``overall``: points over all answers; ``strata``: by stratum, answers counted within it; ``have``: training answers
    of each stratum."""

    overall: list[Point]
    strata: dict[str, list[Point]]
    have: dict[str, int]


def measure(
    matrix: StudyMatrix,
    judgments: Sequence[Judgment],
    fit: Callable[[Answers], Projection],
    *,
    stratum_of: Mapping[str, str],
    rng: np.random.Generator,
) -> Measured:
    """Accuracy after random parts of the training answers, tested on the others and on those held out.

    ``fit``: axes from answers; ``stratum_of``: by id of the reference item. Answers that ask the same as one that trained
    are never tested on. Deterministic given ``rng``; takes eight fits.
    """
    train, held_out = split(judgments)
    present = set(matrix.ids)
    train = [j for j in train if j.closer != "skip" and present >= {j.reference, j.a, j.b, *j.shown}]
    overall: list[Point] = []
    strata: dict[str, list[Point]] = defaultdict(list)
    sizes = sorted({min(MOST, round(share * len(train))) for share in SHARES if share * len(train) >= 5})
    for size in sizes:
        for _ in range(REPEATS):
            chosen = set(rng.permutation(len(train))[:size].tolist())
            taught = [j for i, j in enumerate(train) if i in chosen]
            known = {asked(j) for j in taught}
            tests = [j for i, j in enumerate(train) if i not in chosen and asked(j) not in known] + held_out
            axes = fit(to_answers(matrix.ids, taught))
            overall += _point(matrix, axes, size, tests)
            for name in sorted(set(stratum_of.values())):
                own = [j for j in tests if stratum_of.get(j.reference) == name]
                count = sum(stratum_of.get(j.reference) == name for j in taught)
                strata[name] += _point(matrix, axes, count, own)
    have = {name: sum(stratum_of.get(j.reference) == name for j in train) for name in sorted(set(stratum_of.values()))}
    return Measured(overall=overall, strata={name: strata[name] for name in have}, have=have)


def _point(matrix: StudyMatrix, axes: Projection, answers: int, tests: Sequence[Judgment]) -> list[Point]:
    """One point, or none where there is nothing to test on."""
    right = answer_scores(axes, matrix.features, to_answers(matrix.ids, tests))
    return [Point(answers=answers, error=1 - float(right.mean()), tests=len(right))] if len(right) else []
