"""What adapters promise about those who answer: instructions, practice, exclusions. Part of :mod:`qdhf.ports`."""

from __future__ import annotations

from typing import Protocol

from qdhf.types import Exclusion, Guide, PracticeRound


class GuideBook(Protocol):
    """Instructions for raters, by version, and the practice rounds that were done by them."""

    def add(self, guide: Guide) -> Guide:
        """Store as the next version, words trimmed; ``version`` and ``created_at`` are set here. Raises NotFound,
        InvalidInput (see :func:`qdhf.types.guides.check_guide`)."""

    def current(self, study_id: str) -> Guide:
        """The latest version; version 0, the defaults, where nobody wrote any."""

    def get(self, study_id: str, version: int) -> Guide:
        """Raises NotFound."""

    def all(self, study_id: str) -> list[Guide]:
        """By version, 1 first."""

    def note_practice(self, rater_id: str, guide: int, right: int, asked: int) -> None:
        """Append a finished round by instructions of version ``guide``. Raises NotFound, InvalidInput."""

    def practice(self, rater_id: str) -> list[PracticeRound]:
        """All rounds of a rater, oldest first."""

    def rounds(self, study_id: str) -> dict[str, PracticeRound]:
        """The latest round of each rater who practised, by rater id."""


class ExclusionBook(Protocol):
    """Whose answers are left out of what is learned. Appended; of each rater the last word stands."""

    def exclude(self, rater_id: str, excluded: bool, reason: str, by: str) -> None:
        """Leave a rater's answers out, or (False) let them in again. Saying what holds already adds nothing.
        ``reason``: up to 400 characters. Raises NotFound, InvalidInput."""

    def excluded(self, study_id: str) -> dict[str, Exclusion]:
        """Those left out now, by rater id, in the order in which they were."""

    def changes(self, study_id: str) -> int:
        """How often anybody was left out or let in again."""

    def usable(self, study_id: str) -> int:
        """Standing answers that descriptors learn from: without raters left out and without "which is better?"; skips
        included."""
