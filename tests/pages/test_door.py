"""Who gets past the door of each page: every page file run by itself, and through the frame, as everybody there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from pages._ui import context, sign_in, signing
from pages._ui.invitations import link_of
from pages._ui.rooms import ROOMS, may_open
from qdhf.errors import NotAllowed
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.types import GeneratorSpec, Invite, Person, Role, Study, new_id
from storage import open_store
from tests.storage_fixtures import migrated_file

PAGES = Path(__file__).parents[2] / "pages"
ADA = {"is_logged_in": True, "email": "Ada@example.org", "email_verified": True, "name": "Ada"}
Opener = Callable[..., AppTest]
READ = sign_in.secrets_found  # the real one, which the fixtures replace


def forget() -> None:
    for remembered in (signing.key, sign_in.providers, context.open_studio):
        remembered.cache_clear()


@pytest.fixture(autouse=True)
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Where the pages look for their records; nobody signs in."""
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "data"))
    for name in ("QDHF_ADMINS", "QDHF_SECRET", "QDHF_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    forget()
    monkeypatch.setattr(sign_in, "secrets_found", lambda: None)
    store = open_store(migrated_file(tmp_path), tmp_path)
    made = Studio(store)
    monkeypatch.setattr(context, "open_store", lambda: store)
    yield made
    store.close()
    forget()


@pytest.fixture
def signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """People sign in; ada@example.org is the first admin."""
    monkeypatch.setattr(sign_in, "secrets_found", lambda: {"client_id": "studio"})
    monkeypatch.setenv("QDHF_ADMINS", "ada@example.org")


@pytest.fixture
def study(studio: Studio) -> Study:
    return studio.studies.create("Own", generator=GeneratorSpec(name="collection"), encoder="pixels")


@pytest.fixture
def frame() -> Opener:
    """Opens the app as somebody, at an address."""

    def opened(user: dict[str, object] | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(PAGES / "_ui" / "frame.py"), default_timeout=30)
        app.user = user or {"is_logged_in": False}
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return opened


def page(name: str, *, framed: bool, user: dict[str, object] | None = None) -> AppTest:
    """A page's own file, run without the frame, as if a session had been framed before or not."""
    app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    app.user = user or {"is_logged_in": False}
    if framed:
        app.session_state["framed"] = True
    return app.run()


def token(invite: Invite) -> str:
    return link_of(invite).removeprefix("/?invite=")


def titles(app: AppTest) -> list[str]:
    return [title.value for title in app.title]


def words(app: AppTest) -> str:
    return " ".join(error.value for error in app.error)


def test_every_page_file_has_its_room_and_every_room_a_file() -> None:
    assert {path.stem for path in PAGES.glob("*.py")} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_page_without_the_frame_shows_nothing(name: str) -> None:
    app = page(name, framed=False)
    assert "start address" in words(app)
    assert titles(app) == []


@pytest.mark.parametrize("name", ROOMS)
def test_an_anonymous_visitor_gets_no_page_even_past_the_frame(name: str, signing_in: None) -> None:
    app = page(name, framed=True)
    assert words(app) == "Sign in first."
    assert titles(app) == []


@pytest.mark.parametrize("role", ["viewer", "rater", "curator", "admin", None])
@pytest.mark.parametrize("name", ROOMS)
def test_each_role_opens_its_pages_and_no_others(
    name: str, role: Role | None, studio: Studio, signing_in: None
) -> None:
    studio.access.set_role("ben@example.org", role, LOCAL)
    app = page(name, framed=True, user={**ADA, "email": "ben@example.org"})
    if role is None:
        assert "Ask ada@example.org to give you one" in words(app)
    elif may_open(Person(name="Ben", role=role, subject="ben@example.org"), name):
        assert words(app) == ""
        assert titles(app) or app.info or app.subheader  # the page itself, or that it needs a study first
    else:
        assert words(app) == "Your role does not open this page. Ask an admin for it."


def test_where_nobody_signs_in_everyone_is_admin_and_is_told_what_that_means(frame: Opener) -> None:
    assert titles(frame()) == ["Studies"]
    app = page("people", framed=True)
    assert "whoever reaches this app may do everything, and a name proves nothing" in app.warning[0].value


def test_an_anonymous_visitor_sees_the_sign_in_screen(frame: Opener, signing_in: None) -> None:
    app = frame()
    assert titles(app) == ["QDHF Studio"]
    assert [button.label for button in app.button] == ["Sign in"]


def test_several_sign_in_services_have_a_button_each(frame: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"cookie_secret": "x", "google": {"client_id": "1"}, "our_team": {"client_id": "2"}}
    monkeypatch.setattr(sign_in, "secrets_found", lambda: both)
    assert [button.label for button in frame().button] == ["Sign in with Google", "Sign in with Our Team"]


def test_a_configured_admin_comes_in(frame: Opener, signing_in: None) -> None:
    app = frame(ADA)
    assert titles(app) == ["Studies"]
    assert app.sidebar.text[0].value == "ada@example.org · admin"
    assert "Sign out" in [button.label for button in app.sidebar.button]


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"email_verified": False}, r"has not verified that ada@example\.org is yours"),
        ({"email_verified": "false"}, "has not verified"),
        ({"email_verified": None}, "has not verified"),
        ({"email": ""}, "does not tell your e-mail address"),
        ({"email": "eve@example.org"}, "eve@example.org, but have no role here yet. Ask ada@example.org"),
    ],
)
def test_who_is_not_known_for_sure_stays_outside(
    frame: Opener, signing_in: None, claims: dict[str, object], sentence: str
) -> None:
    app = frame({**ADA, **claims})
    assert re.search(sentence, words(app))
    assert titles(app) == ["QDHF Studio"]
    assert [button.label for button in app.button] == ["Sign out"]


def test_an_address_is_taken_where_the_service_says_nothing_of_verifying(frame: Opener, signing_in: None) -> None:
    assert titles(frame({k: v for k, v in ADA.items() if k != "email_verified"})) == ["Studies"]


def test_admins_without_a_way_to_sign_in_open_nothing(frame: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDHF_ADMINS", "ada@example.org")
    app = frame(ADA)
    assert "secrets.toml does not say how" in words(app)
    assert titles(app) == ["QDHF Studio"]


@pytest.fixture
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where Streamlit itself looks for secrets, read anew."""
    path, before = tmp_path / "secrets.toml", config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    monkeypatch.setattr(streamlit, "secrets", Secrets())
    yield path
    config.set_option("secrets.files", before)


def test_how_people_sign_in_stands_in_the_file_of_secrets(secrets_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert READ() is None
    secrets_file.write_text('[other]\nkey = "x"\n')
    assert READ() is None
    monkeypatch.setattr(streamlit, "secrets", Secrets())
    secrets_file.write_text('[auth]\nclient_id = "studio"\n')
    assert READ() == {"client_id": "studio"}


def test_a_broken_file_of_secrets_opens_nothing(secrets_file: Path) -> None:
    secrets_file.write_text("[auth\n")
    with pytest.raises(NotAllowed, match=r"secrets\.toml cannot be read"):
        READ()


def test_how_people_sign_in_is_decided_once(monkeypatch: pytest.MonkeyPatch, signing_in: None) -> None:
    assert sign_in.required()
    monkeypatch.setattr(sign_in, "secrets_found", lambda: None)  # the file vanishes while the app runs
    assert sign_in.required()


def test_an_invitation_opens_the_label_page_alone_whoever_comes(
    frame: Opener, studio: Studio, study: Study, signing_in: None
) -> None:
    other = studio.studies.create("Other", generator=GeneratorSpec(name="collection"), encoder="pixels")
    link = token(studio.access.invite(study, "Mira", LOCAL))
    for user in (None, ADA):
        app = frame(user, invite=link, study=other.id, rater="Ada")
        assert not app.exception
        assert [head.value for head in app.subheader] == ["Own"]
        assert not app.sidebar.children
        assert app.query_params["study"] == study.id
    raters = studio.store.judgments.raters(study.id)
    assert [(r.name, r.invite_id) for r in raters] == [("Mira", link.split(".")[0])]
    assert studio.store.judgments.raters(other.id) == []


@pytest.mark.parametrize("name", [name for name in ROOMS if name != "label"])
def test_an_invitation_opens_no_other_page_file(name: str, studio: Studio, study: Study, signing_in: None) -> None:
    app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    app.user = ADA
    app.session_state["framed"] = True
    app.query_params["invite"] = token(studio.access.invite(study, "Mira", LOCAL))
    assert words(app.run()) == "Your role does not open this page. Ask an admin for it."


def test_an_invitation_that_opens_nothing_says_why(
    frame: Opener, studio: Studio, study: Study, signing_in: None
) -> None:
    invite = studio.access.invite(study, "Mira", LOCAL, days=1)
    good, withdrawn = token(invite), studio.access.invite(study, "Mira", LOCAL)
    studio.access.revoke(withdrawn, LOCAL)
    past = datetime.now(UTC) - timedelta(seconds=1)
    ended = studio.store.access.add_invite(replace(invite, id=new_id(), expires_at=past))
    for link, sentence in (
        (good[:-1], "not as it was sent"), ("1" + good[1:], "not as it was sent"),
        (token(replace(invite, id=new_id())), "not known here"), (token(withdrawn), "withdrawn"),
        (token(ended), "ended on"),
    ):  # fmt: skip
        app = frame(ADA, invite=link)
        assert sentence in words(app)
        assert titles(app) == ["QDHF Studio"]
        assert not app.subheader
