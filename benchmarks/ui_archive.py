"""The archive page in a real browser, over a study of 10,000 planted pictures on a map of 10,000 cells.

``map_open_s``: from the press on the page's link, in an app that is open, to the frame in which every filled cell is
drawn; median of five, after one (``map_first_open_s``) in a process that has just started and has read nothing.
``map_fps``: frames a second, drawn anew each, while events of a pointer drag the map and those of a wheel zoom it, at five
zooms; the slowest of the ten. ``map_replay_fps``: while the study is replayed. ``click_detail_s``: from the press on a
cell to the frame in which the panel names its item and shows its picture; 95th percentile of twenty, after one
(``first_click_s``) for which the browser still fetches parts of Streamlit.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import FLAGS, chromium_path, product
from benchmarks.planted_study import answered, pictured
from qdhf.studio import Studio
from qdhf.types import Study
from storage import open_store

ITEMS, SIDE, QUICK = 10_000, 100, 1000
OPENS, CLICKS = 5, 20
ZOOMS = (1, 3, 6, 12, 30)  # from the whole map to a few cells
MOVES, FRAMES = ("drag", "wheel"), 120  # a pointer's or wheel's event comes with each of so many frames
PATIENCE_MS = 120_000
WITNESS = Path(__file__).with_name("ui_archive_witness.js")


def furnish(home: Path, items: int) -> None:
    """A study with files, features, answers and learned axes; left as it is where there is one already."""
    store = open_store(folder=home)
    studio = Studio(store)
    if not store.studies.all():
        study = pictured(studio, items, batch=100, dims=(SIDE, SIDE))
        answered(store, study, [studio.labelling.rater(study, name) for name in ("Ann", "Bob", "Cleo")], 300)
        studio.learning.fit(study)
    store.close()


def the_study(home: Path) -> tuple[Study, int]:
    store = open_store(folder=home)
    study = store.studies.all()[0]
    items = store.items.count(study.id)
    store.close()
    return study, items


def opened(page: Page, study: Study, address: str) -> float:
    """Seconds from the press on the link to the drawn map, from the page where runs are started."""
    page.goto(f"{address}/illuminate?study={study.id}")
    link = page.locator('[data-testid="stSidebarNav"] a[href*="/archive"]')
    link.wait_for()
    page.wait_for_function("window.witness.quiet()", timeout=PATIENCE_MS)
    page.evaluate("window.witness.await_map()")
    link.click()
    page.wait_for_function("window.witness.opened !== undefined", timeout=PATIENCE_MS)
    seconds: float = page.evaluate("window.witness.opened / 1000")
    return seconds


def zoom_to(page: Page, zoom: float) -> None:
    page.evaluate("zoom => window.witness.zoom(zoom)", zoom)
    page.wait_for_function("window.witness.settled()", timeout=PATIENCE_MS)


def moving(page: Page) -> dict[str, float]:
    """Frames a second while the map is dragged round, and while the wheel zooms it to and fro."""
    return {
        what: page.evaluate("([what, frames]) => window.witness.move(what, frames)", [what, FRAMES]) for what in MOVES
    }


def replayed(page: Page) -> float:
    page.get_by_role("button", name="Replay").click()
    page.evaluate("window.witness.start()")
    page.wait_for_timeout(3000)
    fps: float = page.evaluate("window.witness.stop()")["fps"]
    page.get_by_role("button", name="Pause").click()
    page.evaluate("window.witness.all()")
    return fps


def clicked(page: Page) -> list[float]:
    """Seconds from a press on a cell to its item beside the map, for cells all over the map."""
    zoom_to(page, 3)
    times = []
    for n in range(1 + CLICKS):
        place = page.evaluate("([n, of]) => window.witness.aim(n, of)", [n, 1 + CLICKS])
        page.locator('canvas[data-part="canvas"]').click(position={"x": place["x"], "y": place["y"]})
        page.wait_for_function("n => window.witness.times.length > n", arg=n, timeout=PATIENCE_MS)
        times.append(page.evaluate("n => window.witness.times[n] / 1000", n))
        page.wait_for_function("window.witness.quiet()", timeout=PATIENCE_MS)
    return times


def archive_figures(*, quick: bool, home: Path | None = None) -> dict[str, Any]:
    """``home``: a data folder to make the study in, or to find it in again; without it the study is made and thrown away."""
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        furnish(folder, QUICK if quick else ITEMS)
        study, items = the_study(folder)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        address = stack.enter_context(product(folder, worker=False))
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.add_init_script(path=WITNESS)
        opens = [opened(page, study, address) for _ in range(1 + OPENS)]
        moved = {}
        for zoom in ZOOMS:
            zoom_to(page, zoom)
            moved[zoom] = moving(page)
        replay = replayed(page)
        times = clicked(page)
        cells = page.evaluate("window.witness.cells()")
        browser.close()
    slowest = min(min(each.values()) for each in moved.values())
    return {
        "map_open_s": round(float(np.median(opens[1:])), 2), "map_fps": round(slowest, 1),
        "click_detail_s": round(float(np.quantile(times[1:], 0.95)), 2), "map_first_open_s": round(opens[0], 2),
        "map_replay_fps": round(replay, 1), "click_detail_median_s": round(float(np.median(times[1:])), 2),
        "first_click_s": round(times[0], 2), "items": items,
        "cells": cells, "moving": {f"{z}×": {k: round(v, 1) for k, v in each.items()} for z, each in moved.items()},
    }  # fmt: skip
