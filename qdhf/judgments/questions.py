"""What to ask next.

Most questions are informative: the map places both candidates about equally far from the reference, so that an answer
changes it (margin sampling). They are drawn from the smaller margins, not the smallest: the closest calls are the ones
people answer by chance. While there are few answers the map is too rough to know, and they are drawn more widely.
A fifth are random and never train: they keep held-out accuracy honest. Later some return with sides swapped: what a
rater does not repeat, no map can predict. All come from a random pool, so that the time hardly grows with the items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qdhf.errors import NotEnoughItems
from qdhf.judgments.triplets import Asked, asked
from qdhf.types import FloatArray, IntArray, Judgment, NewQuestion, Projection, Question, Strategy, StudyMatrix

RANDOM_SHARE, REPEAT_SHARE = 0.2, 0.05
REPEAT_GAP = 20  # answers between a question and its repeat, at least
POOL = 1500  # candidate questions that are compared
POOL_ITEMS = 400  # items that they are drawn from
CLOSE_SHARE = 1 / 3  # of the candidates, by margin, are informative enough to ask
SETTLED = 100  # answers from which on the share is that small; it is 1 before the first

_Triplet = tuple[int, int, int]  # rows: reference, a, b


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """How many questions of each strategy a batch gets."""

    informative: int
    random: int
    repeat: int


def choose_questions(
    matrix: StudyMatrix,
    projection: Projection | None,
    judgments: Sequence[Judgment],
    n: int,
    *,
    rng: np.random.Generator,
    rater_id: str | None = None,
    waiting: Sequence[Question] = (),
    banned: Collection[str] = (),
) -> list[NewQuestion]:
    """Up to ``n`` questions for the rater ``rater_id``, in the order to ask them.

    ``projection`` None: principal axes stand in. ``judgments`` are the study's answers, oldest first; ``waiting`` the
    rater's questions without an answer. No question that either holds is asked again, apart from repeats; fewer than
    ``n`` come back where all are used up. ``banned`` items never appear. Deterministic given ``rng``.
    Raises NotEnoughItems below three items that may be shown.
    """
    rows = _allowed(matrix, banned)
    if len(rows) < 3:
        raise NotEnoughItems(
            f"A question shows 3 different items; {len(rows)} of {len(matrix)} may be shown. Generate or import more."
        )
    used = {asked(j) for j in judgments} | {(q.reference, frozenset((q.a, q.b))) for q in waiting}
    repeats = _repeats(judgments, waiting, rater_id, {matrix.ids[i] for i in rows})
    counts = _counts(n, len(repeats), rng)
    pool = _pool(rows, rng)
    spread = _Spread(matrix.ids, used, most=max(2, -(-6 * n // len(rows))))
    chosen = [_new(matrix.ids, t, "random", rng) for t in spread.take(pool, counts.random)]  # first: an unbiased draw
    ranked = _informative(matrix, projection, pool, max(CLOSE_SHARE, 1 - len(judgments) / SETTLED))
    chosen += [_new(matrix.ids, t, "informative", rng) for t in spread.take(ranked, counts.informative)]
    chosen += [_again(j) for j in rng.permutation(np.array(repeats, object))[: counts.repeat]]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _allowed(matrix: StudyMatrix, banned: Collection[str]) -> IntArray:
    """Rows of the items that may be shown."""
    unwanted = set(banned)
    return np.array([i for i, item in enumerate(matrix.ids) if item not in unwanted], np.int64)


def _counts(n: int, repeatable: int, rng: np.random.Generator) -> _Counts:
    """Shares of ``n`` in whole questions; what is left over of a share is drawn, so that shares hold on average."""
    random = int(RANDOM_SHARE * n + rng.random())
    repeat = min(int(REPEAT_SHARE * n + rng.random()), repeatable, n - random)
    return _Counts(informative=n - random - repeat, random=random, repeat=repeat)


def _pool(rows: IntArray, rng: np.random.Generator) -> IntArray:
    """(m, 3) rows of distinct items, reference first, without doubles: all questions of a small study, else some."""
    count = len(rows)
    if count * (count - 1) * (count - 2) // 2 <= POOL:
        i, (j, k) = np.arange(count), np.triu_indices(count, 1)
        every = np.stack([np.repeat(i, len(j)), np.tile(j, count), np.tile(k, count)], axis=1)
        every = every[(every[:, 0] != every[:, 1]) & (every[:, 0] != every[:, 2])]
        return rows[rng.permutation(every)]
    some = rng.choice(rows, min(count, POOL_ITEMS), replace=False)
    drawn = rng.integers(0, len(some), (2 * POOL, 3))
    drawn[:, 1:].sort(axis=1)
    distinct = (drawn[:, 0] != drawn[:, 1]) & (drawn[:, 0] != drawn[:, 2]) & (drawn[:, 1] != drawn[:, 2])
    _, first = np.unique(drawn[distinct], axis=0, return_index=True)
    return some[rng.permutation(drawn[distinct][first])[:POOL]]


def margins(places: FloatArray, triplets: IntArray) -> FloatArray:
    """(m,) |‖r − b‖² − ‖r − a‖²| on (n, k) ``places``: 0 where the map cannot tell the candidates apart."""
    r, a, b = (places[triplets[:, i]] for i in range(3))
    found: FloatArray = np.abs(((r - b) ** 2).sum(axis=1) - ((r - a) ** 2).sum(axis=1))
    return found


def _informative(matrix: StudyMatrix, projection: Projection | None, pool: IntArray, share: float) -> IntArray:
    """``pool``: first the ``share`` of smallest margins, in the pool's random order, then the rest by margin; questions
    whose candidates share one place come last."""
    used, where = np.unique(pool, return_inverse=True)
    features = matrix.features[used]
    if projection is None:
        from qdhf.descriptors.projection import pca_projection

        projection = pca_projection(features, min(2, features.shape[1]))
    places, triplets = projection(features), where.reshape(-1, 3)
    same = (places[triplets[:, 1]] == places[triplets[:, 2]]).all(axis=1)
    order = np.argsort(np.where(same, np.inf, margins(places, triplets)), kind="stable")
    close = round(share * int((~same).sum()))
    ordered: IntArray = pool[np.concatenate([np.sort(order[:close]), order[close:]])]
    return ordered


class _Spread:
    """Takes questions in order, skipping what was asked and items that a batch has shown ``most`` times already."""

    def __init__(self, ids: Sequence[str], used: set[Asked], most: int) -> None:
        self._ids, self._used, self._most = ids, used, most
        self._shown: Counter[int] = Counter()

    def take(self, triplets: Iterable[IntArray], n: int) -> list[_Triplet]:
        taken: list[_Triplet] = []
        for triplet in triplets:
            if len(taken) >= n:
                break
            r, a, b = (int(i) for i in triplet)
            key = self._ids[r], frozenset((self._ids[a], self._ids[b]))
            if key in self._used or max(self._shown[i] for i in (r, a, b)) >= self._most:
                continue
            self._used.add(key)
            self._shown.update((r, a, b))
            taken.append((r, a, b))
        return taken


def _side(rng: np.random.Generator) -> Literal["a", "b"]:
    return "a" if rng.random() < 0.5 else "b"


def _new(ids: Sequence[str], triplet: _Triplet, strategy: Strategy, rng: np.random.Generator) -> NewQuestion:
    r, a, b = triplet
    if rng.random() < 0.5:
        a, b = b, a
    return NewQuestion(reference=ids[r], a=ids[a], b=ids[b], left=_side(rng), strategy=strategy)


def _repeats(
    judgments: Sequence[Judgment], waiting: Sequence[Question], rater_id: str | None, shown: set[str]
) -> list[Judgment]:
    """The rater's informative answers, long enough ago, that were never repeated and whose items may be shown."""
    own = [j for j in judgments if j.rater_id == rater_id]
    repeated = {j.repeat_of for j in own} | {q.repeat_of for q in waiting}
    return [
        j
        for j in own[: max(0, len(own) + 1 - REPEAT_GAP)]
        if j.strategy == "informative"
        and j.closer != "skip"
        and j.question_id is not None
        and j.question_id not in repeated
        and {j.reference, j.a, j.b} <= shown
    ]


def _again(judgment: Judgment) -> NewQuestion:
    """The same question with its sides swapped."""
    return NewQuestion(
        reference=judgment.reference, a=judgment.a, b=judgment.b, left="b" if judgment.left == "a" else "a",
        strategy="repeat", repeat_of=judgment.question_id,
    )  # fmt: skip
