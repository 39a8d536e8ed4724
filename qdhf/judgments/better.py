"""Which pairs to ask "which is better?" about: pictures that were compared least, beside one of similar quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from qdhf.judgments.mixing import SHARED_SHARE, allowed, counts, repeatable, shared, some, used, whole
from qdhf.judgments.triplets import Asked
from qdhf.types import Judgment, NewQuestion, Question, Strategy, StudyMatrix

RIVALS = 10  # nearest in quality, among which the other of a pair is drawn


def choose_pairs(
    matrix: StudyMatrix,
    judgments: Sequence[Judgment],
    n: int,
    *,
    rng: np.random.Generator,
    rater_id: str | None = None,
    waiting: Sequence[Question] = (),
    held: Sequence[Question] = (),
    banned: Collection[str] = (),
) -> list[NewQuestion]:
    """Up to ``n`` pairs; shares, repeats and promises as in :func:`~qdhf.judgments.questions.choose_questions`.

    A pair of very unlike quality is decided before it is asked, and an item that was compared often has its rank: so the
    least compared item comes first, with a rival near it in the quality measured so far. Raises NotEnoughItems below two
    items that may be shown."""
    rows = allowed(matrix, banned, least=2)
    shown = {matrix.ids[i] for i in rows}
    repeats = repeatable(judgments, waiting, rater_id, shown, "better")
    share = counts(n, len(repeats), rng)
    others = shared(judgments, [*waiting, *held], rater_id, shown, "better")
    together = some(others, whole(SHARED_SHARE * share.random, rng), rng)
    taker = _Taker(used(judgments, waiting, held), judgments)
    ids = [matrix.ids[i] for i in rows]
    chosen = [_pair(j.a, j.b, "random", rng) for j in together]
    anywhere = [tuple(rng.permutation(ids)[:2]) for _ in range(4 * n + 20)]
    chosen += [_pair(a, b, "random", rng) for a, b in taker.take(anywhere, share.random - len(together))]
    rivals = _rivals(ids, matrix.quality[rows], taker.compared, rng)
    chosen += [_pair(a, b, "informative", rng) for a, b in taker.take(rivals, share.informative)]
    chosen += [_again(j) for j in some(repeats, share.repeat, rng)]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _rivals(
    ids: Sequence[str], quality: np.ndarray, compared: Counter[str], rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Pairs, the least compared items first, each with its rivals in random order."""
    by_quality = np.argsort(quality, kind="stable")
    rank = np.argsort(by_quality)
    pairs = []
    for one in sorted(rng.permutation(len(ids)).tolist(), key=lambda i: compared[ids[i]]):
        low = max(0, min(int(rank[one]) - RIVALS // 2, len(ids) - RIVALS - 1))
        near = [int(i) for i in by_quality[low : low + RIVALS + 1] if i != one]
        pairs.append([(ids[one], ids[near[i]]) for i in rng.permutation(len(near))])
    return [pair for turn in range(RIVALS) for own in pairs for pair in own[turn : turn + 1]]


class _Taker:
    """Takes pairs in order, skipping what was asked; ``compared`` counts what stands against what."""

    def __init__(self, used: set[Asked], judgments: Sequence[Judgment]) -> None:
        self._used = used
        self.compared = Counter(item for j in judgments if j.kind == "better" for item in (j.a, j.b))

    def take(self, pairs: Sequence[tuple[str, ...]], n: int) -> list[tuple[str, ...]]:
        taken: list[tuple[str, ...]] = []
        busy: Counter[str] = Counter()
        for pair in pairs:
            if len(taken) >= n:
                break
            key = "better", frozenset(pair)
            if key in self._used or max(busy[item] for item in pair) >= 2:
                continue
            self._used.add(key)
            busy.update(pair)
            taken.append(pair)
        return taken


def _pair(a: str, b: str, strategy: Strategy, rng: np.random.Generator) -> NewQuestion:
    if rng.random() < 0.5:
        a, b = b, a
    left = "a" if rng.random() < 0.5 else "b"
    return NewQuestion(reference=a, a=a, b=b, left=left, strategy=strategy, kind="better", shown=(a, b))  # type: ignore[arg-type]


def _again(judgment: Judgment) -> NewQuestion:
    """The same pair with its sides swapped."""
    return NewQuestion(
        reference=judgment.a, a=judgment.a, b=judgment.b, left="b" if judgment.left == "a" else "a",
        strategy="repeat", repeat_of=judgment.question_id, kind="better", shown=(judgment.a, judgment.b),
    )  # fmt: skip
