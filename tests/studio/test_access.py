"""Who is let in as whom: people with roles, holders of invitations, whoever sits at a local machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qdhf.errors import InvalidInput, NotAllowed
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL, Access, state
from qdhf.types import Person, Study

ADA = Person(name="Ada", role="admin", subject="ada@example.org")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _nobody_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QDHF_ADMINS", raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(studio: Studio, clock: Clock) -> Access:
    return Access(studio.store, clock)


def test_the_first_admins_are_those_of_the_environment(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_ADMINS", " Ada@Example.org,, bo@example.org ")
    assert access.admins() == ["ada@example.org", "bo@example.org"]
    assert access.signed_in("ADA@example.org", " Ada ") == ADA


def test_somebody_without_a_role_is_told_whom_to_ask(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAllowed, match=r"as eve@example\.org, but have no role here yet\. Ask whoever runs"):
        access.signed_in("eve@example.org")
    monkeypatch.setenv("QDHF_ADMINS", "bo@example.org,ada@example.org")
    with pytest.raises(NotAllowed, match=r"Ask ada@example\.org or bo@example\.org to give you one"):
        access.signed_in("eve@example.org")


def test_a_role_given_is_a_role_had(access: Access) -> None:
    access.set_role("ben@example.org", "rater", ADA)
    assert access.signed_in("Ben@example.org") == Person(
        name="ben@example.org", role="rater", subject="ben@example.org"
    )
    assert [(m.subject, m.role, m.created_by) for m in access.members()] == [
        ("ben@example.org", "rater", "ada@example.org")
    ]


def test_nobody_changes_their_own_role_or_that_of_a_configured_admin(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAllowed, match="own role"):
        access.set_role("ADA@example.org ", "viewer", ADA)
    monkeypatch.setenv("QDHF_ADMINS", "bo@example.org")
    with pytest.raises(NotAllowed, match=r"bo@example\.org is an admin by QDHF_ADMINS"):
        access.set_role("bo@example.org", None, ADA)
    assert access.members() == []


def test_an_invitation_lets_its_holder_in_as_a_rater_of_one_study(access: Access, study: Study) -> None:
    invite = access.invite(study, " Mira ", ADA, days=3)
    assert (invite.name, invite.created_by, invite.expires_at) == (
        "Mira", "ada@example.org", NOON + timedelta(days=3)
    )  # fmt: skip
    assert access.invited(invite.id) == Person(name="Mira", role="rater", study_id=study.id, invite_id=invite.id)


def test_an_invitation_ends(access: Access, study: Study, clock: Clock) -> None:
    invite = access.invite(study, "Mira", ADA, days=3)
    clock.now += timedelta(days=3) - timedelta(microseconds=1)
    assert access.invited(invite.id).study_id == study.id
    clock.now += timedelta(microseconds=1)
    with pytest.raises(NotAllowed, match="ended on 07 March 2026"):
        access.invited(invite.id)
    assert state(invite, clock.now) == "expired"


def test_an_invitation_can_be_withdrawn(access: Access, study: Study) -> None:
    invite = access.invite(study, "Mira", ADA)
    other = access.invite(study, "Mira", ADA)
    withdrawn = access.revoke(invite, ADA)
    assert state(withdrawn) == "revoked"
    assert state(replace(withdrawn, revoked_at=None), NOON) == "open"
    with pytest.raises(NotAllowed, match="withdrawn"):
        access.invited(invite.id)
    assert access.invited(other.id).invite_id == other.id
    assert {i.id: state(i, NOON) for i in access.invites(study)} == {invite.id: "revoked", other.id: "open"}


def test_an_invitation_of_elsewhere_is_not_known(access: Access) -> None:
    with pytest.raises(NotAllowed, match="not known here"):
        access.invited("0" * 26)


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [("  ", 3, "1 to 80"), ("x" * 81, 3, "1 to 80"), ("a\x00b", 3, "1 to 80"), ("Mira", 0, "1 and 365"), ("Mira", 366, "1")],
)  # fmt: skip
def test_an_invitation_needs_a_name_and_an_end(access: Access, study: Study, name: str, days: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        access.invite(study, name, ADA, days=days)
    assert access.invites(study) == []


def test_everyone_known_has_a_rater_of_their_own_and_others_type_a_name(access: Access, study: Study) -> None:
    holder = access.invited(access.invite(study, "Ada", LOCAL).id)
    one, two = access.own_rater(study, holder), access.own_rater(study, ADA)
    assert one is not None
    assert two is not None
    assert (one.name, one.invite_id, one.subject) == ("Ada", holder.invite_id, None)
    assert (two.name, two.invite_id, two.subject) == ("Ada (2)", None, "ada@example.org")
    assert access.own_rater(study, ADA) == two
    assert access.own_rater(study, LOCAL) is None


def test_what_is_left_of_a_person_is_asked_anew(access: Access, study: Study) -> None:
    access.set_role("ben@example.org", "admin", ADA)
    ben = access.signed_in("ben@example.org", "Ben")
    access.set_role("ben@example.org", "viewer", ADA)
    assert access.still(ben) == replace(ben, role="viewer")
    access.set_role("ben@example.org", None, ADA)
    with pytest.raises(NotAllowed, match="no role"):
        access.still(ben)
    invite = access.invite(study, "Mira", ADA)
    holder = access.invited(invite.id)
    assert access.still(holder) == holder
    access.revoke(invite, ADA)
    with pytest.raises(NotAllowed, match="withdrawn"):
        access.still(holder)
    assert access.still(LOCAL) is LOCAL
