"""Pages in a real browser: the label page, from key to next question, and whether anything unseen is ever answered.

    python -m benchmarks.ui --json --page label [--mode triplet|odd|grid|better] [--quick]
    python -m benchmarks.ui --json --page archive [--home FOLDER] [--quick]     (see ui_archive.py)

The real app over a store of 300 planted pictures, a Chromium, real key presses; every mode unless one is named.

``label_p95_ms``: from the key press that answers to the second animation frame in which all pictures of the next question
are complete; 200 answers per mode, a quarter of a second after a question came. ``unseen_answers``: of 500 answers per
mode to keys that come 0, 30 and 80 ms apart whatever is on screen, those on record for a question that had not been
painted at any press that could have given them. ``answers_per_minute_ceiling``: answers of somebody who needs no time to
look. The first and the last are those of the worst mode, unseen answers are summed; ``label`` has them by mode.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import FLAGS, chromium_path, product
from benchmarks.planted_study import pictured
from benchmarks.ui_archive import archive_figures
from qdhf.studio import Studio
from qdhf.types import Item, QuestionKind, Study
from storage import SqlStore, open_store

ITEMS = 300
GAPS_MS = (0, 30, 80)
LOOK_MS = 250
KEYS: dict[str, list[str]] = {"triplet": ["1", "2"], "odd": ["1", "2", "3"], "grid": ["1", "2"], "better": ["1", "2"]}
BURST = 40  # presses between two looks at how many were answered
PATIENCE_MS = 60_000
WITNESS = Path(__file__).with_name("ui_witness.js")


class Visit:
    """One rater at the label page, and what is on record for them."""

    def __init__(self, page: Page, store: SqlStore, study: Study, mode: str, name: str) -> None:
        self.page, self.mode = page, mode
        self._store, self._study, self._rater = store, study, store.judgments.rater(study.id, name)

    def await_ready(self) -> None:
        self.page.wait_for_function("window.witness.ready()", timeout=PATIENCE_MS)

    def answers(self) -> int:
        return self._store.judgments.count(self._study.id, self._rater.id)

    def await_saved(self) -> None:
        saved = "[data-part=saved][data-unsaved='0']"
        self.page.locator(saved).wait_for(state="attached", timeout=PATIENCE_MS)

    def on_record(self) -> list[str]:
        """What each recorded answer's question shows, by the names of its files as the witness tells them."""
        given = self._store.judgments.standing(self._study.id, self._rater.id)
        shown = [j.shown or (j.reference, j.a, j.b) for j in given]
        items = self._store.items.many(sorted({item for ids in shown for item in ids}))
        names: dict[str, Item] = {item.id: item for item in items}
        return [" ".join(sorted(names[i].blob for i in ids)) for ids in shown]


def unseen(recorded: Sequence[str], presses: Sequence[str | None]) -> int:
    """How many answers were recorded for what no press could have meant: presses and answers come in the same order, and
    a press gives one answer at most, to what had been painted when it came."""
    missed, start = 0, 0
    for question in recorded:
        try:
            start = presses.index(question, start) + 1
        except ValueError:
            missed += 1
    return missed


def press_times(visit: Visit, answers: int) -> list[float]:
    """Milliseconds from the answering key to the next question, at a pace of four answers a second at most."""
    keys, page = KEYS[visit.mode], visit.page
    visit.await_ready()
    page.evaluate("window.witness.timing = true")
    for n in range(answers):
        page.wait_for_timeout(LOOK_MS)
        for key in keys if visit.mode == "grid" else [keys[n % len(keys)]]:
            page.keyboard.press(key)
        page.wait_for_function("n => window.witness.times.length > n", arg=n, timeout=PATIENCE_MS)
        visit.await_ready()
    page.evaluate("window.witness.timing = false")
    times: list[float] = page.evaluate("window.witness.times")
    return times


def hurry(visit: Visit, gap_ms: int, answers: int) -> None:
    """Keys every ``gap_ms``, whatever is on screen, until ``answers`` more are on record."""
    keys, page, before, number = KEYS[visit.mode], visit.page, visit.answers(), 0
    while visit.answers() < before + answers:
        for _ in range(BURST):
            page.keyboard.press(keys[number % len(keys)])
            number += 1
            if gap_ms:
                page.wait_for_timeout(gap_ms)
        visit.await_saved()


@contextmanager
def visiting(browser: Any, address: str, store: SqlStore, study: Study, mode: str, name: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(path=WITNESS)
    page.goto(f"{address}/label?study={study.id}&rater={name}&ask={mode}")
    try:
        visit = Visit(page, store, study, mode, name)
        visit.await_ready()
        yield visit
    finally:
        context.close()


def mode_figures(
    browser: Any, address: str, store: SqlStore, study: Study, mode: str, *, quick: bool
) -> dict[str, Any]:
    timed, raced, hurried = (20, 20, 30) if quick else (200, 100, 500)
    with visiting(browser, address, store, study, mode, f"timed-{mode}") as visit:
        times = press_times(visit, timed)
        seconds = visit.page.evaluate("([keys, n]) => window.witness.race(keys, n)", [KEYS[mode], raced])
        visit.await_saved()
        recorded = visit.on_record()
        calm = unseen(recorded, visit.page.evaluate("window.witness.presses"))
    with visiting(browser, address, store, study, mode, f"hurried-{mode}") as visit:
        for gap in GAPS_MS:
            hurry(visit, gap, -(-hurried // len(GAPS_MS)))
        hurried_answers = visit.on_record()
        presses = visit.page.evaluate("window.witness.presses")
    return {
        "label_p95_ms": round(float(np.quantile(times, 0.95)), 1), "label_median_ms": round(float(np.median(times)), 1),
        "label_max_ms": round(max(times), 1), "unseen_answers": calm + unseen(hurried_answers, presses),
        "answers": len(recorded) + len(hurried_answers), "hurried_presses": len(presses),
        "answers_per_minute_ceiling": round(60 * raced / seconds),
    }  # fmt: skip


def label_figures(modes: Sequence[str], *, quick: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "data"
        store = open_store(folder=home)
        study = pictured(Studio(store), ITEMS)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        with product(home, worker=False) as address:
            label = {mode: mode_figures(browser, address, store, study, mode, quick=quick) for mode in modes}
        browser.close()
        store.close()
    worst = max(each["label_p95_ms"] for each in label.values())
    return {
        "label_p95_ms": worst, "unseen_answers": sum(each["unseen_answers"] for each in label.values()),
        "answers_per_minute_ceiling": min(each["answers_per_minute_ceiling"] for each in label.values()), "label": label,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--page", choices=["label", "archive"], default="label")
    parser.add_argument("--mode", choices=get_args(QuestionKind), help="one way of asking; all without it")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it works")
    parser.add_argument("--home", type=Path, help="data folder to keep the archive page's study in, and find it again")
    args = parser.parse_args()
    if chromium_path() is None:
        sys.exit("Chromium is not installed (looked for chromium, chromium-browser, google-chrome).")
    if args.page == "archive":
        found = archive_figures(quick=args.quick, home=args.home)
    else:
        found = label_figures([args.mode] if args.mode else get_args(QuestionKind), quick=args.quick)
    print(json.dumps(found) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
