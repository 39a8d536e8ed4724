"""Every page by its address on a fresh server: no page runs without the frame, none breaks without a study."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from pages._ui.rooms import ROOMS
from tests.browser.conftest import Furnished
from tests.browser.driving import await_quiet, overflow, visiting
from tests.browser.product import product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEEDING_A_STUDY = ["label", "descriptors", "raters", "illuminate", "archive", "diversity", "curate"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with product(tmp_path_factory.mktemp("product") / "data", worker=False) as url:
        yield url


@pytest.mark.parametrize("name", NEEDING_A_STUDY)
def test_a_page_opened_directly_asks_for_a_study(browser: Browser, address: str, name: str) -> None:
    with visiting(browser, f"{address}/{name}") as page:
        expect(page.get_by_text("Choose a study first")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("No worker is running")).to_be_visible()
        expect(page.get_by_text("encountered an error")).to_have_count(0)


@pytest.mark.parametrize("name", ROOMS)
def test_a_page_fits_a_phone(browser: Browser, furnished: Furnished, name: str) -> None:
    with visiting(browser, furnished.page(name), width=375, height=700) as page:
        await_quiet(page)
        assert overflow(page) == []
        expect(page.get_by_text("encountered an error")).to_have_count(0)


def test_what_is_too_wide_for_a_phone_is_told(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.set_content("<meta name='viewport' content='width=device-width'><p style='width: 500px'>wide</p>")
    assert "p" in "".join(overflow(page)[1:])
    page.close()


def test_an_unknown_study_is_said_and_not_fatal(browser: Browser, address: str) -> None:
    with visiting(browser, f"{address}/archive?study=nonsense") as page:
        expect(page.get_by_text("does not exist here")).to_be_visible(timeout=60_000)


def test_nothing_is_fetched_from_elsewhere(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    foreign: list[str] = []
    page.on(
        "request", lambda r: None if r.url.startswith((address, "data:", "blob:", "ws:")) else foreign.append(r.url)
    )
    page.goto(address)
    expect(page.get_by_text("Try the demo")).to_be_visible(timeout=60_000)
    context.close()
    assert foreign == []


@pytest.mark.parametrize(
    "path", ["img/9999999999/0123/" + "a" * 64, "img/1/0123/" + "a" * 64, "img/9999999999/0/..%2f..%2fsecret"]
)
def test_pictures_need_a_valid_signature(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/{path}")
    assert refused.value.code in (400, 403, 404)
    refused.value.close()
