"""The archive page in a real browser: keys and a run fill empty cells, time goes back, two moments stand side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.planted_study import answered, pictured
from qdhf.search.archive import build_view
from qdhf.search.targets import frontier
from qdhf.studio import Studio
from qdhf.types import Study
from storage import open_store
from tests.browser.driving import PATIENCE_MS, await_quiet, overflow, visiting
from tests.browser.product import LONG_MS, product

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ITEMS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive") / "data"


@pytest.fixture(scope="module")
def studio(home: Path) -> Iterator[Studio]:
    store = open_store(folder=home)
    studio = Studio(store)
    study = pictured(studio, ITEMS, batch=20)
    answered(store, study, [studio.labelling.rater(study, name) for name in ("Ann", "Bob")], 60)
    studio.learning.fit(study)
    yield studio
    store.close()


@pytest.fixture(scope="module")
def study(studio: Studio) -> Study:
    return studio.studies.all()[0]


@pytest.fixture(scope="module")
def address(home: Path, studio: Studio) -> Iterator[str]:
    with product(home) as url:
        yield url


class Map:
    """One of the maps on the page: ``map``, or ``beside``."""

    def __init__(self, page: Page, which: str = "map") -> None:
        self.page = page
        self.script = f"[...(window.qdhfMaps ?? [])].find(map => map.name.startsWith('archive-{which}-'))"
        page.wait_for_function(f"{self.script}?.drawn && {self.script}.frame === undefined", timeout=PATIENCE_MS)
        self.holder: Locator = page.locator(f'[class*="st-key-archive-{which}-"]').filter(
            has=page.locator('[data-part="canvas"]')
        )

    def tell(self, expression: str) -> Any:
        return self.page.evaluate(f"(() => {{ const map = {self.script}; return {expression}; }})()")

    def part(self, name: str) -> Locator:
        return self.holder.locator(f'[data-part="{name}"]').first

    def await_true(self, expression: str) -> None:
        self.page.wait_for_function(
            f"(() => {{ const map = {self.script}; return {expression}; }})()", timeout=PATIENCE_MS
        )

    def walk(self, cell: int) -> None:
        """Move the focus there with arrow keys."""
        at, rows = self.tell("map.marks.focused"), self.tell("map.sheet.layout.ny")
        across, up = cell // rows - at // rows, cell % rows - at % rows
        for key, steps in (("ArrowRight", across), ("ArrowLeft", -across), ("ArrowUp", up), ("ArrowDown", -up)):
            for _ in range(steps):
                self.page.keyboard.press(key)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_empty_cells_are_filled_by_keys_and_a_run_and_time_takes_them_back(
    browser: Browser, address: str, studio: Studio, study: Study
) -> None:
    sheet = studio.mapping.sheet(study)
    empty = frontier(build_view(studio.matrices.of(study), sheet.fit, study.map.dims))[:4].tolist()
    with visiting(browser, f"{address}/archive?study={study.id}", height=1200) as page:
        shown = Map(page)
        assert shown.tell("Array.from(map.filling.row)") == sheet.elites.tolist()
        shown.part("canvas").evaluate("canvas => { canvas.focus({ focusVisible: true }); }")
        for cell in empty:
            shown.walk(cell)
            page.keyboard.press("t")
        page.get_by_label("Images", exact=True).fill("32")
        page.get_by_role("button", name="Fill 4 picked cells").click()
        expect(page.get_by_text("Run of 32 images queued")).to_be_visible()
        shown.await_true("map.marks.targets.size === 0")
        run = studio.store.runs.of_study(study.id)[0]
        assert run.spec.targets == tuple(sorted(empty))
        page.wait_for_function(  # the page is told of new items when something on it is touched
            f"() => {{ const map = {shown.script}; document.querySelector('.st-key-archive-twin input')?.click();"
            f" return map?.sheet.items === {ITEMS + 32}; }}", polling=4000, timeout=LONG_MS,
        )  # fmt: skip
        filled = [cell for cell in empty if shown.tell(f"map.filling.row[{cell}]") >= ITEMS]
        assert filled
        shown.part("until").fill(str(ITEMS))
        assert shown.tell("Array.from(map.filling.row)") == sheet.elites.tolist()
        page.wait_for_url(f"**archive-until={ITEMS}**")
        choose(page, "Beside it", "the latest, at any moment")
        beside = Map(page, "beside")
        cell = filled[0]
        row = beside.tell(f"map.filling.row[{cell}]")
        assert shown.tell(f"map.filling.row[{cell}]") == -1
        assert row >= ITEMS
        beside.tell(f"map.open({row})")
        expect(page.locator(".st-key-archive-panel")).to_contain_text(f"Picture {row + 1}")
        page.reload()
        again, other = Map(page), Map(page, "beside")
        assert (again.tell("map.until"), other.tell("map.until")) == (ITEMS, ITEMS + 32)
        other.await_true(f"map.marks.selected === {cell}")
        expect(page.locator(".st-key-archive-panel")).to_contain_text(f"Picture {row + 1}")


def moved_elsewhere(page: Page, address: str, study: Study, tagged: int, folder: Path) -> None:
    """The filter finds what was tagged, a bundle carries all of it, and the map is the same in another installation."""
    page.goto(f"{address}/archive?study={study.id}&tag=lassoed")
    there = Map(page)
    rows, items = there.tell("Array.from(map.filling.row)"), there.tell("map.sheet.items")
    passed = f"{tagged} of {items} items pass"
    expect(page.get_by_text(passed)).to_be_visible()
    page.goto(f"{address}/curate?study={study.id}")
    page.get_by_text("The whole study", exact=True).click()
    page.get_by_role("button", name="Bundle the whole study").click()
    button = page.locator('[class*="st-key-download-"] button')
    expect(button).to_be_visible(timeout=LONG_MS)
    with page.expect_download() as download:
        button.click()
    download.value.save_as(folder / "study.zip")
    with product(folder / "elsewhere", worker=False) as elsewhere:
        page.goto(elsewhere)
        page.get_by_text("A study from another installation").click()
        page.locator(".st-key-studies-bundle input[type=file]").set_input_files(folder / "study.zip")
        page.get_by_role("button", name="Bring it in").click()
        expect(page.get_by_text(f"{study.name}: ").first).to_be_visible(timeout=LONG_MS)
        page.goto(f"{elsewhere}/archive?study={study.id}&tag=lassoed")
        assert Map(page).tell("Array.from(map.filling.row)") == rows
        expect(page.get_by_text(passed)).to_be_visible()


def test_a_lasso_is_tagged_and_moves_with_its_study_and_everything_fits_a_phone(
    browser: Browser, address: str, studio: Studio, study: Study, tmp_path: Path
) -> None:
    with visiting(browser, f"{address}/archive?study={study.id}&archive-cells=50+even+cells", height=1300) as page:
        shown = Map(page)
        await_quiet(page)
        assert shown.tell("map.sheet.layout.size") == 50
        shown.holder.get_by_role("button", name="Lasso").click()
        canvas = shown.part("canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        around = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)]
        for n, (right, down) in enumerate(around):
            page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"], steps=3)
            if n == 0:
                page.mouse.down()
        page.mouse.up()
        chosen = sorted(shown.tell("[...map.picked.items]"))
        assert len(chosen) > 5
        expect(page.locator(".st-key-archive-selected")).to_contain_text(f"{len(chosen)} items")
        page.locator(".st-key-archive-selected").get_by_role("combobox", name="Tag").fill("lassoed")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Tag them").click()
        expect(page.get_by_text(f"{len(chosen)} items tagged “lassoed”")).to_be_visible()
        assert studio.noting.tags(study) == {"lassoed": len(chosen)}
        moved_elsewhere(page, address, study, len(chosen), tmp_path)
        page.goto(f"{address}/archive?study={study.id}&archive-cells=50+even+cells")
        shown = Map(page)
        page.set_viewport_size({"width": 375, "height": 800})
        shown.await_true("map.view.width < 350")
        assert overflow(page) == []
