"""The map in a real browser: what is picked, selected and aimed at, by pointer and by keys; zoom, time, two maps."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from qdhf.search.archive import elites
from tests.browser.driving import PATIENCE_MS, opened
from tests.browser.harness.planted_map import planted_sheet

pytestmark = pytest.mark.browser

rooms = (f"map-{number}" for number in itertools.count())
SHEET = planted_sheet()
NX, NY = SHEET.dims
BEST = [int(SHEET.positions[row]) if row >= 0 else -1 for row in SHEET.elites]  # where the best items stand
FILLED = [cell for cell, position in enumerate(BEST) if position >= 0]
EMPTY = [cell for cell, position in enumerate(BEST) if position < 0]


class Stage:
    """One visitor at the maps, ``which`` of them by version, and what the server has on record for their room."""

    def __init__(self, page: Page, address: str, room: str, which: int = 1) -> None:
        self.page, self.address, self.room = page, address, room
        self.map = f"[...window.qdhfMaps].find(map => map.name.endsWith('-{which}'))"
        self.holder = page.locator(f".st-key-map-{room}-{which}")
        self.canvas = self.part("canvas")
        expect(self.canvas).to_be_visible()
        self.await_drawn()

    def await_drawn(self) -> None:
        self.page.wait_for_function(
            f"{self.map}?.drawn && !{self.map}.moving && {self.map}.frame === undefined", timeout=PATIENCE_MS
        )

    def part(self, name: str) -> Locator:
        return self.holder.locator(f'[data-part="{name}"]')

    def tell(self, expression: str) -> Any:
        """A value of the map's own."""
        return self.page.evaluate(f"(() => {{ const map = {self.map}; return {expression}; }})()")

    def middle(self, cell: int) -> dict[str, float]:
        """Where the cell's middle is on the canvas."""
        box = self.tell(f"map.view.box({cell})")
        return {"x": box["x"] + box["size"] / 2, "y": box["y"] + box["size"] / 2}

    def click(self, cell: int) -> None:
        self.canvas.click(position=self.middle(cell))

    def hover(self, cell: int) -> None:
        self.canvas.hover(position=self.middle(cell))

    def drag(self, *places: dict[str, float]) -> None:
        """Press at the first place, go by way of the others, let go at the last."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        assert box is not None
        for n, place in enumerate(places):
            self.page.mouse.move(box["x"] + place["x"], box["y"] + place["y"], steps=4)
            if n == 0:
                self.page.mouse.down()
        self.page.mouse.up()

    def mode(self, name: str) -> None:
        self.holder.get_by_role("button", name=name, exact=True).click()

    def record(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.page.request.get(f"{self.address}/record/{self.room}", max_retries=3).json()
        return kept

    def await_pick(self, position: int) -> None:
        pick = {"cell": int(SHEET.cells[SHEET.positions == position][0]), "position": position}
        expect(self.page.get_by_text(f"picked {pick}", exact=True).first).to_be_visible()

    def await_record(self, what: str, **wanted: list[int]) -> None:
        """Until the server has heard it."""
        names = sorted(wanted)
        check = f"""async ([url, wanted]) => {{
          const kept = (await (await fetch(url)).json()).{what};
          return JSON.stringify({json.dumps(names)}.map(name => (kept[name] ?? []).sort((a, b) => a - b))) === wanted;
        }}"""
        told = json.dumps([sorted(wanted[name]) for name in names]).replace(" ", "")
        self.page.wait_for_function(check, arg=[f"/record/{self.room}", told], timeout=PATIENCE_MS)


@pytest.fixture
def stage(context: BrowserContext, stage_address: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    room = next(rooms)
    with opened(context, f"{stage_address}/?show=map&room={room}{getattr(request, 'param', '')}") as page:
        yield Stage(page, stage_address, room)


def test_clicks_open_items_and_choose_targets_until_the_page_lets_them_go(stage: Stage) -> None:
    for cell in (FILLED[3], FILLED[-1]):
        stage.click(cell)
        stage.await_pick(BEST[cell])
        assert stage.tell("map.marks.selected") == cell
    assert [pick["cell"] for pick in stage.record()["picks"]] == [FILLED[3], FILLED[-1]]
    stage.click(EMPTY[0])
    stage.click(EMPTY[2])  # before the page has heard of the first
    stage.await_record("targets", cells=[EMPTY[0], EMPTY[2]])
    stage.canvas.click(position=stage.middle(EMPTY[0]), delay=600)
    stage.await_record("targets", cells=[EMPTY[2]])
    expect(stage.part("key-target")).to_be_visible()
    stage.page.get_by_role("button", name="Let go").click()
    expect(stage.part("key-target")).to_be_hidden()
    assert stage.tell("[...map.marks.targets]") == []
    assert len(stage.record()["picks"]) == 2


def test_axes_tooltips_and_examples_say_what_is_where(stage: Stage) -> None:
    origin, right, up = (stage.middle(cell) for cell in (0, NY, 1))
    assert right["x"] > origin["x"]
    assert right["y"] == origin["y"]
    assert up["y"] < origin["y"]
    assert up["x"] == origin["x"]
    expect(stage.part("axis-0")).to_have_text("bare ↔ leafy")
    expect(stage.part("axis-1")).to_have_text("calm ↔ stormy")
    runs, cell = stage.record()["runs"], FILLED[5]
    stage.hover(cell)
    count = int(SHEET.counts[cell])
    expect(stage.part("tip-title")).to_contain_text(
        f"Quality {SHEET.quality[SHEET.elites[cell]]:.2f}, {count} {'item' if count == 1 else 'items'}"
    )
    expect(stage.part("tip-image")).to_have_attribute("src", f"/thumb/{stage.room}/256/{BEST[cell]}")
    stage.hover(EMPTY[1])
    expect(stage.part("tip-title")).to_contain_text("Empty cell")
    expect(stage.part("tip-image")).to_be_hidden()
    stage.page.mouse.move(2, 2)
    expect(stage.part("tip")).to_be_hidden()
    assert stage.record()["runs"] == runs  # all this without asking the page
    stage.holder.get_by_role("button", name="Example 2 of 3 along bare ↔ leafy").click()
    stage.await_pick(5)  # the second item


def test_the_keyboard_alone_walks_opens_aims_selects_and_zooms(stage: Stage) -> None:
    keys, heard = stage.page.keyboard, stage.part("live")
    stage.canvas.evaluate("canvas => { canvas.focus({ focusVisible: true }); }")
    expect(heard).to_contain_text(f"column 1, row {FILLED[0] + 1}, quality")
    for _ in range(NY):
        keys.press("ArrowDown")  # to the edge and no further
    expect(heard).to_contain_text("column 1, row 1")
    walk(stage, FILLED[4])
    expect(heard).to_contain_text(f"column {FILLED[4] // NY + 1}, row {FILLED[4] % NY + 1}, quality")
    keys.press("Enter")
    stage.await_pick(BEST[FILLED[4]])
    walk(stage, EMPTY[3])
    expect(heard).to_contain_text("empty cell")
    keys.press("t")
    expect(heard).to_have_text(f"column {EMPTY[3] // NY + 1}, row {EMPTY[3] % NY + 1}: targeted")
    stage.await_record("targets", cells=[EMPTY[3]])
    keys.press("s")
    stage.await_record("gathered", positions=[], cells=[EMPTY[3]])
    walk(stage, 0)
    keys.down("Shift")
    keys.press("ArrowRight")
    keys.press("ArrowUp")
    keys.up("Shift")
    block = {0, 1, NY, NY + 1}
    stage.await_record(
        "gathered", positions=[BEST[c] for c in block if c in FILLED], cells=sorted({EMPTY[3], *(block & set(EMPTY))})
    )
    keys.press("Escape")
    expect(heard).to_have_text("0 items and 0 empty cells selected")
    keys.press("+")
    assert stage.tell("map.view.zoom") > 1
    keys.press("0")
    assert stage.tell("map.view.zoom") == 1


def walk(stage: Stage, cell: int) -> None:
    """With arrow keys from wherever the focus is."""
    at = stage.tell("map.marks.focused")
    across, up = cell // NY - at // NY, cell % NY - at % NY
    for key, steps in (("ArrowRight", across), ("ArrowLeft", -across), ("ArrowUp", up), ("ArrowDown", -up)):
        for _ in range(steps):
            stage.page.keyboard.press(key)


def test_box_and_lasso_select_what_is_inside_and_nothing_else(stage: Stage) -> None:
    stage.page.keyboard.down("Shift")
    stage.drag(nudge(stage.middle(1), -9, 9), nudge(stage.middle(2 * NY + 3), 9, -9))  # columns 1 to 3, rows 2 to 4
    stage.page.keyboard.up("Shift")
    box = {column * NY + row for column in (0, 1, 2) for row in (1, 2, 3)}
    stage.await_record(
        "gathered", positions=[BEST[c] for c in FILLED if c in box], cells=[c for c in EMPTY if c in box]
    )
    assert set(stage.tell("[...map.marks.gathered]")) == box
    stage.mode("Lasso")
    a, b, c = (stage.middle(cell) for cell in (4 * NY, 7 * NY, 7 * NY + 3))
    stage.drag(nudge(a, -30, 12), nudge(b, 12, 12), nudge(c, 12, -30), nudge(a, -30, 12))
    lasso = {cell for cell in range(NX * NY) if stage.tell(f"map.marks.gathered.has({cell})")}
    assert lasso == {column * NY + row for column in (4, 5, 6, 7) for row in range(column - 3)}
    stage.await_record(
        "gathered", positions=[BEST[c] for c in FILLED if c in lasso], cells=[c for c in EMPTY if c in lasso]
    )
    stage.page.get_by_role("button", name="Let go").click()
    stage.page.wait_for_function(f"{stage.map}.marks.gathered.size === 0", timeout=PATIENCE_MS)
    assert stage.record()["picks"] == []


def nudge(place: dict[str, float], dx: float, dy: float) -> dict[str, float]:
    return {"x": place["x"] + dx, "y": place["y"] + dy}


def test_zoom_keeps_the_cell_under_the_pointer_and_the_address_keeps_the_view(stage: Stage) -> None:
    cell = FILLED[len(FILLED) // 2]
    place = stage.middle(cell)
    stage.canvas.hover(position=place)
    for _ in range(4):
        stage.page.mouse.wheel(0, -300)
    stage.page.wait_for_function(f"{stage.map}.view.zoom === {stage.map}.view.limit", timeout=PATIENCE_MS)
    assert stage.tell(f"map.view.at({place['x']}, {place['y']})") == cell
    expect(stage.part("small")).to_be_visible()
    before = stage.tell("map.view.x")
    stage.drag(place, {"x": place["x"] - 60, "y": place["y"]})
    assert stage.tell("map.view.x") == pytest.approx(before - 60, abs=0.5)
    stage.part("until").fill("9")
    stage.page.wait_for_url(lambda url: "stage-1-view=" in url and "stage-1-until=9" in url)
    zoom, centre = stage.tell("map.view.zoom"), stage.tell("map.view.centre()")
    stage.page.reload()
    again = Stage(stage.page, stage.address, stage.room)
    assert again.tell("map.view.zoom") == pytest.approx(zoom, rel=1e-3)
    assert again.tell("map.view.centre()") == pytest.approx(centre, abs=2e-3)
    assert again.tell("map.until") == 9
    again.mode("Whole map")
    assert again.tell("map.view.zoom") == 1
    expect(again.part("small")).to_be_hidden()
    again.page.wait_for_url(lambda url: "view=" not in url)
    assert stage.record()["picks"] == []  # none of the drag


def test_time_goes_back_as_the_archive_was_then(stage: Stage) -> None:
    runs = stage.record()["runs"]
    for until in (1, 7, len(SHEET) // 2, len(SHEET)):
        stage.part("until").fill(str(until))
        then = elites(SHEET.cells[:until], SHEET.quality[:until], NX * NY)
        assert stage.tell("Array.from(map.filling.row)") == then.tolist()
        expect(stage.part("moment")).to_contain_text(f"{(then >= 0).sum()} cells")
    stage.mode("Replay")
    stage.page.wait_for_function(f"{stage.map}.until < {len(SHEET)}", timeout=PATIENCE_MS)
    stage.mode("Pause")
    assert (stage.record()["runs"], stage.record()["moments"]) == (runs, [])


@pytest.mark.parametrize("stage", ["&follows=1"], indirect=True)
def test_the_page_hears_where_the_slider_is_let_go(stage: Stage) -> None:
    stage.part("until").fill("9")
    told = f"async url => (await (await fetch(url)).json()).moments.at(-1) === {SHEET.positions[8]}"
    stage.page.wait_for_function(told, arg=f"/record/{stage.room}", timeout=PATIENCE_MS)
    stage.await_drawn()
    assert stage.tell("map.until") == 9


@pytest.mark.parametrize("stage", ["&passing=3"], indirect=True)
def test_what_a_filter_leaves_out_is_faint_and_cannot_be_selected(stage: Stage) -> None:
    passes = np.arange(len(SHEET)) % 3 == 0  # as on the stage
    rows = np.flatnonzero(passes)
    best = elites(SHEET.cells[rows], SHEET.quality[rows], NX * NY)
    expected = np.where(best >= 0, rows[best], SHEET.elites)
    assert stage.tell("Array.from(map.filling.row)") == expected.tolist()
    faint = [cell for cell in FILLED if best[cell] < 0]
    assert faint
    assert [cell for cell in range(NX * NY) if stage.tell(f"map.filling.faint({cell})")] == faint
    stage.mode("Box")
    stage.drag(nudge(stage.middle(0), -20, 20), nudge(stage.middle(NX * NY - 1), 20, -20))
    stage.await_record("gathered", positions=[int(SHEET.positions[row]) for row in expected[best >= 0]], cells=EMPTY)


@pytest.mark.parametrize("stage", ["&even=30&by=source"], indirect=True)
def test_even_cells_are_found_where_the_server_has_them(stage: Stage) -> None:
    sheet = planted_sheet(even=30)
    assert sheet.tiling is not None
    assert stage.tell("Array.from(map.filling.row)") == sheet.elites.tolist()
    points = np.random.default_rng(3).random((200, 2))
    side = float(np.sqrt(30))
    asked = [[float(x * side), float((1 - y) * side)] for x, y in points]
    found = stage.page.evaluate(f"points => points.map(([x, y]) => {stage.map}.sheet.layout.at(x, y))", asked)
    assert found == sheet.cell_of(points).tolist()
    cell = int(sheet.cells[0])
    stage.click(cell)
    picked = {"cell": cell, "position": int(sheet.positions[sheet.elites[cell]])}
    expect(stage.page.get_by_text(f"picked {picked}", exact=True)).to_be_visible()
    expect(stage.part("kinds").get_by_role("listitem")).to_have_text(["ones", "twos", "nobody yet"])
    neighbours = stage.tell(f"map.sheet.layout.beside({cell})")
    shared = {other for other in range(30) if other != cell and set(corners(sheet, cell)) & set(corners(sheet, other))}
    assert set(neighbours) == shared


def corners(sheet: Any, cell: int) -> list[int]:
    t = sheet.tiling
    found: list[int] = t.corners[t.starts[cell] : t.starts[cell + 1]].tolist()
    return found


@pytest.mark.parametrize("stage", ["&maps=2"], indirect=True)
def test_an_item_is_followed_across_two_maps(stage: Stage) -> None:
    other = Stage(stage.page, stage.address, stage.room, which=2)
    there = int(planted_sheet(version=2).cells[SHEET.elites[FILLED[2]]])
    stage.hover(FILLED[2])
    other.page.wait_for_function(f"{other.map}.marks.echo === {there}", timeout=PATIENCE_MS)
    stage.click(FILLED[2])
    stage.await_pick(BEST[FILLED[2]])
    assert other.tell("map.marks.selected") == there
    empty = other.tell("map.filling.row.indexOf(-1)")
    other.click(empty)  # this map is not the latest
    expect(other.part("live")).to_contain_text("Runs aim at the latest map")
    assert other.tell("map.marks.targets.size") == 0


@pytest.mark.parametrize("stage", ["&dims=100x100&share=1&plain=1&target=4242"], indirect=True)
def test_ten_thousand_cells_are_drawn_and_picked(stage: Stage) -> None:
    stage.click(5050)
    full = planted_sheet((100, 100), 1.0)
    position = int(full.positions[full.elites[5050]])
    expect(stage.page.get_by_text(f"picked {{'cell': 5050, 'position': {position}}}", exact=True)).to_be_visible()
    colors = stage.page.evaluate(
        f"""() => {{
          const {{ pen }} = {stage.map}.painter, {{ canvas }} = pen;
          const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
          return seen.size;
        }}"""
    )
    assert colors > 200
    assert stage.tell("[...map.marks.targets]") == [4242]


def test_pictures_are_fetched_as_large_as_they_are_drawn_and_fit_a_phone(stage: Stage) -> None:
    kept = f"{stage.map}.pictures.kept.size === {len(FILLED)} && {stage.map}.pictures.pending.size === 0"
    stage.page.wait_for_function(kept, timeout=PATIENCE_MS)
    asked = stage.record()["requests"]
    assert {name for name in asked if name.endswith("-128")} >= {f"m{BEST[cell]}-128" for cell in FILLED}
    assert not [name for name in asked if name.endswith("-256")]
    assert stage.tell("map.canvas.width === Math.round(map.view.width * devicePixelRatio)")
    stage.page.set_viewport_size({"width": 375, "height": 700})
    stage.page.wait_for_function(f"{stage.map}.view.width < 350", timeout=PATIENCE_MS)
    assert stage.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    stage.await_drawn()
    box = stage.tell(f"map.view.box({NX * NY - 1})")
    assert box["x"] + box["size"] <= stage.tell("map.view.width")
    stage.click(FILLED[0])
    stage.await_pick(BEST[FILLED[0]])
