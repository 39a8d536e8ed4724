"""What to ask next.

Most questions are informative: those whose answers tell most about the map, given all maps that the answers so far leave
possible (``informative``), about items from all over the map and about what the search found last (``pool``). A fifth are
random and never train: they keep held-out accuracy honest. Where several people rate, some of these are questions that
another has answered, so that their agreement can be told. Later some informative ones return with sides swapped: what a
rater does not repeat, no map can predict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qdhf.errors import NotEnoughItems
from qdhf.judgments.informative import by_information, by_margin
from qdhf.judgments.pool import POOL_ITEMS, looked_at, spread_out, triplets_of
from qdhf.judgments.triplets import Asked, asked
from qdhf.types import Draws, IntArray, Judgment, NewQuestion, Projection, Question, Strategy, StudyMatrix

RANDOM_SHARE, REPEAT_SHARE = 0.2, 0.05
REPEAT_GAP = 20  # answers between a question and its repeat, at least
SHARED_SHARE = 0.5  # of the random questions, where another rater has answered some

_Asked = tuple[str, str, str]  # ids: reference, a, b


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
    draws: Draws | None = None,
) -> list[NewQuestion]:
    """Up to ``n`` questions for the rater ``rater_id``, in the order to ask them.

    ``projection`` None: principal axes stand in. ``draws``: other maps that the answers leave possible; without them close
    calls are asked. ``judgments`` are the study's answers, oldest first; ``waiting`` the
    rater's questions without an answer. No question that either holds is asked again, apart from repeats; fewer than
    ``n`` come back where all are used up. ``banned`` items never appear. Deterministic given ``rng``.
    Raises NotEnoughItems below three items that may be shown.
    """
    rows = _allowed(matrix, banned)
    if len(rows) < 3:
        raise NotEnoughItems(
            f"A question shows 3 different items; {len(rows)} of {len(matrix)} may be shown. Generate or import more."
        )
    used = {asked(j) for j in judgments} | {asked(q) for q in waiting}
    shown = {matrix.ids[i] for i in rows}
    repeats = _repeats(judgments, waiting, rater_id, shown)
    counts = _counts(n, len(repeats), rng)
    spread = _Spread(matrix.ids, used, most=max(2, -(-6 * n // len(rows))))
    shared = _shared(judgments, waiting, rater_id, shown, rng)[: _whole(SHARED_SHARE * counts.random, rng)]
    chosen = [_new(q, "random", rng) for q in shared]
    anywhere = triplets_of(_some(rows, rng), rng)  # first: an unbiased draw
    chosen += [_new(t, "random", rng) for t in spread.take(anywhere, counts.random - len(shared))]
    ranked = _informative(matrix, projection, draws, rows, counts.informative, rng)
    chosen += [_new(t, "informative", rng) for t in spread.take(ranked, counts.informative)]
    chosen += [_again(j) for j in rng.permutation(np.array(repeats, object))[: counts.repeat]]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _allowed(matrix: StudyMatrix, banned: Collection[str]) -> IntArray:
    """Rows of the items that may be shown."""
    unwanted = set(banned)
    return np.array([i for i, item in enumerate(matrix.ids) if item not in unwanted], np.int64)


def _whole(share: float, rng: np.random.Generator) -> int:
    """``share`` as a whole number that is right on average."""
    return int(share + rng.random())


def _counts(n: int, repeatable: int, rng: np.random.Generator) -> _Counts:
    """Shares of ``n`` in whole questions."""
    random = _whole(RANDOM_SHARE * n, rng)
    repeat = min(_whole(REPEAT_SHARE * n, rng), repeatable, n - random)
    return _Counts(informative=n - random - repeat, random=random, repeat=repeat)


def _some(rows: IntArray, rng: np.random.Generator) -> IntArray:
    return rng.choice(rows, min(len(rows), POOL_ITEMS), replace=False)


def _informative(
    matrix: StudyMatrix,
    projection: Projection | None,
    draws: Draws | None,
    rows: IntArray,
    n: int,
    rng: np.random.Generator,
) -> IntArray:
    """(m, 3) rows of candidate questions, those to ask first first."""
    looked = looked_at(rows, rng)
    features = matrix.features[looked]
    if projection is None:
        from qdhf.descriptors.projection import pca_projection

        projection = pca_projection(features, min(2, features.shape[1]))
    kept = spread_out(projection(features), POOL_ITEMS, rng)
    looked, features = looked[kept], features[kept]
    triplets = triplets_of(np.arange(len(looked)), rng)
    order = by_margin(projection, features, triplets) if draws is None else by_information(draws, features, triplets, n)
    ordered: IntArray = looked[triplets[order]]
    return ordered


class _Spread:
    """Takes questions in order, skipping what was asked and items that a batch has shown ``most`` times already."""

    def __init__(self, ids: Sequence[str], used: set[Asked], most: int) -> None:
        self._ids, self._used, self._most = ids, used, most
        self._shown: Counter[int] = Counter()

    def take(self, triplets: Iterable[IntArray], n: int) -> list[_Asked]:
        taken: list[_Asked] = []
        for triplet in triplets:
            if len(taken) >= n:
                break
            r, a, b = (int(i) for i in triplet)
            key = self._ids[r], frozenset((self._ids[a], self._ids[b]))
            if key in self._used or max(self._shown[i] for i in (r, a, b)) >= self._most:
                continue
            self._used.add(key)
            self._shown.update((r, a, b))
            taken.append((self._ids[r], self._ids[a], self._ids[b]))
        return taken


def _side(rng: np.random.Generator) -> Literal["a", "b"]:
    return "a" if rng.random() < 0.5 else "b"


def _new(question: _Asked, strategy: Strategy, rng: np.random.Generator) -> NewQuestion:
    reference, a, b = question
    if rng.random() < 0.5:
        a, b = b, a
    return NewQuestion(reference=reference, a=a, b=b, left=_side(rng), strategy=strategy)


def _shared(
    judgments: Sequence[Judgment],
    waiting: Sequence[Question],
    rater_id: str | None,
    shown: set[str],
    rng: np.random.Generator,
) -> list[_Asked]:
    """Random questions that others have answered and this rater has not been asked, in random order."""
    own = {asked(j) for j in judgments if j.rater_id == rater_id} | {asked(q) for q in waiting}
    others = {
        asked(j): (j.reference, j.a, j.b)
        for j in judgments
        if j.strategy == "random" and j.kind == "triplet" and j.rater_id != rater_id and j.closer != "skip"
    }
    free = [q for key, q in others.items() if key not in own and shown.issuperset(q)]
    return [free[i] for i in rng.permutation(len(free))]


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
        and j.kind == "triplet"
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
