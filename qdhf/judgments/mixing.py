"""What makes up a batch of questions of any kind: informative ones, random ones, some shared between raters, repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qdhf.errors import NotEnoughItems
from qdhf.judgments.history import History
from qdhf.judgments.triplets import Asked, asked
from qdhf.types import Draws, IntArray, Judgment, Projection, Question, QuestionKind, StudyMatrix

RANDOM_SHARE, REPEAT_SHARE = 0.2, 0.05
REPEAT_GAP = 20  # answers between a question and its repeat, at least
SHARED_SHARE = 0.5  # of the random questions, where another rater has answered some


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What the next questions are chosen from.

    ``projection`` None: principal axes stand in. ``draws``: other maps that the answers leave possible; without them
    close calls are asked. ``history``: the study's answers. ``waiting``: the rater's questions without an answer; ``held``:
    those that lie before other raters. ``banned`` items never appear.
    """

    matrix: StudyMatrix
    history: History
    projection: Projection | None = None
    draws: Draws | None = None
    rater_id: str | None = None
    waiting: Sequence[Question] = ()
    held: Sequence[Question] = ()
    banned: Collection[str] = ()

    def rows(self, least: int = 3) -> IntArray:
        """Rows of the items that may be shown. Raises NotEnoughItems below ``least``."""
        unwanted = set(self.banned)
        rows = np.array([i for i, item in enumerate(self.matrix.ids) if item not in unwanted], np.int64)
        if len(rows) < least:
            raise NotEnoughItems(
                f"A question shows {least} different items; {len(rows)} of {len(self.matrix)} may be shown. "
                "Generate or import more."
            )
        return rows

    def used(self) -> Used:
        return Used(self.history, [*self.waiting, *self.held])


class Used:
    """What was asked of anyone or lies before somebody, and what was taken since."""

    def __init__(self, history: History, lying: Iterable[Question]) -> None:
        self._history, self._taken = history, {asked(q) for q in lying}

    def __contains__(self, question: Asked) -> bool:
        return question in self._taken or question in self._history

    def add(self, question: Asked) -> None:
        self._taken.add(question)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """How many new questions of each strategy a batch gets, and the answers whose questions it asks again: ``shared`` ones
    of others, and the rater's own ``repeats``."""

    informative: int
    random: int
    shared: list[Judgment]
    repeats: list[Judgment]


def batch(now: Situation, kind: QuestionKind, shown: set[str], n: int, rng: np.random.Generator) -> Batch:
    """What ``n`` questions of ``kind`` about the items ``shown`` are made of: 80 % informative, 20 % random, half of these
    shared with other raters, 5 % repeats, where there are such."""
    random = _whole(RANDOM_SHARE * n, rng)
    again = _repeatable(now, kind, shown)
    repeat = min(_whole(REPEAT_SHARE * n, rng), len(again), n - random)
    together = _shareable(now, kind, shown, _whole(SHARED_SHARE * random, rng), rng)
    return Batch(
        informative=n - random - repeat,
        random=random - len(together),
        shared=together,
        repeats=_some(again, repeat, rng),
    )


def _whole(share: float, rng: np.random.Generator) -> int:
    """``share`` as a whole number that is right on average."""
    return int(share + rng.random())


def _items(judgment: Judgment) -> tuple[str, ...]:
    """The items on screen."""
    return judgment.shown or (judgment.reference, judgment.a, judgment.b)


def _shareable(now: Situation, kind: QuestionKind, shown: set[str], n: int, rng: np.random.Generator) -> list[Judgment]:
    """Up to ``n`` answers of others, drawn at random, to random questions of ``kind`` that this rater has not been asked
    and nobody has before them. Asking these of several people, blind to each other's answers, is what agreement is told by.
    """
    taken = {asked(q) for q in (*now.waiting, *now.held)}
    found: list[Judgment] = []
    for i in rng.permutation(len(now.history.shareable)) if n else ():
        j = now.history.shareable[i]
        if j.kind != kind or j.rater_id == now.rater_id or (key := asked(j)) in taken:
            continue
        if not now.history.has_answered(now.rater_id, key) and shown.issuperset(_items(j)):
            taken.add(key)
            found.append(j)
            if len(found) == n:
                break
    return found


def _repeatable(now: Situation, kind: QuestionKind, shown: set[str]) -> list[Judgment]:
    """The rater's informative answers, long enough ago, that were never repeated and whose items may be shown."""
    own = now.history.of(now.rater_id)
    repeated = {j.repeat_of for j in own} | {q.repeat_of for q in now.waiting}
    return [
        j
        for j in own[: max(0, len(own) + 1 - REPEAT_GAP)]
        if j.strategy == "informative"
        and j.kind == kind
        and j.closer != "skip"
        and j.question_id is not None
        and j.question_id not in repeated
        and shown.issuperset(_items(j))
    ]


def _some(judgments: Sequence[Judgment], n: int, rng: np.random.Generator) -> list[Judgment]:
    """``n`` of ``judgments`` (all where there are fewer), in random order."""
    return [judgments[i] for i in rng.permutation(len(judgments))[:n]]
