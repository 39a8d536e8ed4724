"""The map in a real browser: what is picked, by pointer and by keys, where zoom and pan lead, and how fast it draws."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from pages._ui.map_canvas import MapCells, _columns, parse_pick
from tests.browser.driving import PATIENCE_MS, opened, serving

pytestmark = pytest.mark.browser

rooms = (f"map-{number}" for number in itertools.count())
NX, NY = 8, 6
_rng = random.Random(1)  # as on the stage
FILLED = [cell for cell in range(NX * NY) if _rng.random() < 0.6]
EMPTY = [cell for cell in range(NX * NY) if cell not in FILLED]
MAP = "document.querySelector('[data-testid=\"stBidiComponentIsolated\"]').shadowRoot.map"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(Path(__file__).parent / "harness" / "server.py") as url:
        yield url


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    shared = browser.new_context(viewport={"width": 1280, "height": 800})
    yield shared
    shared.close()


class Stage:
    def __init__(self, page: Page, address: str, room: str) -> None:
        self.page, self.address, self.room = page, address, room
        self.canvas = page.locator('[data-part="canvas"]')
        expect(self.canvas).to_be_visible()
        page.wait_for_function(f"{MAP}?.view.grid && {MAP}.frame === undefined", timeout=PATIENCE_MS)

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def view(self, expression: str) -> Any:
        return self.page.evaluate(f"{MAP}.view.{expression}")

    def middle(self, cell: int) -> dict[str, float]:
        """Where the cell's middle is on the canvas."""
        box = self.view(f"box({cell})")
        return {"x": box["x"] + box["size"] / 2, "y": box["y"] + box["size"] / 2}

    def click(self, cell: int) -> None:
        self.canvas.click(position=self.middle(cell))

    def hover(self, cell: int) -> None:
        self.canvas.hover(position=self.middle(cell))

    def await_pick(self, pick: dict[str, Any]) -> None:
        expect(self.page.get_by_text(f"picked {pick}", exact=True)).to_be_visible()

    def record(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.page.request.get(f"{self.address}/record/{self.room}", max_retries=3).json()
        return kept

    def heard(self) -> Locator:
        return self.part("live")


@pytest.fixture
def stage(context: BrowserContext, address: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    room = next(rooms)
    rest = getattr(request, "param", f"&dims={NX}x{NY}")
    with opened(context, f"{address}/?show=map&room={room}{rest}") as page:
        yield Stage(page, address, room)


def test_a_click_picks_the_cell_under_it(stage: Stage) -> None:
    picks = [
        {"cell": FILLED[3], "item": f"item-{FILLED[3]}"},
        {"cell": EMPTY[0], "item": None},
        {"cell": FILLED[-1], "item": f"item-{FILLED[-1]}"},
    ]
    for pick in picks:
        stage.click(pick["cell"])
        stage.await_pick(pick)
        assert stage.page.evaluate(f"{MAP}.marks.selected") == pick["cell"]
    assert stage.record()["picks"] == picks


def test_axis_0_runs_right_and_axis_1_runs_up(stage: Stage) -> None:
    origin, right, up = (stage.middle(cell) for cell in (0, NY, 1))
    assert right["x"] > origin["x"]
    assert right["y"] == origin["y"]
    assert up["y"] < origin["y"]
    assert up["x"] == origin["x"]
    assert all(stage.view(f"at({place['x']}, {place['y']})") == cell for place, cell in ((right, NY), (up, 1)))
    expect(stage.part("axis-0")).to_have_text("bare ↔ leafy")
    expect(stage.part("axis-1")).to_have_text("calm ↔ stormy")


def test_the_tooltip_shows_what_is_in_the_cell_without_a_rerun(stage: Stage) -> None:
    runs = stage.record()["runs"]
    stage.hover(FILLED[5])
    expect(stage.part("tip-title")).to_have_text(
        stage.page.evaluate(f"{MAP}.grid.contents({FILLED[5]})").replace("q", "Q")
    )
    expect(stage.part("tip-image")).to_have_attribute("src", f"/img/{stage.room}/m{FILLED[5]}")
    stage.hover(EMPTY[1])
    expect(stage.part("tip-title")).to_have_text("Empty cell")
    expect(stage.part("tip-image")).to_be_hidden()
    stage.page.mouse.move(2, 2)
    expect(stage.part("tip")).to_be_hidden()
    assert stage.record()["runs"] == runs


def test_the_keyboard_walks_and_picks(stage: Stage) -> None:
    stage.part("canvas").evaluate("canvas => { canvas.focus({ focusVisible: true }); }")
    expect(stage.heard()).to_have_text(f"column 1, row {FILLED[0] + 1}, {describe(stage, FILLED[0])}")
    for _ in range(NY):
        stage.page.keyboard.press("ArrowDown")  # to the edge and no further
    expect(stage.heard()).to_have_text(f"column 1, row 1, {describe(stage, 0)}")
    stage.page.keyboard.press("ArrowUp")
    stage.page.keyboard.press("ArrowRight")
    stage.page.keyboard.press("ArrowRight")
    stage.page.keyboard.press("ArrowLeft")
    expect(stage.heard()).to_have_text(f"column 2, row 2, {describe(stage, NY + 1)}")
    stage.page.keyboard.press("Enter")
    item = f"item-{NY + 1}" if NY + 1 in FILLED else None
    stage.await_pick({"cell": NY + 1, "item": item})
    stage.page.keyboard.press("+")
    assert stage.view("zoom") > 1
    stage.page.keyboard.press("0")
    assert stage.view("zoom") == 1


def describe(stage: Stage, cell: int) -> str:
    said: str = stage.page.evaluate(f"{MAP}.grid.contents({cell})")
    assert said.startswith("quality" if cell in FILLED else "empty cell")
    return said


def test_zoom_keeps_the_cell_under_the_pointer_and_a_drag_picks_nothing(stage: Stage) -> None:
    cell = FILLED[len(FILLED) // 2]
    place = stage.middle(cell)
    stage.canvas.hover(position=place)
    for _ in range(4):
        stage.page.mouse.wheel(0, -300)
    stage.page.wait_for_function(f"{MAP}.view.zoom === {MAP}.view.limit", timeout=PATIENCE_MS)
    assert stage.view(f"at({place['x']}, {place['y']})") == cell
    before = stage.view("x")
    box = stage.canvas.bounding_box()
    assert box is not None
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] + place["x"] - 60, box["y"] + place["y"], steps=4)
    stage.page.mouse.up()
    assert stage.view("x") == pytest.approx(before - 60, abs=0.5)
    stage.page.get_by_role("button", name="Whole map").click()
    assert stage.view("zoom") == 1
    stage.page.get_by_role("button", name="Zoom in").click()
    assert stage.view("zoom") == pytest.approx(1.5)
    stage.canvas.dblclick(position={"x": 30, "y": 30})
    assert stage.view("zoom") == 1
    assert len(stage.record()["picks"]) <= 1  # of the double click, none of the drag


@pytest.mark.parametrize("stage", ["&dims=100x100&share=1&plain=1&target=4242"], indirect=True)
def test_ten_thousand_cells_are_drawn_and_picked(stage: Stage) -> None:
    draw = f"{MAP}.painter.draw({MAP}.view)"
    stage.page.evaluate(f"{draw}; window.start = performance.now(); for (let n = 0; n < 5; n += 1) {draw};")
    stage.click(5050)
    stage.await_pick({"cell": 5050, "item": "item-5050"})
    colors = stage.page.evaluate(
        f"""() => {{
          const pen = {MAP}.painter.cells, {{ canvas }} = pen;
          const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
          return seen.size;
        }}"""
    )
    assert colors > 200


def test_thumbnails_are_drawn_crisply_and_follow_the_size_of_the_page(stage: Stage) -> None:
    stage.page.wait_for_function(f"{MAP}.painter.pictures.images.size === {len(FILLED)}", timeout=PATIENCE_MS)
    assert stage.page.evaluate(f"{MAP}.canvas.width === Math.round({MAP}.view.width * devicePixelRatio)")
    stage.page.set_viewport_size({"width": 375, "height": 700})
    stage.page.wait_for_function(f"{MAP}.view.width < 350", timeout=PATIENCE_MS)
    assert stage.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    box = stage.view(f"box({NX * NY - 1})")
    assert box["x"] + box["size"] <= stage.view("width")
    stage.click(FILLED[0])
    stage.await_pick({"cell": FILLED[0], "item": f"item-{FILLED[0]}"})


CELLS = MapCells(
    index=[0, 5], quality=[0.12345, 1], count=[1, 3], item=["a", "b"], thumb=["/img/9/aa/x", "/img/9/ab/y"]
)


def test_what_addresses_share_travels_once() -> None:
    columns = _columns(CELLS, 6)
    assert (columns["thumb_base"], columns["thumb"]) == ("/img/9/a", ["a/x", "b/y"])
    assert columns["quality"] == [0.123, 1.0]


def test_texts_have_no_thumbnails() -> None:
    cells = MapCells(index=[0], quality=[0.5], count=[1], item=["a"], thumb=[None])
    assert _columns(cells, 1)["thumb"] == [None]


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        MapCells(index=[0], quality=[], count=[1], item=["a"], thumb=[None])


def test_cells_off_the_map_are_refused() -> None:
    with pytest.raises(ValueError, match="0 … 4"):
        _columns(CELLS, 5)


@pytest.mark.parametrize(
    "value", [None, 3, {"cell": -1, "item": None}, {"cell": True, "item": None}, {"cell": 1, "item": 2}, {}]
)
def test_a_malformed_pick_is_no_pick(value: object) -> None:
    assert parse_pick(value) is None
