"""What adapters promise about questions and answers. Part of :mod:`qdhf.ports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qdhf.types import AnswerEvent, Judgment, NewQuestion, Question, Rater

Undone = Mapping[str, datetime]  # when answers were taken back, by event id


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How far one has read a study's answers: the number of the last one, and how many had been taken back by then."""

    serial: int
    retractions: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """``answers``: recorded since what was seen, and standing, oldest first. ``undone``: where any answer was taken back
    since, the ids of all judgments of the study that ever were, else none. ``seen``: up to where this was read."""

    answers: list[Judgment]
    undone: frozenset[str]
    seen: Seen


class JudgmentBook(Protocol):
    def rater(self, study_id: str, name: str, *, subject: str | None = None, invite_id: str | None = None) -> Rater:
        """The rater who signs in as ``subject``, or who holds the invitation, or else whose name (trimmed, 1 to 80
        characters) is all that is known; made at first use. Where somebody else has the name, they are "name (2)"."""

    def raters(self, study_id: str) -> list[Rater]: ...
    def reserve(self, study_id: str, rater_id: str, questions: Sequence[NewQuestion]) -> list[Question]:
        """In order, without those that another rater holds at this moment. Raises NotFound, InvalidInput (see
        :func:`qdhf.types.answering.check_question`)."""

    def waiting(self, study_id: str, rater_id: str | None = None) -> list[Question]:
        """Reserved for this rater (or anyone) and not answered, or answered and undone, oldest first. A reservation ends
        after ten minutes."""

    def questions(self, ids: Sequence[str]) -> list[Question]: ...
    def record(self, rater_id: str, events: Sequence[AnswerEvent]) -> list[str]:
        """Append answers and retractions in one transaction; returns the event ids now on record (new or resent).
        An event for a question of another rater raises NotAllowed, one that does not fit it InvalidInput; an answer to a
        question that already has a standing answer is refused silently (its id is not returned)."""

    def standing(self, study_id: str, rater_id: str | None = None, after: str | None = None) -> list[Judgment]:
        """Answers that were not undone, oldest first."""

    def changes(self, study_id: str, since: Seen | None = None) -> Changes:
        """What :meth:`standing` would say, as a difference: what came and went since ``since`` (None: the beginning).
        Takes as long as that is much, not as the study is large."""

    def every(self, study_id: str) -> list[tuple[Judgment, datetime | None]]:
        """All answers ever given, each with when it was undone."""

    def count(self, study_id: str, rater_id: str | None = None) -> int:
        """Standing answers, skips included."""

    def judged(self, study_id: str, rater_ids: Sequence[str]) -> set[str]:
        """The items in questions that any of these raters answered, skips and answers taken back left out."""

    def import_answers(self, study_id: str, answers: Sequence[Judgment], undone: Undone | None = None) -> int:
        """Append judgments from elsewhere with their questions (event ids make it repeatable); returns how many were new."""
