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
from dataclasses import replace
from typing import Literal

import numpy as np

from qdhf.judgments.history import History
from qdhf.judgments.informative import by_information, by_margin
from qdhf.judgments.mixing import Situation, Used, batch
from qdhf.judgments.pool import POOL_ITEMS, looked_at, spread_out, triplets_of
from qdhf.types import Draws, IntArray, Judgment, NewQuestion, Projection, Question, Strategy, StudyMatrix

_Asked = tuple[str, str, str]  # ids: reference, a, b


def choose_questions(
    matrix: StudyMatrix,
    projection: Projection | None,
    judgments: Sequence[Judgment],
    n: int,
    *,
    rng: np.random.Generator,
    rater_id: str | None = None,
    waiting: Sequence[Question] = (),
    held: Sequence[Question] = (),
    banned: Collection[str] = (),
    draws: Draws | None = None,
) -> list[NewQuestion]:
    """:func:`choose_triplets` for answers that are not sorted yet: ``judgments``, oldest first."""
    now = Situation(
        matrix=matrix, projection=projection, history=History(judgments), rater_id=rater_id, waiting=waiting, held=held,
        banned=banned, draws=draws,
    )  # fmt: skip
    return choose_triplets(now, n, rng=rng)


def choose_triplets(now: Situation, n: int, *, rng: np.random.Generator) -> list[NewQuestion]:
    """Up to ``n`` triplets for a rater, in the order to ask them.

    No question that was asked of anyone or lies before anyone is asked again, apart from repeats and from those that are
    shared on purpose; fewer than ``n`` come back where all are used up. Deterministic given ``rng``. Raises NotEnoughItems
    below three items that may be shown.
    """
    rows = now.rows()
    ids = now.matrix.ids
    share = batch(now, "triplet", {ids[i] for i in rows}, n, rng)
    spread = _Spread(ids, now.used(), most=max(2, -(-6 * n // len(rows))))
    chosen = [replace(_new((j.reference, j.a, j.b), "random", rng), aspect=j.aspect) for j in share.shared]
    anywhere = triplets_of(_some(rows, rng), rng)  # first: an unbiased draw
    chosen += [_new(t, "random", rng) for t in spread.take(anywhere, share.random)]
    ranked = _informative(now, rows, share.informative, rng)
    chosen += [_new(t, "informative", rng) for t in spread.take(ranked, share.informative)]
    chosen += [_again(j) for j in share.repeats]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _some(rows: IntArray, rng: np.random.Generator) -> IntArray:
    return rng.choice(rows, min(len(rows), POOL_ITEMS), replace=False)


def _informative(now: Situation, rows: IntArray, n: int, rng: np.random.Generator) -> IntArray:
    """(m, 3) rows of candidate questions, those to ask first first."""
    looked, projection = looked_over(now, rows, rng)
    features = now.matrix.features[looked]
    triplets = triplets_of(np.arange(len(looked)), rng)
    draws = now.draws
    order = by_information(draws, features, triplets, n) if draws else by_margin(projection, features, triplets)
    ordered: IntArray = looked[triplets[order]]
    return ordered


def looked_over(now: Situation, rows: IntArray, rng: np.random.Generator) -> tuple[IntArray, Projection]:
    """Rows of items from all over the map, and the map: principal axes where nothing was learned yet."""
    looked, projection = looked_at(rows, rng), now.projection
    features = now.matrix.features[looked]
    if projection is None:
        from qdhf.descriptors.projection import pca_projection

        projection = pca_projection(features, min(2, features.shape[1]))
    return looked[spread_out(projection(features), POOL_ITEMS, rng)], projection


class _Spread:
    """Takes questions in order, skipping what was asked and items that a batch has shown ``most`` times already."""

    def __init__(self, ids: Sequence[str], used: Used, most: int) -> None:
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


def _again(judgment: Judgment) -> NewQuestion:
    """The same question with its sides swapped."""
    return NewQuestion(
        reference=judgment.reference, a=judgment.a, b=judgment.b, left="b" if judgment.left == "a" else "a",
        strategy="repeat", repeat_of=judgment.question_id, aspect=judgment.aspect,
    )  # fmt: skip
