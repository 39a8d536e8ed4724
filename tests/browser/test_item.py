"""One item from the map to a comparison: what is said of it, its family, filters that survive a reload, a remake."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import product
from benchmarks.planted_study import pictured, work
from qdhf.studio import Studio
from qdhf.studio.noting import Said
from qdhf.types import Item, RunSpec, Study
from storage import open_store
from tests.browser.driving import PATIENCE_MS, await_quiet, visiting
from tests.browser.test_axe import findings

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with closing(open_store(folder=tmp_path / "data")) as store:
        yield Studio(store)


@pytest.fixture
def study(studio: Studio) -> Study:
    """24 planted pictures, the last eight of which have parents."""
    made = pictured(studio, 16, batch=8)
    work(studio, studio.store.runs.add(made.id, RunSpec(kind="illuminate", budget=8, candidates=1)))
    return made


def say(page: Page, studio: Studio, study: Study, item: Item) -> None:
    """A star, a tag and a note."""
    page.get_by_role("button", name="Star", exact=True).click()
    expect(page.get_by_role("button", name="Starred", exact=True)).to_be_visible()
    tags = page.get_by_role("combobox", name="Tags")
    tags.click()
    tags.press_sequentially("calm & round")
    tags.press("Enter")
    await_quiet(page)
    note = page.get_by_role("textbox", name="Note")
    note.fill("the **best**\nso far")
    note.blur()
    expected = Said(tags=("calm & round",), starred=True, note="the **best**\nso far", note_by="local")
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while studio.noting.of_item(study, item.id) != expected and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert studio.noting.of_item(study, item.id) == expected


def climb(page: Page, item: Item, parent: str) -> None:
    """Up the family tree by keyboard."""
    page.get_by_role("tab", name="Family").click()
    tree = page.get_by_role("group", name="Family tree")
    own = tree.locator(f'[data-id="{item.id}"]')
    expect(own).to_have_attribute("aria-current", "true")
    own.focus()
    page.keyboard.press("ArrowUp")
    expect(tree.locator("button:focus")).to_have_attribute("data-id", parent)
    page.keyboard.press("Enter")
    # while the page is drawn anew, the earlier tree, where the parent is not the current one, may stand beside the new one
    expect(tree.locator(f'[data-id="{parent}"][aria-current="true"]')).to_be_visible()
    assert f"item={parent}" in page.url
    await_quiet(page)
    assert findings(page) == []


def compare(page: Page) -> None:
    """Two pictures under one zoom, by keyboard."""
    page.get_by_role("button", name="Compare 2").click()
    panes = page.get_by_role("group", name="Items side by side", exact=False)
    expect(panes.locator("img")).to_have_count(2)
    await_quiet(page)
    assert findings(page) == []
    panes.focus()
    for key in ("+", "+", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    expect(panes.get_by_role("status")).to_have_text("156 %")
    moved = {image.evaluate("image => image.style.transform") for image in panes.locator("img").all()}
    assert moved == {"translate(-40.125%, -16.125%) scale(1.5625)"}
    page.keyboard.press("0")
    expect(panes.get_by_role("status")).to_have_text("100 %")
    page.keyboard.press("Escape")
    expect(panes).to_have_count(0)


def test_an_item_is_starred_compared_found_again_and_made_again(
    browser: Browser, studio: Studio, study: Study, tmp_path: Path
) -> None:
    item = studio.store.items.of_study(study.id)[-1]
    assert item.genome is not None
    parent = item.genome.parents[0]
    with (
        product(tmp_path / "data", worker=False) as address,
        visiting(browser, f"{address}/archive?study={study.id}&item={item.id}", height=1600) as page,
    ):
        expect(page.locator(".st-key-item-panel")).to_be_visible()
        await_quiet(page)
        say(page, studio, study, item)
        page.locator(".st-key-item-actions").get_by_role("button", name="Compare").click()
        climb(page, item, parent)
        page.locator(".st-key-item-actions").get_by_role("button", name="Compare").click()
        compare(page)
        page.get_by_role("button", name="Filter").click()
        page.get_by_text("Starred", exact=True).last.click()
        expect(page.get_by_text("1 of 24 items pass")).to_be_visible()
        page.reload()
        expect(page.get_by_text("1 of 24 items pass")).to_be_visible()
        expect(page.get_by_role("button", name="Compare 2")).to_be_visible()
        page.get_by_role("tab", name="How it was made").click()
        page.get_by_role("button", name="Make it again").click()
        expect(page.get_by_text("Waiting for the worker", exact=False)).to_be_visible()
        (status,) = studio.remaking.of_item(studio.store.items.get(parent))
        studio.remaking.make(status.remake.id, studio.engine.models)
        expect(page.get_by_text("identical, byte for byte", exact=False)).to_be_visible()
