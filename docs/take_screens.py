"""Take the pictures of the guide: a study made, labelled, learned, illuminated and curated in a real browser.

python -m docs.take_screens
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from qdhf.studio import Studio
from storage import open_store
from tests.browser.driving import chromium, visiting
from tests.browser.product import (
    LONG_MS,
    READY,
    ROOM,
    answer,
    await_saved,
    click_cell,
    fill,
    go,
    make_study,
    press,
    product,
)
from tests.several_minds import make_study as make_minds
from tests.several_minds import two_minds

SCREENS = Path(__file__).parent / "screens"
PROMPTS = "cat face\ngrinning face\npig face\nface with tears of joy\ndog face\nnauseated face"


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(2500)
    page.screenshot(path=SCREENS / f"{name}.png")


def several_minds(home: Path) -> str:
    """Id of a study, beside the others, that six simulated people have answered."""
    store = open_store(folder=home)
    studio = Studio(store)
    study = make_minds(studio, 60)
    two_minds(studio, study, answers=140)
    store.close()
    return study.id


def main() -> None:
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shoot_all(folder, several_minds(Path(folder) / "data"))


def shoot_all(folder: str, several: str) -> None:
    with (
        product(Path(folder) / "data") as address,
        chromium() as browser,
        visiting(browser, address, height=860) as page,
    ):
        page.set_default_timeout(60_000)
        make_study(page, address, "Faces with feelings", PROMPTS)
        press(page, "illuminate-generate")
        expect(page.get_by_text("24 made")).to_be_visible(timeout=LONG_MS)
        go(page, "label")
        answer(page, "1211212212112122121121221211212212112122")
        await_saved(page)
        page.wait_for_function(READY)
        shoot(page, "label")
        shoot_modes(page)
        go(page, "descriptors")
        press(page, "descriptors-fit")
        expect(page.get_by_text("version 2 knows every answer")).to_be_visible()
        go(page, "illuminate")
        fill(page, "illuminate-budget", "64")
        press(page, "illuminate-start")
        expect(page.get_by_text("24 made")).to_have_count(2, timeout=LONG_MS * 2)  # of the new run, too
        shoot(page, "illuminate")
        expect(page.get_by_text("running")).to_have_count(0, timeout=LONG_MS * 3)
        go(page, "descriptors")
        shoot(page, "descriptors")
        shoot_use(page)
        page.goto(address)
        shoot(page, "studies")
        shoot_texts(page, address)
        shoot_raters(page, f"{address}/raters?study={several}")


def shoot_two_maps(page: Page) -> None:
    """The study's map beside the one that its first axes, made without answers, would give."""
    address = page.url
    page.get_by_role("combobox", name="Beside it").click()
    page.get_by_role("option", name="Version 1", exact=True).click()
    expect(page.locator('canvas[data-part="canvas"]')).to_have_count(2)
    shoot(page, "archive-two")
    page.goto(address)


def shoot_export(page: Page) -> None:
    """A kept set, its export finished and ready to download or publish."""
    press(page, "curate-keep")
    page.get_by_role("button", name="Export").click()
    button = page.locator('[class*="st-key-download-"] button')
    button.wait_for(timeout=LONG_MS)
    button.scroll_into_view_if_needed()
    shoot(page, "export")


def shoot_texts(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("New study", exact=True).click()
    fill(page, "new-name", "Sentences about the sea")
    page.get_by_text("The shipped language model").click()
    expect(page.locator(".st-key-new-temperature")).to_be_visible()
    fill(page, "new-prompts", "Write one sentence about {the sea|a city|a cat} in a {sad|funny|proud} tone.")
    press(page, "new-make")
    page.wait_for_url("**/illuminate?**")
    press(page, "illuminate-generate")
    expect(page.get_by_text("24 made")).to_be_visible(timeout=LONG_MS)
    go(page, "label")
    page.wait_for_function(READY)
    shoot(page, "label-texts")


def shoot_use(page: Page) -> None:
    """What a lit archive is for: looking at it, its diversity, a set of it and the set's export."""
    go(page, "archive")
    page.set_viewport_size({"width": 1280, "height": 1160})
    click_cell(page, 45)
    shoot(page, "archive")
    shoot_two_maps(page)
    page.set_viewport_size({"width": 1280, "height": 860})
    go(page, "diversity")
    shoot(page, "diversity")
    go(page, "curate")
    expect(page.locator(".st-key-curate-gallery img")).to_have_count(12)
    shoot(page, "curate")
    shoot_export(page)


def shoot_modes(page: Page) -> None:
    """The label page in each of its modes, after some answers: there is a map beside the card by then."""
    for mode, kind in (("Odd one out", "odd"), ("Grid", "grid"), ("Better", "better"), ("Two choices", "triplet")):
        page.get_by_role("radio", name=mode).click()
        page.wait_for_function(f"{ROOM}?.querySelector('.card')?.dataset.kind === '{kind}'")
        page.wait_for_function(READY)
        if kind == "grid":
            page.keyboard.press("3")
        if kind != "triplet":
            shoot(page, f"label-{kind}")


def shoot_raters(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1500})
    page.goto(address)
    press(page, "raters-groups")
    expect(page.get_by_text("People are of 2 minds here")).to_be_visible(timeout=LONG_MS)
    shoot(page, "raters")


if __name__ == "__main__":
    main()
