"""The raters page in a real browser: how people answer, whether they are of several minds, what suits all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from qdhf.studio import Studio
from qdhf.types import Study
from storage import open_store
from tests.browser.driving import chromium, visiting
from tests.browser.product import press, product
from tests.several_minds import LOOK, make_study, rate, two_minds

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


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
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
