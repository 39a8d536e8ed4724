"""Roles and invitations. Facts are appended: of each subject the last role stands, a revocation is a row of its own."""

from __future__ import annotations

import sqlalchemy as sa

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Invite, Member, Role, now
from qdhf.types.access import ROLES
from storage.engine import Database, insert_new, lock_study
from storage.schema_people import InviteRow, MemberRow, RevocationRow

NO_ROLE = "none"  # what a row says of a subject whose role was taken away
SUBJECT_LIMIT = 254  # characters of an e-mail address
INVITES = sa.select(InviteRow, RevocationRow.created_at).outerjoin(
    RevocationRow, RevocationRow.invite_id == InviteRow.id
)


def checked_subject(subject: str) -> str:
    """An e-mail address in lower case, without surrounding space. Raises InvalidInput."""
    kept = subject.strip().lower()
    name, at, host = kept.partition("@")
    if not (name and at and host) or len(kept) > SUBJECT_LIMIT or any(c.isspace() or c in "@\x00" for c in name + host):
        raise InvalidInput(f"A role is given to an e-mail address, like ana@example.org; got {subject[:80]!r}.")
    return kept


def _member(row: MemberRow) -> Member:
    role = None if row.role == NO_ROLE else row.role
    return Member(subject=row.subject, role=role, created_by=row.created_by, created_at=row.created_at)  # type: ignore[arg-type]


class SqlAccess:
    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self) -> list[Member]:
        """Everyone who has a role, by subject."""
        newest = sa.select(sa.func.max(MemberRow.serial)).group_by(MemberRow.subject)
        query = sa.select(MemberRow).where(MemberRow.serial.in_(newest), MemberRow.role != NO_ROLE)
        with self._database.read() as session:
            return [_member(row) for row in session.scalars(query.order_by(MemberRow.subject))]

    def role(self, subject: str) -> Role | None:
        """The role of ``subject``, which is compared in lower case; None where they have none."""
        query = sa.select(MemberRow).where(MemberRow.subject == subject.strip().lower())
        with self._database.read() as session:
            row = session.scalar(query.order_by(MemberRow.serial.desc()).limit(1))
            return None if row is None else _member(row).role

    def set_role(self, subject: str, role: Role | None, by: str) -> Member:
        """Note that ``subject`` has this role from now on, or (None) no role any more. Raises InvalidInput."""
        if role is not None and role not in ROLES:
            raise InvalidInput(f"A role is one of {', '.join(ROLES)}; got {role!r}.")
        row = MemberRow(subject=checked_subject(subject), role=role or NO_ROLE, created_by=by, created_at=now())
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return _member(row)

    def add_invite(self, invite: Invite) -> Invite:
        """Keep an invitation. Raises NotFound where there is no such study, InvalidInput for an id that is taken."""
        row = {
            "id": invite.id, "study_id": invite.study_id, "name": invite.name, "expires_at": invite.expires_at,
            "created_by": invite.created_by, "created_at": invite.created_at,
        }  # fmt: skip
        with self._database.write() as session:
            lock_study(session, invite.study_id)
            if not insert_new(session, InviteRow, [row]):
                raise InvalidInput(f"There is an invitation {invite.id!r} already.")
        return self.invite(invite.id)

    def invites(self, study_id: str) -> list[Invite]:
        """Newest first, revoked and expired ones too."""
        query = INVITES.where(InviteRow.study_id == study_id).order_by(InviteRow.created_at.desc(), InviteRow.id.desc())
        with self._database.read() as session:
            return [_invite(row, revoked) for row, revoked in session.execute(query)]

    def invite(self, invite_id: str) -> Invite:
        """Raises NotFound."""
        with self._database.read() as session:
            found = session.execute(INVITES.where(InviteRow.id == invite_id)).one_or_none()
            if found is None:
                raise NotFound(f"There is no invitation {invite_id!r}.")
            return _invite(*found)

    def revoke(self, invite_id: str, by: str) -> Invite:
        """Let an invitation open nothing any more. Doing it twice keeps the first time. Raises NotFound."""
        self.invite(invite_id)
        with self._database.write() as session:
            insert_new(session, RevocationRow, [{"invite_id": invite_id, "created_by": by, "created_at": now()}])
        return self.invite(invite_id)


def _invite(row: InviteRow, revoked_at: object) -> Invite:
    return Invite(
        id=row.id, study_id=row.study_id, name=row.name, expires_at=row.expires_at, created_by=row.created_by,
        created_at=row.created_at, revoked_at=revoked_at,  # type: ignore[arg-type]
    )  # fmt: skip
