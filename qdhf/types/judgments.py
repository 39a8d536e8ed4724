"""Raters, questions, answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qdhf.types.base import Answer, FloatArray, IntArray, QuestionKind, Strategy


@dataclass(frozen=True, kw_only=True)
class Rater:
    id: str
    study_id: str
    name: str
    created_at: datetime
    subject: str | None = None  # who signed in, where people sign in
    invite_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A reserved question. ``repeat_of`` names the earlier question that this one asks again with sides swapped.

    ``kind`` "triplet": is ``a`` or ``b`` more like ``reference``? ``left`` says which candidate stands left.
    "odd": which of the three items of ``shown`` (in the order on screen) is the odd one out? "grid": which of the
    candidates ``shown[1:]`` are most like ``shown[0]``? In both, reference, a and b are the first three of ``shown``.
    "better": which of ``shown`` = (a, b) is better? It teaches quality, never a descriptor; ``reference`` repeats ``a``.
    ``aspect``: in what sense to compare ("colour"), empty for any.
    """

    id: str
    study_id: str
    rater_id: str
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    strategy: Strategy
    repeat_of: str | None
    created_at: datetime
    kind: QuestionKind = "triplet"
    shown: tuple[str, ...] = ()
    aspect: str = ""


@dataclass(frozen=True, kw_only=True)
class NewQuestion:
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    strategy: Strategy
    repeat_of: str | None = None
    kind: QuestionKind = "triplet"
    shown: tuple[str, ...] = ()
    aspect: str = ""


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """One answer, never changed. ``event_id`` comes from the browser and makes resending harmless.

    ``closer`` is "a" or "b" (the candidate more like the reference), "tie" (can't tell) or "skip" (not used to learn).
    ``grade`` says by how much: 1 (much closer) or 0.5 (a bit closer). Of the kinds "odd" and "grid" (see
    :class:`Question`) ``closer`` is "picked", "tie" or "skip", and ``picked`` holds what was picked of ``shown``: the odd
    one, or the candidates most like the reference, in no order. ``guide``: version of the instructions that the rater
    had been shown, 0 for none.
    """

    id: str
    event_id: str
    study_id: str
    question_id: str | None
    rater_id: str
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    closer: Answer
    strategy: Strategy
    repeat_of: str | None
    response_ms: int | None
    created_at: datetime
    kind: QuestionKind = "triplet"
    shown: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()
    grade: float = 1.0
    aspect: str = ""
    guide: int = 0


@dataclass(frozen=True, kw_only=True)
class AnswerEvent:
    """What a browser reports: an answer to a question, or (``undoes`` set) the retraction of an earlier event."""

    event_id: str
    question_id: str
    closer: Answer | None = None
    response_ms: int | None = None
    undoes: str | None = None
    picked: tuple[str, ...] = ()
    grade: float = 1.0
    guide: int = 0


@dataclass(frozen=True, kw_only=True)
class Triplets:
    """Judgments as arrays over item positions, n rows. Order of columns: reference, a, b.

    ``items``: (n, 3) int64 positions. ``target``: (n,) probability that a is closer: 1 or 0, ¾ or ¼ for "a bit closer",
    ½ for "can't tell".
    ``rater``: (n,) int64. Skips are left out before this is made.
    """

    items: IntArray
    target: FloatArray
    rater: IntArray

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Answers that choose among pairs of items, n screens of one shape: the ``chosen`` of m pairs that are most alike.

    An odd one out of three is the choice of one of the three pairs; the k candidates most like a reference, of m, are k
    of m pairs with the reference. ``pairs``: (n, m, 2) int64 item positions, the chosen pairs first, in no order among
    themselves. ``rater``: (n,) int64, numbered as in the :class:`Triplets` made beside these.
    """

    pairs: IntArray
    chosen: int
    rater: IntArray

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers that can teach or test a descriptor. ``raters``: ids, by rater number."""

    triplets: Triplets
    choices: tuple[Choices, ...] = ()
    raters: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.triplets) + sum(len(c) for c in self.choices)
