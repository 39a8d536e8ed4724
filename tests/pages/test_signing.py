"""The signing key, and what is signed with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pages._ui import signing
from pages._ui.invitations import invitation_of, link_of
from pages._ui.pictures import address, valid
from qdhf.errors import InvalidInput, NotAllowed, StorageFailure
from qdhf.types import Invite

SHA = "ab" * 32


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("QDHF_SECRET", raising=False)
    signing.key.cache_clear()
    yield tmp_path / "data"
    signing.key.cache_clear()


def test_the_key_is_made_once_for_its_owner_alone(home: Path) -> None:
    made = signing.key()
    assert len(made) == 64
    assert (home / "secret").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in home.iterdir()] == ["secret"]
    signing.key.cache_clear()
    assert signing.key() == made


def test_a_key_that_others_could_read_is_closed_to_them(home: Path) -> None:
    signing.key()
    (home / "secret").chmod(0o644)
    signing.key.cache_clear()
    signing.key()
    assert (home / "secret").stat().st_mode & 0o777 == 0o600


def test_where_another_process_was_faster_its_key_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        Path(target).write_text("k" * 64)
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert signing.key() == b"k" * 64
    assert [p.name for p in home.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", ["", "short\n"])
def test_a_damaged_key_signs_nothing(home: Path, content: str) -> None:
    home.mkdir()
    (home / "secret").write_text(content)
    with pytest.raises(StorageFailure, match="damaged"):
        signing.sign("x")


def test_a_secret_of_the_environment_stands_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_SECRET", "0123456789abcdef")
    assert signing.key() == b"0123456789abcdef"
    assert not home.exists()
    signing.key.cache_clear()
    monkeypatch.setenv("QDHF_SECRET", "0123456789abcde")
    with pytest.raises(InvalidInput, match="at least 16 characters that nobody can guess; it has 15"):
        signing.key()


def test_a_signature_is_an_hmac_that_others_compute_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_SECRET", "Jefe-what-do-ya-want")
    # printf 'invite:1' | openssl dgst -sha256 -hmac 'Jefe-what-do-ya-want'
    assert signing.sign("invite:1") == "be560e61e5232970a9b2583f1e8003d1"
    assert signing.signed("invite:1", "be560e61e5232970a9b2583f1e8003d1")
    assert not signing.signed("invite:2", "be560e61e5232970a9b2583f1e8003d1")
    assert not signing.signed("invite:1", "größer")


def test_an_address_is_valid_for_its_file_until_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 86_400 * 100.5)
    _, _, expires, signature, sha = address(SHA).split("/")
    assert (sha, int(expires)) == (SHA, 86_400 * 102)
    assert valid(SHA, int(expires), signature)
    assert not valid("cd" * 32, int(expires), signature)
    assert not valid(SHA, int(expires) + 1, signature)
    assert not valid(SHA, int(expires), signature[:-1] + ("0" if signature[-1] != "0" else "1"))
    monkeypatch.setattr("time.time", lambda: 86_400 * 102.0)
    assert not valid(SHA, int(expires), signature)


def test_an_invitation_link_is_taken_whole_or_not_at_all() -> None:
    now = datetime.now(UTC)
    invite = Invite(id="0" * 26, study_id="s", name="Mira", expires_at=now, created_by="x", created_at=now)
    text = link_of(invite).removeprefix("/?invite=")
    assert invitation_of(text) == invite.id
    picture = address(invite.id).split("/")[3]  # a signature, but of something else
    for altered in ("", invite.id, f"{invite.id}.", text[:-1], "1" + text[1:], text + "0", f"{invite.id}.{picture}"):
        with pytest.raises(NotAllowed, match="not as it was sent"):
            invitation_of(altered)
