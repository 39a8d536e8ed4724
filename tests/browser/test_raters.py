"""The raters page in a real browser: how people answer, whether they are of several minds, what suits all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages._ui import signing
from pages._ui.invitations import link_of
from qdhf.studio import Studio
from qdhf.types import Guide, Invite, Study, new_id, now
from storage import SqlStore, open_store
from tests.browser.driving import visiting
from tests.browser.product import READY, fill, press, product
from tests.several_minds import LOOK, make_study, rate, two_minds

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

PICTURES_THERE = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("raters") / "data"


@pytest.fixture(scope="module")
def study(home: Path) -> Study:
    """Four people who look at size and colour, two who look at the height, and one who hardly looks and soon stops."""
    store = open_store(folder=home)
    studio = Studio(store)
    made = make_study(studio, 60)
    two_minds(studio, made, answers=140)
    rate(studio, made, "Lena", LOOK, 18, seed=30, lefts=0.95, seconds=0.5)
    store.close()
    return made


@pytest.fixture(scope="module")
def address(home: Path, study: Study) -> Iterator[str]:
    with product(home, worker=False) as url:
        yield url


def test_groups_are_found_on_demand_and_shown_with_what_divides_them(
    browser: Browser, address: str, study: Study
) -> None:
    with visiting(browser, f"{address}/raters?study={study.id}", height=2400) as page:
        page.set_default_timeout(60_000)
        expect(page.get_by_text("Lena chose the left side far more often", exact=False)).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Krippendorff's alpha is 0.", exact=False)).to_be_visible()
        expect(page.get_by_text("7 people answered some of the same questions", exact=False)).to_be_visible()
        press(page, "raters-groups")
        expect(page.get_by_text("People are of 2 minds here")).to_be_visible(timeout=180_000)
        expect(page.get_by_text("Mira and Jon", exact=True)).to_be_visible()
        expect(page.get_by_text("Their own axes")).to_have_count(2)
        expect(page.get_by_text("Group A: the first", exact=False)).to_have_count(4)
        expect(page.locator("[data-testid='stImage'] img, [data-testid='stImageContainer'] img")).to_have_count(
            4 * 3 + 9
        )
        expect(page.get_by_text("A set that is fair to all groups")).to_be_visible()
        expect(page.get_by_text("Judgments in and out")).to_be_visible()
        page.wait_for_function(PICTURES_THERE, timeout=60_000)


@pytest.fixture
def signed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Links made here are signed with the app's key."""
    monkeypatch.setenv("QDHF_HOME", str(home))
    signing.key.cache_clear()
    yield
    signing.key.cache_clear()


def records(home: Path) -> AbstractContextManager[SqlStore]:
    """The store that the app uses, opened once more."""
    return closing(open_store(folder=home))


def test_somebody_is_left_out_with_a_reason_and_let_in_again(
    browser: Browser, address: str, study: Study, home: Path
) -> None:
    with visiting(browser, f"{address}/raters?study={study.id}", height=2400) as page, records(home) as store:
        page.set_default_timeout(60_000)
        warning = page.get_by_text("Lena chose the left side far more often", exact=False)
        expect(warning).to_be_visible(timeout=60_000)
        press(page, "raters-leave-out")
        expect(page.locator(".st-key-raters-exclude button")).to_be_disabled()
        page.locator(".st-key-raters-who input").first.fill("Lena")
        page.get_by_role("option", name="Lena").click()
        fill(page, "raters-why", "Always left")
        press(page, "raters-exclude")
        expect(page.get_by_text("Lena is left out since", exact=False)).to_contain_text("Reason: Always left.")
        expect(warning).to_have_count(0)
        expect(page.get_by_text("6 people answered some of the same questions", exact=False)).to_be_visible()
        (out,) = store.exclusions.excluded(study.id).values()
        assert out.reason == "Always left"
        press(page, f"raters-let-in-{out.rater_id}")
        expect(warning).to_be_visible()
        expect(page.get_by_text("7 people answered some of the same questions", exact=False)).to_be_visible()
        assert store.exclusions.excluded(study.id) == {}


@pytest.mark.usefixtures("signed")
def test_instructions_are_written_from_clear_answers_then_read_and_practised(
    browser: Browser, address: str, study: Study, home: Path
) -> None:
    with visiting(browser, f"{address}/raters?study={study.id}", height=2400) as page, records(home) as store:
        write_instructions(page)
        guide = store.guides.current(study.id)
        assert (guide.version, guide.text) == (1, "Look at **size** first.")
        assert [(each.why, len({each.reference, each.a, each.b})) for each in guide.examples] == [("Both small", 3)]
        assert len(guide.practice) == 2
        expires = now() + timedelta(days=1)
        invite = Invite(
            id=new_id(), study_id=study.id, name="Guest", expires_at=expires, created_by="", created_at=now()
        )
        link = link_of(store.access.add_invite(invite))
        with visiting(browser, address + link, height=1100) as guest:
            practise(guest, guide)
        rater = next(r for r in store.judgments.raters(study.id) if r.invite_id == invite.id)
        (done,) = store.guides.practice(rater.id)
        assert (done.guide, done.right, done.asked) == (1, 1, 2)
        assert store.judgments.count(study.id, rater.id) == 0


def write_instructions(page: Page) -> None:
    page.set_default_timeout(60_000)
    page.get_by_text("Instructions for raters", exact=True).click(timeout=60_000)
    expect(page.get_by_text("Nobody has written any yet", exact=False)).to_be_visible()
    fill(page, "guide-text-0", "Look at **size** first.")
    page.get_by_role("radio", name="From clear answers").click()
    for number in range(3):
        if number < 2:
            press(page, "guide-clear-0")
        else:
            choose_pictures(page)
        expect(page.locator(f".st-key-guide-example-{number} .triplet .nearer")).to_be_visible()
    example, *practised = (page.locator(f".st-key-guide-example-{number}") for number in range(3))
    example.get_by_label("Why").fill("Both small")
    example.get_by_label("Why").blur()
    for each in practised:
        each.get_by_role("radio", name="Asked as practice").click()
    press(page, "guide-save")
    expect(page.get_by_text("Version 1 is kept.", exact=False)).to_be_visible()
    expect(
        page.get_by_text("Changed: the text, examples (0 before, 1 now), practice questions", exact=False)
    ).to_be_visible()


def choose_pictures(page: Page) -> None:
    """Put an example together from the first pictures."""
    page.get_by_role("radio", name="Choose the pictures").click()
    expect(page.locator(".shelf img")).to_have_count(24)
    for number, name in enumerate(("Reference", "More like it", "Less like it"), start=1):
        page.get_by_label(name, exact=True).fill(f"Number {number}")
        page.get_by_role("option", name=f"Number {number}", exact=True).click()
    expect(page.locator(".st-key-guide-chosen button")).to_be_enabled()
    press(page, "guide-chosen")


def practise(page: Page, guide: Guide) -> None:
    """What somebody who was invited meets: the instructions, a practice question, then real ones."""
    page.set_default_timeout(60_000)
    dialog = page.get_by_role("dialog", name="How to answer")
    expect(dialog.locator("strong", has_text="size")).to_be_visible(timeout=60_000)
    expect(dialog.get_by_text("Both small")).to_be_visible()
    expect(dialog.locator(".triplet img")).to_have_count(3)
    page.wait_for_function(PICTURES_THERE)
    press(page, "guide-close")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("A short practice round")).to_be_visible()
    page.wait_for_function(READY)
    page.keyboard.press("2" if guide.practice[0].closer == "a" else "1")
    expect(
        page.get_by_text("You chose the other one. The author of this question expects", exact=False)
    ).to_be_visible()
    expect(page.locator(".triplet .nearer")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_function(READY)
    page.keyboard.press("1" if guide.practice[1].closer == "a" else "2")
    expect(page.get_by_text("That is what the author of this question expects, too.")).to_be_visible()
    expect(page.get_by_text("1 of 2 as expected", exact=False)).to_be_visible()
    page.wait_for_function(PICTURES_THERE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("A short practice round")).to_have_count(0)
    page.wait_for_function(READY)
