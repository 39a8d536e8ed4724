"""Who uses the program: people with roles, holders of invitations, and whoever sits at a machine where nobody signs in."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from qdhf.checks import between
from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.ports import Store
from qdhf.types import Invite, Member, Person, Rater, Role, Study, new_id, now

LOCAL = Person(name="local", role="admin")  # whoever reaches an app without sign-in
NAME_LIMIT = 80  # characters
DAYS = 365  # that an invitation may last
InviteState = Literal["open", "expired", "revoked"]


def configured_admins() -> frozenset[str]:
    """The e-mail addresses in QDHF_ADMINS, lower case: admins whatever the records say, so that there is a first one."""
    return frozenset(a.strip().lower() for a in os.environ.get("QDHF_ADMINS", "").split(",") if a.strip())


def state(invite: Invite, at: datetime | None = None) -> InviteState:
    """What an invitation is good for at a time (now, where None)."""
    if invite.revoked_at is not None:
        return "revoked"
    return "open" if invite.expires_at > (at or now()) else "expired"


class Access:
    """Use-cases of the front end's door and of the people page. ``clock`` tells the time, UTC."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = now) -> None:
        self._store, self._clock = store, clock

    def signed_in(self, subject: str, name: str = "") -> Person:
        """Whoever signed in under this verified address. Raises NotAllowed where they have no role."""
        subject = subject.strip().lower()
        role: Role | None = "admin" if subject in configured_admins() else self._store.access.role(subject)
        if role is None:
            ask = " or ".join(sorted(configured_admins())) or "whoever runs this app to set QDHF_ADMINS and"
            raise NotAllowed(f"You are signed in as {subject}, but have no role here yet. Ask {ask} to give you one.")
        return Person(name=name.strip()[:NAME_LIMIT] or subject[:NAME_LIMIT], role=role, subject=subject)

    def invited(self, invite_id: str) -> Person:
        """Whoever holds this invitation. Raises NotAllowed, each reason in words: unknown, revoked, expired."""
        try:
            invite = self._store.access.invite(invite_id)
        except NotFound:
            raise NotAllowed(
                "This invitation is not known here. Ask whoever sent it for one to this address."
            ) from None
        self._check(invite)
        return Person(name=invite.name, role="rater", study_id=invite.study_id, invite_id=invite.id)

    def _check(self, invite: Invite) -> None:
        found = state(invite, self._clock())
        if found == "revoked":
            raise NotAllowed(
                "This invitation was withdrawn. What you answered is kept. Ask whoever sent it for another."
            )
        if found == "expired":
            raise NotAllowed(
                f"This invitation ended on {invite.expires_at:%d %B %Y}. What you answered is kept. Ask whoever sent it for "
                "another."
            )

    def still(self, person: Person) -> Person:
        """The same person with the role that they have by now. Raises NotAllowed where they have none any more."""
        if person.invite_id is not None:
            return self.invited(person.invite_id)
        return person if person.subject is None else self.signed_in(person.subject, person.name)

    def own_rater(self, study: Study, person: Person) -> Rater | None:
        """The rater that this person must answer as, made at first use; None where a name is all that is known."""
        if person.local:
            return None
        return self._store.judgments.rater(study.id, person.name, subject=person.subject, invite_id=person.invite_id)

    def members(self) -> list[Member]:
        """Everyone who was given a role, by address. Those of QDHF_ADMINS are admins besides."""
        return self._store.access.members()

    def admins(self) -> list[str]:
        """The addresses of QDHF_ADMINS, whose role no page can change."""
        return sorted(configured_admins())

    def set_role(self, subject: str, role: Role | None, by: Person) -> Member:
        """Give somebody a role by their e-mail address, or (None) take it away; acts within seconds.

        Raises InvalidInput; NotAllowed for one's own role, so that nobody locks themselves out, and for QDHF_ADMINS."""
        wanted = subject.strip().lower()
        if by.subject is not None and wanted == by.subject:
            raise NotAllowed("Nobody changes their own role. Ask another admin.")
        if wanted in configured_admins():
            raise NotAllowed(f"{wanted} is an admin by QDHF_ADMINS. Change that where the app is started.")
        return self._store.access.set_role(wanted, role, by.label)

    def invite(self, study: Study, name: str, by: Person, days: int = 14) -> Invite:
        """Invite somebody to label this study under ``name`` for 1 to 365 days. Raises InvalidInput."""
        name = name.strip()
        if not 1 <= len(name) <= NAME_LIMIT or "\x00" in name:
            raise InvalidInput(f"An invitation is for one person: give a name of 1 to {NAME_LIMIT} characters.")
        between("The days that an invitation lasts", days, 1, DAYS)
        made = Invite(
            id=new_id(), study_id=study.id, name=name, expires_at=self._clock() + timedelta(days=days),
            created_by=by.label, created_at=self._clock(),
        )  # fmt: skip
        return self._store.access.add_invite(made)

    def invites(self, study: Study) -> list[Invite]:
        """Newest first, those that open nothing any more too."""
        return self._store.access.invites(study.id)

    def revoke(self, invite: Invite, by: Person) -> Invite:
        """Let an invitation open nothing any more, within seconds. Its answers stay."""
        return self._store.access.revoke(invite.id, by.label)
