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
from typing import Literal

import numpy as np

from qdhf.judgments.informative import by_information, by_margin
from qdhf.judgments.mixing import SHARED_SHARE, allowed, counts, repeatable, shared, some, used, whole
from qdhf.judgments.pool import POOL_ITEMS, looked_at, spread_out, triplets_of
from qdhf.judgments.triplets import Asked
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
    """Up to ``n`` triplets for the rater ``rater_id``, in the order to ask them.

    ``projection`` None: principal axes stand in. ``draws``: other maps that the answers leave possible; without them close
    calls are asked. ``judgments`` are the study's answers, oldest first; ``waiting`` the
    rater's questions without an answer, ``held`` those of other raters. No question that any of these holds is asked
    again, apart from repeats and from those that are shared on purpose; fewer than ``n`` come back where all are used up.
    ``banned`` items never appear. Deterministic given ``rng``. Raises NotEnoughItems below three items that may be shown.
    """
    rows = allowed(matrix, banned)
    asked = used(judgments, waiting, held)
    shown = {matrix.ids[i] for i in rows}
    repeats = repeatable(judgments, waiting, rater_id, shown, "triplet")
    share = counts(n, len(repeats), rng)
    spread = _Spread(matrix.ids, asked, most=max(2, -(-6 * n // len(rows))))
    others = shared(judgments, [*waiting, *held], rater_id, shown, "triplet")
    together = some(others, whole(SHARED_SHARE * share.random, rng), rng)
    chosen = [_new((j.reference, j.a, j.b), "random", rng) for j in together]
    anywhere = triplets_of(_some(rows, rng), rng)  # first: an unbiased draw
    chosen += [_new(t, "random", rng) for t in spread.take(anywhere, share.random - len(together))]
    ranked = _informative(matrix, projection, draws, rows, share.informative, rng)
    chosen += [_new(t, "informative", rng) for t in spread.take(ranked, share.informative)]
    chosen += [_again(j) for j in some(repeats, share.repeat, rng)]
    return [chosen[i] for i in rng.permutation(len(chosen))]


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


def _again(judgment: Judgment) -> NewQuestion:
    """The same question with its sides swapped."""
    return NewQuestion(
        reference=judgment.reference, a=judgment.a, b=judgment.b, left="b" if judgment.left == "a" else "a",
        strategy="repeat", repeat_of=judgment.question_id, aspect=judgment.aspect,
    )  # fmt: skip
