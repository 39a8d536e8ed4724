"""The Descriptors page in a real browser, on planted pictures and simulated answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from storage import open_store
from tests.browser.driving import visiting
from tests.browser.product import fill, press, product
from tests.studio.conftest import label, work

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLANTED = GeneratorSpec(name="planted")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product") / "data"


@pytest.fixture(scope="module")
def studies(home: Path) -> tuple[Study, Study]:
    """One with 40 answers that no version has seen yet, one without any."""
    store = open_store(folder=home)
    studio = Studio(store)
    made = []
    for name in ("Taught <b>& bold</b>", "Fresh"):
        study = studio.studies.create(
            name, prompts=["disc", "square"], generator=PLANTED, encoder="pixels", scorer="colour"
        )
        work(studio, studio.studies.populate(study, 30))
        studio.learning.current(study)
        made.append(study)
    label(studio, made[0], 40)
    store.close()
    return made[0], made[1]


@pytest.fixture(scope="module")
def address(home: Path, studies: tuple[Study, Study]) -> Iterator[str]:
    with product(home, worker=False) as url:
        yield url


def shown(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=False).first).to_be_visible(timeout=60_000)


def test_without_answers_the_page_says_so_and_asks_for_some(
    browser: Browser, address: str, studies: tuple[Study, Study]
) -> None:
    with visiting(browser, f"{address}/descriptors?study={studies[1].id}") as page:
        shown(page, "Unsupervised axes: they follow the items' own variation")
        shown(page, "Nobody has been asked yet.")
        shown(page, "Answer more questions")
        expect(page.get_by_text("How far to trust them")).to_have_count(0)
        expect(page.locator(".axis-strip").first.locator("img")).not_to_have_count(0)


def test_learning_changes_the_verdict_and_a_name_outlives_a_reload(
    browser: Browser, address: str, studies: tuple[Study, Study]
) -> None:
    with visiting(browser, f"{address}/descriptors?study={studies[0].id}") as page:
        shown(page, "40 answers since version 1")
        press(page, "descriptors-fit")
        shown(page, "version 2 knows every answer")
        expect(page.get_by_text("Unsupervised axes")).to_have_count(0)
        shown(page, "How far to trust them")
        press(page, "descriptors-rename-0")
        fill(page, "descriptors-name-0", "Mood <i>& 🐱</i>")
        fill(page, "descriptors-low-0", "sad")
        fill(page, "descriptors-high-0", "<b>happy</b>")
        press(page, "descriptors-save-0")
        shown(page, "<b>happy</b> →")
        page.reload()
        shown(page, "Mood <i>& 🐱</i>")
        shown(page, "← sad")
        page.goto(f"{address}/archive?study={studies[0].id}")
        expect(page.locator('[data-part="axis-0"]')).to_have_text(
            "Mood <i>& 🐱</i>: sad → <b>happy</b>", timeout=60_000
        )


def test_a_forecast_is_made_when_asked_for(browser: Browser, address: str, studies: tuple[Study, Study]) -> None:
    with visiting(browser, f"{address}/descriptors?study={studies[0].id}") as page:
        shown(page, "What more answers would bring")
        press(page, "descriptors-forecast")
        shown(page, "Ask 40 more")
        expect(page.locator('[data-testid="stVegaLiteChart"]').first).to_be_visible()


def test_nothing_is_wider_than_a_phone(browser: Browser, address: str, studies: tuple[Study, Study]) -> None:
    with visiting(browser, f"{address}/descriptors?study={studies[0].id}", width=375, height=800) as page:
        shown(page, "What each axis means")
        expect(page.locator(".axis-strip img").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        box = page.locator(".axis-strip").first.bounding_box()
        assert box is not None
        assert box["height"] < 60  # one row
