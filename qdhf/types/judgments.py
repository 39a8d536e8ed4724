"""Raters, questions, answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qdhf.types.base import Answer, FloatArray, IntArray, Strategy


@dataclass(frozen=True, kw_only=True)
class Rater:
    id: str
    study_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """A reserved question: is ``a`` or ``b`` more like ``reference``? ``left`` says which candidate stands left.

    ``repeat_of`` names the earlier question that this one asks again with sides swapped.
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


@dataclass(frozen=True, kw_only=True)
class NewQuestion:
    reference: str
    a: str
    b: str
    left: Literal["a", "b"]
    strategy: Strategy
    repeat_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """One answer, never changed. ``event_id`` comes from the browser and makes resending harmless.

    ``closer`` is "a" or "b" (the candidate more like the reference), "tie" (can't tell) or "skip" (not used to learn).
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


@dataclass(frozen=True, kw_only=True)
class AnswerEvent:
    """What a browser reports: an answer to a question, or (``undoes`` set) the retraction of an earlier event."""

    event_id: str
    question_id: str
    closer: Answer | None = None
    response_ms: int | None = None
    undoes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Triplets:
    """Judgments as arrays over item positions, n rows. Order of columns: reference, a, b.

    ``items``: (n, 3) int64 positions. ``target``: (n,) probability that a is closer: 1, 0, or 0.5 for "can't tell".
    ``rater``: (n,) int64. Skips are left out before this is made.
    """

    items: IntArray
    target: FloatArray
    rater: IntArray

    def __len__(self) -> int:
        return len(self.items)
