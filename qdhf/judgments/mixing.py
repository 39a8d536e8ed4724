"""What makes up a batch of questions of any kind: informative ones, random ones, some shared between raters, repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.errors import NotEnoughItems
from qdhf.judgments.triplets import Asked, asked
from qdhf.types import IntArray, Judgment, Question, QuestionKind, StudyMatrix

RANDOM_SHARE, REPEAT_SHARE = 0.2, 0.05
REPEAT_GAP = 20  # answers between a question and its repeat, at least
SHARED_SHARE = 0.5  # of the random questions, where another rater has answered some


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many questions of each strategy a batch gets."""

    informative: int
    random: int
    repeat: int


def allowed(matrix: StudyMatrix, banned: Collection[str], least: int = 3) -> IntArray:
    """Rows of the items that may be shown. Raises NotEnoughItems below ``least``."""
    unwanted = set(banned)
    rows = np.array([i for i, item in enumerate(matrix.ids) if item not in unwanted], np.int64)
    if len(rows) < least:
        raise NotEnoughItems(
            f"A question shows {least} different items; {len(rows)} of {len(matrix)} may be shown. Generate or import more."
        )
    return rows


def used(judgments: Iterable[Judgment], *waiting: Iterable[Question]) -> set[Asked]:
    """What was asked or lies before somebody."""
    return {asked(j) for j in judgments} | {asked(q) for questions in waiting for q in questions}


def whole(share: float, rng: np.random.Generator) -> int:
    """``share`` as a whole number that is right on average."""
    return int(share + rng.random())


def counts(n: int, repeatable: int, rng: np.random.Generator) -> Counts:
    """Shares of ``n`` in whole questions."""
    random = whole(RANDOM_SHARE * n, rng)
    repeat = min(whole(REPEAT_SHARE * n, rng), repeatable, n - random)
    return Counts(informative=n - random - repeat, random=random, repeat=repeat)


def items_of(judgment: Judgment | Question) -> tuple[str, ...]:
    """The items on screen."""
    return judgment.shown or (judgment.reference, judgment.a, judgment.b)


def shared(
    judgments: Sequence[Judgment],
    waiting: Sequence[Question],
    rater_id: str | None,
    shown: set[str],
    kind: QuestionKind,
) -> list[Judgment]:
    """Answers of others to random questions of ``kind`` that this rater has not been asked, each question once.

    Asking these of several people, blind to each other's answers, is what agreement is measured by."""
    own = used((j for j in judgments if j.rater_id == rater_id), waiting)
    others = {
        asked(j): j
        for j in judgments
        if j.strategy == "random" and j.kind == kind and j.rater_id != rater_id and j.closer != "skip"
    }
    return [j for key, j in others.items() if key not in own and shown.issuperset(items_of(j))]


def repeatable(
    judgments: Sequence[Judgment],
    waiting: Sequence[Question],
    rater_id: str | None,
    shown: set[str],
    kind: QuestionKind,
) -> list[Judgment]:
    """The rater's informative answers, long enough ago, that were never repeated and whose items may be shown."""
    own = [j for j in judgments if j.rater_id == rater_id]
    repeated = {j.repeat_of for j in own} | {q.repeat_of for q in waiting}
    return [
        j
        for j in own[: max(0, len(own) + 1 - REPEAT_GAP)]
        if j.strategy == "informative"
        and j.kind == kind
        and j.closer != "skip"
        and j.question_id is not None
        and j.question_id not in repeated
        and shown.issuperset(items_of(j))
    ]


def some(judgments: Sequence[Judgment], n: int, rng: np.random.Generator) -> list[Judgment]:
    """``n`` of ``judgments`` (all where there are fewer), in random order."""
    return [judgments[i] for i in rng.permutation(len(judgments))[:n]]
