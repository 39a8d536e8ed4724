"""Who may do what: roles, people, invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["viewer", "rater", "curator", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "rater", "curator", "admin")  # each may do what those before it may


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who signs in: ``subject`` is their verified e-mail address, lower case. ``role`` None: none any more."""

    subject: str
    role: Role | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Invite:
    """Lets its holder label one study under one name until ``expires_at``, unless it was revoked."""

    id: str
    study_id: str
    name: str
    expires_at: datetime
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever uses the program now.

    ``subject``: the verified e-mail address of somebody who signed in. ``invite_id`` and ``study_id``: the invitation
    that somebody holds, and the one study that it opens. Neither: somebody at a machine where nobody signs in.
    """

    name: str
    role: Role
    subject: str | None = None
    study_id: str | None = None
    invite_id: str | None = None

    @property
    def local(self) -> bool:
        """Whether the name is all that is known, which proves nothing."""
        return self.subject is None and self.invite_id is None

    @property
    def label(self) -> str:
        """How records name them as the author of something."""
        return self.subject or (f"invitation {self.invite_id}" if self.invite_id else self.name)
