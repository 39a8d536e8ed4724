"""Steps through the whole product as a user starts it: the app and its worker, on a data folder of their own."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from benchmarks.browser import product as product

ROOM = "document.querySelector('[data-testid=\"stBidiComponentIsolated\"]')?.shadowRoot"
READY = f"{ROOM}?.querySelector('.card')?.dataset.state === 'ready'"
SHOWN = f"[...{ROOM}.querySelectorAll('.stage .slot img')].map(image => image.src).join()"
MAP = "[...(window.qdhfMaps ?? [])].find(map => map.canvas.isConnected)"
LONG_MS = 400_000  # a run of images on two busy cores


def go(page: Page, name: str) -> None:
    """To a page by its link in the side bar."""
    page.locator(f'[data-testid="stSidebarNav"] a[href*="/{name}"]').click()
    page.wait_for_url(f"**/{name}?**")


def fill(page: Page, key: str, text: str) -> None:
    field = page.locator(f".st-key-{key}").locator("input, textarea").first
    field.fill(text)
    field.blur()


def press(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} button").first.click()


def make_study(page: Page, address: str, name: str, prompts: str) -> None:
    page.goto(address)
    page.get_by_text("New study", exact=True).click()
    fill(page, "new-name", name)
    fill(page, "new-prompts", prompts)
    press(page, "new-make")
    page.wait_for_url("**/illuminate?**")


def answer(page: Page, keys: str) -> None:
    """One answer per key; each waits until its question is on screen and was taken: a locked card drops keys."""
    for key in keys:
        page.wait_for_function(READY, timeout=60_000)
        before = page.evaluate(SHOWN)
        for _ in range(5):
            page.keyboard.press("Space" if key == " " else key)
            try:
                page.wait_for_function(f"before => ({SHOWN}) !== before", arg=before, timeout=4_000)
                break
            except PlaywrightTimeout:
                continue


def await_saved(page: Page) -> None:
    expect(page.locator('[data-part="saved"]')).to_have_attribute("data-unsaved", "0", timeout=30_000)


def click_cell(page: Page, cell: int) -> None:
    """Click the middle of a cell on the map."""
    page.wait_for_function(f"{MAP}?.view.layout && {MAP}.frame === undefined", timeout=60_000)
    box = page.evaluate(f"{MAP}.view.box({cell})")
    middle = {"x": box["x"] + box["size"] / 2, "y": box["y"] + box["size"] / 2}
    page.locator('canvas[data-part="canvas"]').click(position=middle)
