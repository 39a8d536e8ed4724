"""What adapters promise about those who answer: instructions, practice, exclusions, roles,
invitations. Part of :mod:`qdhf.ports`."""

from __future__ import annotations

from typing import Protocol

from qdhf.types import Exclusion, Guide, Invite, Member, PracticeRound, Role


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


class AccessBook(Protocol):
    """Who may do what where people sign in, and who was invited to label. Appended; of each subject the last role stands."""

    def members(self) -> list[Member]:
        """Everyone who has a role, by subject."""

    def role(self, subject: str) -> Role | None:
        """None where ``subject`` (compared in lower case) has no role."""

    def set_role(self, subject: str, role: Role | None, by: str) -> Member:
        """Give a role to an e-mail address, or (None) take it away. Raises InvalidInput."""

    def add_invite(self, invite: Invite) -> Invite:
        """Raises NotFound where there is no such study, InvalidInput where the id is taken."""

    def invites(self, study_id: str) -> list[Invite]:
        """Newest first, revoked and expired ones too."""

    def invite(self, invite_id: str) -> Invite:
        """Raises NotFound."""

    def revoke(self, invite_id: str, by: str) -> Invite:
        """Let an invitation open nothing any more; the first revocation stands. Raises NotFound."""
