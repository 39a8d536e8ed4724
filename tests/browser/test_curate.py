"""Choosing a set with keys alone: pin, ban, swap; the address shows the same set again; a phone shows it whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Furnished
from tests.browser.driving import await_quiet, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
FOCUSED = """() => {
  let inner = document.activeElement;
  while (inner?.shadowRoot?.activeElement) inner = inner.shadowRoot.activeElement;
  return inner?.getAttribute('aria-label');
}"""


def shown(page: Page) -> list[str]:
    """What each tile says, with how it got in."""
    return page.locator(".st-key-curate-gallery .tile").evaluate_all(
        "all => all.map(t => t.getAttribute('aria-label'))"
    )


def picture(tile: str) -> str:
    return tile.split(".")[0]


def wait_for_change(page: Page, before: list[str]) -> list[str]:
    """The tiles once they are others, all there."""
    first = page.locator(".st-key-curate-gallery")
    expect(first.locator(".tile.going")).to_have_count(0)
    for _ in range(200):
        if (now := shown(page)) != before and len(now) == len(before):
            return now
        page.wait_for_timeout(100)
    raise AssertionError(f"The set stayed {before}.")


def test_a_set_is_made_by_keys_alone_and_found_again_by_its_address(browser: Browser, furnished: Furnished) -> None:
    with visiting(browser, furnished.page("curate") + "&many=6", height=1400) as page:
        page.set_default_timeout(60_000)
        tiles = page.locator(".st-key-curate-gallery .tile")
        expect(tiles).to_have_count(6)
        await_quiet(page)
        first = shown(page)
        tiles.first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert page.evaluate(FOCUSED) == first[2]
        page.keyboard.press("x")
        swapped = wait_for_change(page, first)
        assert [a == b for a, b in zip(first, swapped, strict=True)] == [True, True, False, True, True, True]
        page.keyboard.press("p")
        pinned = wait_for_change(page, swapped)
        assert pinned[0] == f"{picture(swapped[2])}. pinned"
        assert page.evaluate(FOCUSED) == pinned[0]
        page.keyboard.press("End")
        page.keyboard.press("b")
        banned = wait_for_change(page, pinned)
        assert picture(pinned[-1]) not in [picture(tile) for tile in banned]
        page.get_by_text("Representative", exact=True).first.click()
        other = wait_for_change(page, banned)
        assert other[0] == pinned[0]
        page.reload()
        expect(tiles).to_have_count(6)
        await_quiet(page)
        assert shown(page) == other
        expect(page.get_by_text("random sets: worth")).to_be_visible()
        page.set_viewport_size({"width": 375, "height": 1400})
        await_quiet(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        tiles.first.locator("[data-do=pin]").click()  # as it was, for other tests
        wait_for_change(page, other)
        page.get_by_text("Banned (1)").click()
        page.locator(".st-key-curate-banned [data-do=allow]").press("Enter")  # what opens still moves under a mouse
        expect(page.get_by_text("Banned (1)")).to_have_count(0)
