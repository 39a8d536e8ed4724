"""Which pairs to ask "which is better?" about: pictures that were compared least, beside one of similar quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from qdhf.judgments.mixing import Situation, Used, batch
from qdhf.types import FloatArray, Judgment, NewQuestion, Strategy

RIVALS = 10  # nearest in quality, among which the other of a pair is drawn

_Ids = tuple[str, str]


def choose_pairs(now: Situation, n: int, *, rng: np.random.Generator) -> list[NewQuestion]:
    """Up to ``n`` pairs; shares, repeats and promises as in :func:`~qdhf.judgments.questions.choose_triplets`.

    A pair of very unlike quality is decided before it is asked, and an item that was compared often has its rank: so the
    least compared item comes first, with a rival near it in the quality measured so far. Raises NotEnoughItems below two
    items that may be shown."""
    rows = now.rows(least=2)
    ids = [now.matrix.ids[i] for i in rows]
    share = batch(now, "better", set(ids), n, rng)
    used, compared = now.used(), Counter(i for j in now.history.answers if j.kind == "better" for i in (j.a, j.b))
    chosen = [_pair(j.a, j.b, "random", rng) for j in share.shared]
    anywhere = [(ids[i], ids[j]) for i, j in (rng.permutation(len(ids))[:2] for _ in range(4 * n + 20))]
    chosen += [_pair(a, b, "random", rng) for a, b in _take(used, anywhere, share.random)]
    rivals = _rivals(ids, now.matrix.quality[rows], compared, rng)
    chosen += [_pair(a, b, "informative", rng) for a, b in _take(used, rivals, share.informative)]
    chosen += [_again(j) for j in share.repeats]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _rivals(ids: Sequence[str], quality: FloatArray, compared: Counter[str], rng: np.random.Generator) -> list[_Ids]:
    """Pairs, the least compared items first, each with its rivals in random order."""
    by_quality = np.argsort(quality, kind="stable")
    rank = np.argsort(by_quality)
    pairs = []
    for one in sorted(rng.permutation(len(ids)).tolist(), key=lambda i: compared[ids[i]]):
        low = max(0, min(int(rank[one]) - RIVALS // 2, len(ids) - RIVALS - 1))
        near = [int(i) for i in by_quality[low : low + RIVALS + 1] if i != one]
        pairs.append([(ids[one], ids[near[i]]) for i in rng.permutation(len(near))])
    return [pair for turn in range(RIVALS) for own in pairs for pair in own[turn : turn + 1]]


def _take(used: Used, pairs: Sequence[_Ids], n: int) -> list[_Ids]:
    """The first ``n`` of ``pairs`` that were not asked, no item in more than two of them."""
    taken: list[_Ids] = []
    busy: Counter[str] = Counter()
    for pair in pairs:
        if len(taken) >= n:
            break
        key = "better", frozenset(pair)
        if key in used or max(busy[item] for item in pair) >= 2:
            continue
        used.add(key)
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
