"""What every store promises about roles, invitations, and whose answers are whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Invite, Study, new_id
from storage import SqlStore
from tests.storage_fixtures import add_study

MADE = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def invitation(study: Study, **changes: object) -> Invite:
    values: dict[str, object] = {
        "id": new_id(), "study_id": study.id, "name": "Mira", "expires_at": MADE + timedelta(days=7),
        "created_by": "ana@example.org", "created_at": MADE,
    }  # fmt: skip
    return Invite(**{**values, **changes})  # type: ignore[arg-type]


def test_the_last_role_of_each_subject_stands(store: SqlStore, opener: Callable[[], SqlStore]) -> None:
    assert store.access.members() == []
    given = store.access.set_role(" Ben@Example.org", "viewer", by="ana@example.org")
    store.access.set_role("ada@example.org", "admin", by="local")
    raised = store.access.set_role("ben@example.org", "curator", by="ada@example.org")
    assert (given.subject, given.role, given.created_by) == ("ben@example.org", "viewer", "ana@example.org")
    ada, ben = opener().access.members()
    assert (ada.subject, ada.role) == ("ada@example.org", "admin")
    assert ben == raised
    assert store.access.role("BEN@example.org ") == "curator"
    assert store.access.role("eve@example.org") is None


def test_a_role_that_was_taken_away_is_gone_and_can_be_given_again(store: SqlStore) -> None:
    store.access.set_role("ben@example.org", "admin", by="x")
    assert store.access.set_role("ben@example.org", None, by="x").role is None
    assert (store.access.role("ben@example.org"), store.access.members()) == (None, [])
    store.access.set_role("ben@example.org", "rater", by="x")
    assert store.access.role("ben@example.org") == "rater"


@pytest.mark.parametrize(
    "subject", ["", "ben", "@example.org", "ben@", "b en@example.org", "a@b@c", "x" * 251 + "@a.b"]
)
def test_a_role_needs_an_address(store: SqlStore, subject: str) -> None:
    with pytest.raises(InvalidInput, match=r"given to an e-mail address, like ana@example\.org"):
        store.access.set_role(subject, "viewer", by="x")


def test_a_role_that_there_is_not_is_refused(store: SqlStore) -> None:
    with pytest.raises(InvalidInput, match="viewer, rater, curator, admin; got 'owner'"):
        store.access.set_role("ben@example.org", "owner", by="x")  # type: ignore[arg-type]


def test_invitations_are_found_by_study_newest_first(
    store: SqlStore, study: Study, opener: Callable[[], SqlStore]
) -> None:
    first = store.access.add_invite(invitation(study))
    second = store.access.add_invite(invitation(study, name="Größe 大", created_at=MADE + timedelta(seconds=1)))
    other = store.access.add_invite(invitation(add_study(store)))
    assert opener().access.invites(study.id) == [second, first]
    assert store.access.invite(other.id) == other
    assert first == replace(first, name="Mira", created_by="ana@example.org", created_at=MADE, revoked_at=None)


def test_an_invitation_is_revoked_once(store: SqlStore, study: Study) -> None:
    made = store.access.add_invite(invitation(study))
    revoked = store.access.revoke(made.id, by="ben@example.org")
    assert revoked.revoked_at is not None
    assert store.access.revoke(made.id, by="ada@example.org") == revoked == store.access.invite(made.id)
    assert store.access.invites(study.id) == [revoked]


def test_what_is_not_there_cannot_be_invited_to_or_revoked(store: SqlStore, study: Study) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        store.access.add_invite(invitation(study, study_id="nowhere"))
    for ask in (store.access.invite, lambda one: store.access.revoke(one, by="x")):
        with pytest.raises(NotFound, match="no invitation 'none'"):
            ask("none")
    made = store.access.add_invite(invitation(study))
    with pytest.raises(InvalidInput, match=f"invitation '{made.id}' already"):
        store.access.add_invite(invitation(study, id=made.id))


def test_an_invited_rater_is_another_than_the_local_one_of_that_name(store: SqlStore, study: Study) -> None:
    book = store.judgments
    local = book.rater(study.id, "Mira")
    invited = book.rater(study.id, "Mira", invite_id="i1")
    signed_in = book.rater(study.id, "Mira", subject="mira@example.org")
    assert [r.name for r in (local, invited, signed_in)] == ["Mira", "Mira (2)", "Mira (3)"]
    assert (invited.invite_id, invited.subject) == ("i1", None)
    assert (signed_in.invite_id, signed_in.subject) == (None, "mira@example.org")
    assert book.rater(study.id, "Mira") == local
    assert book.rater(study.id, "another name", invite_id="i1") == invited
    assert book.rater(study.id, "another name", subject="mira@example.org") == signed_in
    assert len(book.raters(study.id)) == 3


def test_a_name_typed_in_never_reaches_a_rater_who_is_known_better(store: SqlStore, study: Study) -> None:
    book = store.judgments
    invited = book.rater(study.id, "Mira", invite_id="i1")
    local = book.rater(study.id, "Mira")
    assert (invited.name, local.name, local.invite_id) == ("Mira", "Mira (2)", None)
    assert book.rater(study.id, "Mira") == local
    assert book.rater(study.id, "Mira (2)") == local
    again = book.rater(study.id, "Mira", invite_id="i2")
    assert (again.name, again.id != invited.id) == ("Mira (3)", True)


def test_a_long_name_leaves_room_for_its_number(store: SqlStore, study: Study) -> None:
    names = [store.judgments.rater(study.id, "x" * 80, invite_id=f"i{n}").name for n in range(11)]
    assert names[0] == "x" * 80
    assert names[1] == "x" * 76 + " (2)"
    assert names[10] == "x" * 75 + " (11)"
