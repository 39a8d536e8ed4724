"""Every page before axe: nothing serious or critical, in light, in dark, and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pages._ui.rooms import ROOMS
from tests.browser.conftest import Furnished
from tests.browser.driving import await_quiet, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 700}, "color_scheme": "light", "has_touch": True},
}  # fmt: skip
GRAVE = ("serious", "critical")
NAVIGATION = '[data-testid="stSidebarNavItems"]'
# Streamlit's own findings, which no page of ours can mend: rule, what holds the element, why.
THEIRS = [
    ("list", NAVIGATION, "sections of the side bar are a list of divs"),
    ("listitem", NAVIGATION, "the links of a section lie in such a div"),
]


@pytest.fixture(scope="module", params=LOOKS)
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**LOOKS[request.param])  # type: ignore[arg-type]
    yield context
    context.close()


def findings(page: Page) -> list[str]:
    """What axe finds in the page that is grave and not Streamlit's own."""
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
        if violation["impact"] in GRAVE and not _theirs(page, violation["id"], node["target"])
    ]


def _theirs(page: Page, rule: str, target: list[Any]) -> bool:
    holders = [holder for known, holder, _ in THEIRS if known == rule]
    if not holders or len(target) > 1 or not isinstance(target[0], str):
        return False
    inside = "([target, holder]) => document.querySelector(target).closest(holder) !== null"
    return any(page.evaluate(inside, [target[0], holder]) for holder in holders)


@pytest.mark.parametrize("name", ROOMS)
def test_nothing_serious_keeps_anyone_out(visitor: BrowserContext, furnished: Furnished, name: str) -> None:
    with opened(visitor, furnished.page(name)) as page:
        await_quiet(page)
        if name == "label":
            expect(page.locator(".card")).to_have_attribute("data-state", "ready")
        assert findings(page) == []


def test_what_is_grave_is_told_and_what_is_streamlits_own_is_not(browser: Browser) -> None:
    page = browser.new_page()
    items = "<div><li>Label</li></div>"
    page.set_content(f"<main><h1>Page</h1><ul data-testid='stSidebarNavItems'>{items}</ul><ul>{items}</ul></main>")
    assert {finding.split(":")[0] for finding in findings(page)} == {
        "list",
        "listitem",
        "document-title",
        "html-has-lang",
    }
    assert len(findings(page)) == 4
    page.close()
