"""Questions with more than two candidates: the odd one out of three, the k of n most like a reference.

Which of many possible screens to ask is decided as for triplets: by the mutual information of the answer and the map
(BALD, Houlsby et al. 2011, arXiv 1112.5745), here over all answers that a screen can have, each as probable as
:mod:`qdhf.descriptors.likelihood` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.judgments.mixing import Situation, Used, batch
from qdhf.judgments.questions import looked_over
from qdhf.judgments.triplets import asked
from qdhf.types import Draws, FloatArray, IntArray, NewQuestion, QuestionKind, Strategy

SCREENS = 240  # possible screens that are compared
NEAR_SHARE = 0.5  # of these, made of items that lie near each other on the map
DRAWS = 24  # maps that are asked: enough to rank by


@dataclass(frozen=True, kw_only=True)
class Screen:
    """``size`` items on screen, a reference first where ``kind`` is "grid"; ``pick`` of the others are to be picked."""

    kind: QuestionKind
    size: int
    pick: int = 1

    @classmethod
    def odd(cls) -> Screen:
        return cls(kind="odd", size=3)

    @classmethod
    def grid(cls, candidates: int = 8, pick: int = 2) -> Screen:
        """Raises InvalidInput unless 1 ≤ pick < candidates ≤ 12."""
        if not 1 <= pick < candidates <= 12:
            raise InvalidInput(
                f"A grid asks for 1 to {candidates - 1} of up to 12 candidates; got {pick} of {candidates}."
            )
        return cls(kind="grid", size=candidates + 1, pick=pick)


def choose_screens(now: Situation, screen: Screen, n: int, *, rng: np.random.Generator) -> list[NewQuestion]:
    """Up to ``n`` screens, as :func:`~qdhf.judgments.questions.choose_triplets` chooses triplets: the same shares, the
    same promises. A grid is made smaller where there are fewer items. Raises NotEnoughItems below three items that may be
    shown."""
    rows = now.rows()
    if screen.kind == "grid":
        size = min(screen.size, len(rows))
        screen = replace(screen, size=size, pick=min(screen.pick, size - 2))
    ids = now.matrix.ids
    share = batch(now, screen.kind, {ids[i] for i in rows}, n, rng)
    taker = _Taker(ids, now.used(), screen, most=max(2, -(-2 * n * screen.size // len(rows))))
    chosen = [replace(_new(j.shown, screen, "random", rng), aspect=j.aspect) for j in share.shared]
    anywhere = _random_screens(rows, screen.size, 4 * n + 20, rng)
    chosen += [_new(t, screen, "random", rng) for t in taker.take(anywhere, share.random)]
    ranked = _ranked(now, rows, screen, rng)
    chosen += [_new(t, screen, "informative", rng) for t in taker.take(ranked, share.informative)]
    chosen += [
        replace(_new(j.shown, screen, "repeat", rng), repeat_of=j.question_id, aspect=j.aspect) for j in share.repeats
    ]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _random_screens(rows: IntArray, size: int, n: int, rng: np.random.Generator) -> IntArray:
    """(n, size) different items of ``rows`` each."""
    return np.array([rng.choice(rows, size, replace=False) for _ in range(n)], np.int64).reshape(n, size)


def _ranked(now: Situation, rows: IntArray, screen: Screen, rng: np.random.Generator) -> IntArray:
    """(m, size) rows of possible screens, those to ask first first."""
    looked, projection = looked_over(now, rows, rng)
    features, near = now.matrix.features[looked], int(NEAR_SHARE * SCREENS)
    places = projection(features)
    apart = _random_screens(np.arange(len(looked)), screen.size, SCREENS - near, rng)
    possible = np.concatenate([apart, _near_screens(places, screen.size, near, rng)])
    if now.draws is None:
        worth = -undecided(places, possible, screen)
    else:
        few = np.linspace(0, len(now.draws) - 1, min(len(now.draws), DRAWS)).round().astype(int)
        worth = information(now.draws, now.draws(features)[few], possible, screen, few)
    ordered: IntArray = looked[possible[np.argsort(-worth, kind="stable")]]
    return ordered


def _near_screens(places: FloatArray, size: int, n: int, rng: np.random.Generator) -> IntArray:
    """(n, size): one item and others drawn from the 3·size nearest to it."""
    first = rng.integers(0, len(places), n)
    width = min(len(places) - 1, 3 * size)
    squares = ((places[first, None] - places[None]) ** 2).sum(axis=2)
    squares[np.arange(n), first] = -1.0
    around = np.argpartition(squares, width, axis=1)[:, : width + 1]
    others = [rng.choice(row[row != one], size - 1, replace=False) for row, one in zip(around, first, strict=True)]
    return np.concatenate([first[:, None], np.array(others, np.int64).reshape(n, size - 1)], axis=1)


def _squares(places: FloatArray, screens: IntArray, screen: Screen) -> FloatArray:
    """(…, m, pairs) squared distances of the pairs that an answer chooses among, on (…, n, k) ``places``."""
    on = places[..., screens, :]  # (…, m, size, k)
    one, other = ([1, 0, 0], [2, 2, 1]) if screen.kind == "odd" else (range(1, screen.size), [0])  # odd: all but one
    found: FloatArray = ((on[..., list(one), :] - on[..., other, :]) ** 2).sum(axis=-1)
    return found


def undecided(places: FloatArray, screens: IntArray, screen: Screen) -> FloatArray:
    """(m,) how clearly (n, k) ``places`` decide each screen: the gap between the last pair chosen and the first that is
    not, 0 where the map cannot tell."""
    ordered = np.sort(_squares(places, screens, screen), axis=-1)
    gap: FloatArray = ordered[:, screen.pick] - ordered[:, screen.pick - 1]
    return gap


def information(draws: Draws, places: FloatArray, screens: IntArray, screen: Screen, few: IntArray) -> FloatArray:
    """(m,) bits that the answer to each of ``screens`` is expected to tell about the map. ``places``: (s, n, k), of the
    draws ``few``."""
    answers = answer_chances(_squares(places, screens, screen) * draws.steepness[few, None, None], screen.pick)
    guess = 2 * draws.lapse[few, None, None]
    answers = guess / answers.shape[-1] + (1 - guess) * answers
    found: FloatArray = _bits(answers.mean(axis=0)) - _bits(answers).mean(axis=0)
    return found


def answer_chances(squares: FloatArray, pick: int) -> FloatArray:
    """(…, answers) probability of every answer, given (…, c) scaled squared distances.

    One of c: softmax. Two of c: both orders in which two can come first in a Plackett–Luce ranking. Of more, the first
    choice alone is looked at, which ranks screens much alike."""
    rates: FloatArray = np.exp(squares.min(axis=-1, keepdims=True) - squares)
    rates /= rates.sum(axis=-1, keepdims=True)
    if pick != 2:
        return rates
    i, j = np.array(list(combinations(range(squares.shape[-1]), 2))).T
    one, other = rates[..., i], rates[..., j]
    both: FloatArray = one * other * (1 / np.maximum(1 - one, 1e-12) + 1 / np.maximum(1 - other, 1e-12))
    both /= both.sum(axis=-1, keepdims=True)
    return both


def _bits(chance: FloatArray) -> FloatArray:
    p = np.clip(chance, 1e-12, 1)
    bits: FloatArray = -(p * np.log2(p)).sum(axis=-1)
    return bits


class _Taker:
    """Takes screens in order, skipping what was asked, copies, and items that a batch has shown ``most`` times."""

    def __init__(self, ids: Sequence[str], used: Used, screen: Screen, most: int) -> None:
        self._ids, self._used, self._screen, self._most = ids, used, screen, most
        self._shown: Counter[str] = Counter()

    def take(self, screens: IntArray, n: int) -> list[tuple[str, ...]]:
        taken: list[tuple[str, ...]] = []
        for screen in screens:
            if len(taken) >= n:
                break
            shown = tuple(self._ids[int(row)] for row in screen)
            key = asked(_question(shown, self._screen, "random"))
            if key in self._used or max(self._shown[item] for item in shown) >= self._most:
                continue
            self._used.add(key)
            self._shown.update(shown)
            taken.append(shown)
        return taken


def _question(shown: tuple[str, ...], screen: Screen, strategy: Strategy) -> NewQuestion:
    return NewQuestion(
        reference=shown[0], a=shown[1], b=shown[2], left="a", strategy=strategy, kind=screen.kind, shown=shown
    )


def _new(shown: Sequence[str], screen: Screen, strategy: Strategy, rng: np.random.Generator) -> NewQuestion:
    """The candidates in random order."""
    first = shown[:1] if screen.kind == "grid" else ()
    rest = list(shown[len(first) :])
    return _question((*first, *(rest[i] for i in rng.permutation(len(rest)))), screen, strategy)
