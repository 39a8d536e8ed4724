"""Roles, signing in and invitations in a real browser, against a real sign-in service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pages._ui import signing
from pages._ui.invitations import link_of
from pages._ui.pictures import address as picture
from pages._ui.rooms import ROOMS, may_open
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.types import GeneratorSpec, Person, Role, Study, new_id, now
from storage import open_store
from tests.browser.driving import chromium, opened, visiting
from tests.browser.oidc_provider import Provider, sign_in_service
from tests.browser.product import answer, await_saved, fill, press, product
from tests.studio.conftest import work

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
OTHERS = [name for name in ROOMS if name != "label"]
LONG_MS = 60_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("access") / "data"


@pytest.fixture(scope="module")
def service() -> Iterator[Provider]:
    with sign_in_service() as provider:
        yield provider


@pytest.fixture(scope="module", autouse=True)
def _team_mode(home: Path, service: Provider) -> Iterator[None]:
    """What an administrator sets before starting the app; the tests sign links with the same key."""
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SECRETS_FILES", str(service.secrets_file(home.parent)))
        patch.setenv("QDHF_ADMINS", "ada@example.org")
        patch.setenv("QDHF_SECRET", "a key for these tests alone")
        signing.key.cache_clear()
        yield
    signing.key.cache_clear()


@pytest.fixture(scope="module")
def studio(home: Path) -> Iterator[Studio]:
    store = open_store(folder=home)
    yield Studio(store)
    store.close()


def made(studio: Studio, name: str) -> Study:
    study = studio.studies.create(
        name, prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(study, 12))
    return study


@pytest.fixture(scope="module")
def study(studio: Studio) -> Study:
    return made(studio, "Shapes to compare")


@pytest.fixture(scope="module")
def secret(studio: Studio) -> Study:
    return made(studio, "Nobody else's business")


@pytest.fixture(scope="module")
def address(home: Path, study: Study, secret: Study) -> Iterator[str]:
    with product(home, worker=False) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser, without cookies."""
    own = browser.new_context(viewport={"width": 1280, "height": 1000})
    own.set_default_timeout(LONG_MS)
    yield own
    own.close()


@contextmanager
def signed_in(context: BrowserContext, address: str, account: str) -> Iterator[Page]:
    """The app after somebody signed in, at the page that it opens."""
    with opened(context, address) as page:
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name=account, exact=True).click()
        page.wait_for_url(f"{address}/**")
        yield page


def navigation(page: Page) -> set[str]:
    """The pages that the side bar offers."""
    page.locator('[data-testid="stSidebarNavLink"]').first.wait_for()
    return {link.get_attribute("href").split("?")[0].rsplit("/", 1)[1] for link in page.locator(
        '[data-testid="stSidebarNavLink"]'
    ).all()}  # type: ignore[union-attr]  # fmt: skip


def only_the_door(page: Page, words: str) -> None:
    """The page says ``words`` and shows nothing of the app."""
    expect(page.get_by_text(words)).to_be_visible(timeout=LONG_MS)
    expect(page.locator("h1")).to_have_text("QDHF Studio")
    for forbidden in ("Shapes to compare", "Nobody else's business", "encountered an error"):
        expect(page.get_by_text(forbidden)).to_have_count(0)
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)


def only_the_label_page(page: Page) -> None:
    expect(page.get_by_text("Shapes to compare")).to_be_visible(timeout=LONG_MS)
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(0)
    expect(page.locator("h1")).to_have_count(0)  # every other page has one
    expect(page.get_by_text("Nobody else's business")).to_have_count(0)


def test_a_picture_reaches_the_browser_bit_for_bit_by_its_signed_address_alone(
    address: str, studio: Studio, study: Study
) -> None:
    blob = studio.store.items.newest(study.id, 1)[0].blob
    stored = studio.store.blobs.get(blob)
    asked = Request(address + picture(blob), headers={"Accept-Encoding": "gzip", "Origin": "https://elsewhere.example"})
    with urlopen(asked) as found:
        assert found.read() == stored
        assert found.headers["Content-Encoding"] is None
        assert not [name for name in found.headers if name.lower().startswith("access-control")]
    for path in ("app/static", "static", "media", "data/blobs", "img", f"img/9999999999/{'0' * 32}"):
        for name in (blob, f"{blob[:2]}/{blob[2:]}", f"{blob[:2]}/{blob[2:4]}/{blob}"):
            assert fetched(f"{address}/{path}/{name}") != stored


def fetched(url: str) -> bytes:
    try:
        with urlopen(url) as found:
            return bytes(found.read())
    except HTTPError as refused:
        with refused:
            return b""


@pytest.mark.parametrize("name", ["people", "label"])
def test_the_first_request_to_a_fresh_server_gets_no_page(
    browser: Browser, home: Path, study: Study, name: str
) -> None:
    with product(home, worker=False) as fresh, visiting(browser, f"{fresh}/{name}?study={study.id}") as page:
        only_the_door(page, "Sign in to go on")


@pytest.mark.parametrize("name", ["", *ROOMS])
def test_an_anonymous_visitor_gets_no_page(browser: Browser, address: str, study: Study, name: str) -> None:
    with visiting(browser, f"{address}/{name}?study={study.id}") as page:
        only_the_door(page, "Sign in to go on")


def test_an_admin_signs_in_answers_under_their_own_name_and_signs_out(
    context: BrowserContext, address: str, study: Study, studio: Studio
) -> None:
    with signed_in(context, address, "ada") as page:
        expect(page.get_by_text("ada@example.org · admin")).to_be_visible()
        assert navigation(page) == {"", *ROOMS} - {"studies"}
        page.goto(f"{address}/label?study={study.id}&rater=Ben")
        answer(page, "12")
        await_saved(page)
        (rater,) = studio.store.judgments.raters(study.id)
        assert (rater.name, rater.subject) == ("Ada", "ada@example.org")
        assert studio.labelling.answered(study, rater) == 2
        expect(page.locator(".st-key-label-rater")).to_have_count(0)
        press(page, "sign-out")
        only_the_door(page, "Sign in to go on")
        page.goto(f"{address}/label?study={study.id}")
        only_the_door(page, "Sign in to go on")


def test_whoever_has_no_role_or_no_verified_address_stays_outside(browser: Browser, address: str) -> None:
    for account, words in (("ben", "Ask ada@example.org to give you one"), ("eve", "has not verified")):
        context = browser.new_context()
        context.set_default_timeout(LONG_MS)
        with signed_in(context, address, account) as page:
            only_the_door(page, words)
            page.goto(f"{address}/archive")
            only_the_door(page, words)
        context.close()


def test_a_role_given_on_the_people_page_opens_its_pages(
    browser: Browser, context: BrowserContext, address: str, studio: Studio, study: Study
) -> None:
    with signed_in(context, address, "ada") as page:
        go_to_people(page)
        fill(page, "people-subject", "ben@example.org")
        press(page, "people-give")
        expect(page.locator(".st-key-member-ben\\@example-org, [class*='st-key-member-ben']")).to_be_visible()
    other = browser.new_context()
    other.set_default_timeout(LONG_MS)
    with signed_in(other, address, "ben") as page:
        expect(page.get_by_text("ben@example.org · viewer")).to_be_visible()
        assert navigation(page) == {"", "descriptors", "archive", "diversity"}
        expect(page.get_by_text("New study")).to_have_count(0)
        for name in ("raters", "people", "curate", "illuminate", "label"):
            page.goto(f"{address}/{name}?study={study.id}")
            expect(page.locator("h1")).to_have_text("Studies")  # the first page that a viewer may open
    other.close()
    studio.access.set_role("ben@example.org", None, LOCAL)


@pytest.mark.parametrize("role", ["viewer", "rater", "curator"])
def test_each_role_sees_its_pages_whole(
    context: BrowserContext, address: str, studio: Studio, study: Study, role: Role
) -> None:
    """No page of theirs asks for more than they may, and none leads where they may not go."""
    studio.access.set_role("ben@example.org", role, LOCAL)
    ben = Person(name="Ben", role=role, subject="ben@example.org")
    with signed_in(context, address, "ben") as page:
        expect(page.get_by_text(f"ben@example.org · {role}")).to_be_visible()
        for name in (name for name in ROOMS if may_open(ben, name)):
            page.goto(f"{address}/{name}?study={study.id}")
            expect(page.locator("h1, h3").first).to_be_visible()
            expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
            said = page.locator('[data-testid="stAlert"], [data-testid="stException"]').all_inner_texts()
            refusals = [text for text in said if "role" in text or "no use-case" in text or "error" in text.lower()]
            assert refusals == [], name
    studio.access.set_role("ben@example.org", None, LOCAL)


def go_to_people(page: Page) -> None:
    page.locator('[data-testid="stSidebarNavLink"][href*="people"]').click()
    expect(page.locator("h1")).to_have_text("People")


def test_an_invitation_made_on_the_people_page_labels_one_study_and_nothing_else(
    browser: Browser, context: BrowserContext, address: str, study: Study, secret: Study, studio: Studio
) -> None:
    with signed_in(context, address, "ada") as page:
        page.goto(f"{address}/people?study={study.id}")
        fill(page, "invite-name", "Mira")
        press(page, "invite-make")
        link = page.locator('[data-testid="stCode"] code').inner_text()
    assert link.startswith(f"{address}/?invite=")
    with visiting(browser, f"{link}&study={secret.id}&rater=Ada") as page:
        only_the_label_page(page)
        assert study.id in page.url
        answer(page, "12")
        await_saved(page)
        page.reload()
        only_the_label_page(page)
        answer(page, "1")
        await_saved(page)
    invited = [r for r in studio.store.judgments.raters(study.id) if r.invite_id]
    assert [r.name for r in invited] == ["Mira"]
    assert studio.labelling.answered(study, invited[0]) == 3
    assert studio.store.judgments.raters(secret.id) == []


@pytest.mark.parametrize("name", OTHERS)
def test_an_invitation_opens_no_other_page(
    browser: Browser, address: str, studio: Studio, study: Study, secret: Study, name: str
) -> None:
    link = link_of(studio.access.invite(study, "Jon", LOCAL)).removeprefix("/")
    with visiting(browser, f"{address}/{name}{link}&study={secret.id}") as page:
        only_the_label_page(page)


def test_an_invitation_that_opens_nothing_says_why(
    browser: Browser, address: str, studio: Studio, study: Study
) -> None:
    book = studio.access
    invite, withdrawn = book.invite(study, "Kai", LOCAL), book.invite(study, "Kai", LOCAL)
    book.revoke(withdrawn, LOCAL)
    ended = studio.store.access.add_invite(replace(invite, id=new_id(), expires_at=now() - timedelta(minutes=1)))
    for path, words in (
        (link_of(invite)[:-1], "not as it was sent"),
        (link_of(invite).replace(invite.id, withdrawn.id), "not as it was sent"),
        (link_of(withdrawn), "This invitation was withdrawn"),
        (link_of(ended), "This invitation ended on"),
        (link_of(replace(invite, id=new_id())), "This invitation is not known here"),
        ("/label" + link_of(withdrawn).removeprefix("/"), "This invitation was withdrawn"),
    ):
        with visiting(browser, address + path) as page:
            only_the_door(page, words)


def test_withdrawing_an_invitation_stops_whoever_is_labelling(
    browser: Browser, address: str, studio: Studio, study: Study
) -> None:
    invite = studio.access.invite(study, "Ines", LOCAL)
    with visiting(browser, address + link_of(invite)) as page:
        answer(page, "1")
        await_saved(page)
        studio.access.revoke(invite, LOCAL)
        page.wait_for_timeout(2_500)  # what was let in a moment ago holds for two seconds more
        page.keyboard.press("2")
        expect(page.get_by_text("This invitation was withdrawn").first).to_be_visible(timeout=LONG_MS)
        page.reload()
        only_the_door(page, "This invitation was withdrawn")
    (ines,) = [r for r in studio.store.judgments.raters(study.id) if r.invite_id == invite.id]
    assert studio.labelling.answered(study, ines) == 1
