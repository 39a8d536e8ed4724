"""The label page over a real store: what stood on screen is what the database holds, in every mode, whatever happens."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.browser import ROOT, free_port, product
from benchmarks.planted_study import pictured
from qdhf.judgments.triplets import asked
from qdhf.studio import Studio
from qdhf.types import Judgment, NewItem, RunSpec, Study, new_id
from storage import SqlStore, open_store
from tests.browser.driving import opened, visiting

pytestmark = pytest.mark.browser

# While a page runs anew, a card that it will no longer have stays in it, hidden.
ROOM = (
    "[...document.querySelectorAll('[data-testid=\"stBidiComponentIsolated\"]')]"
    ".find((host) => host.checkVisibility())?.shadowRoot"
)
LOOK = f"""() => {{
  const card = {ROOM}?.querySelector('.card');
  if (card?.dataset.state !== 'ready') return null;
  const shown = [...card.querySelectorAll('.stage figure')].map((figure) => [
    figure.dataset.place, figure.querySelector('img')?.src.split('/').pop() ?? figure.querySelector('.passage').textContent,
  ]);
  return {{ question: card.dataset.question, shown: Object.fromEntries(shown) }};
}}"""
UNSAVED = f"Number({ROOM}.querySelector('[data-part=\"saved\"]').dataset.unsaved)"


class Shop:
    """A store, the app over it, and studies in it."""

    def __init__(self, store: SqlStore, address: str, pictures: Study, texts: Study) -> None:
        self.store, self.address, self.pictures, self.texts = store, address, pictures, texts

    def url(self, rater: str, kind: str = "triplet", study: Study | None = None) -> str:
        return f"{self.address}/label?study={(study or self.pictures).id}&ask={kind}&rater={rater}"

    def answers(self, rater: str, study: Study | None = None) -> list[Judgment]:
        study = study or self.pictures
        return self.store.judgments.standing(study.id, self.store.judgments.rater(study.id, rater).id)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("label") / "data"
    store = open_store(folder=home)
    studio = Studio(store)
    pictures = pictured(studio, 30, batch=10)
    texts = passages(studio, pictures)
    with product(home, worker=False) as address:
        yield Shop(store, address, pictures, texts)
    store.close()


def passages(studio: Studio, like: Study) -> Study:
    """A study of 12 texts, features and scores on record."""
    about = {"name": "Stories", "prompts": ("a story",), "kind": "text", "encoder": "minilm", "scorer": "even"}
    study = studio.store.studies.create(replace(like, id=new_id(), **about))  # type: ignore[arg-type]
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=12, batch=12, seed=0))
    texts = [f"Story {n}. " + "Once upon a time there was a lighthouse. " * (1 + 20 * (n % 3)) for n in range(12)]
    blobs = [studio.store.blobs.put(text.encode()) for text in texts]
    studio.store.items.add(study.id, [
        NewItem(kind="text", blob=blob, media_type="text/plain", source="test", run_id=run.id, iteration=0, slot=n)
        for n, blob in enumerate(blobs)
    ])  # fmt: skip
    features = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
    studio.store.facts.add_features(study.encoder, blobs, features)
    studio.store.facts.add_scores(study.scorer, [(blob, "a story", 1.0) for blob in blobs])
    return study


def look(page: Page) -> dict[str, Any]:
    """What the card shows, once all of it is there."""
    found: dict[str, Any] = page.wait_for_function(LOOK, timeout=60_000).json_value()
    return found


def next_after(page: Page, before: dict[str, Any]) -> dict[str, Any]:
    page.wait_for_function(
        f"before => {{ const now = ({LOOK})(); return now && now.question !== before; }}", arg=before["question"],
        timeout=60_000,
    )  # fmt: skip
    return look(page)


def await_saved(page: Page) -> None:
    page.wait_for_function(f"{UNSAVED} === 0", timeout=60_000)


def content(shop: Shop, item: str) -> str:
    """As the card shows it: a picture's file name, a text's words."""
    found = shop.store.items.get(item)
    return found.blob if found.kind == "image" else shop.store.blobs.get(found.blob).decode()


def chosen(shop: Shop, answer: Judgment) -> set[str]:
    items = {"a": (answer.a,), "b": (answer.b,)}.get(answer.closer, answer.picked)
    return {content(shop, item) for item in items}


PRESSES = {
    "triplet": [("1",), ("2",), ("ArrowRight",), ("ArrowLeft",)],
    "odd": [("1",), ("2",), ("3",)],
    "grid": [("1", "2"), ("8", "3"), ("4", "7"), ("5", "6")],
    "better": [("1",), ("2",), ("ArrowLeft",), ("ArrowRight",)],
}
PLACES = {"ArrowLeft": "1", "ArrowRight": "2"}


@pytest.mark.parametrize("kind", list(PRESSES))
def test_what_is_chosen_is_recorded_as_what_stood_there(shop: Shop, context: BrowserContext, kind: str) -> None:
    wanted: list[tuple[str, set[str]]] = []
    with opened(context, shop.url(f"all-{kind}", kind)) as page:
        seen = look(page)
        for keys in PRESSES[kind]:
            wanted.append((seen["question"], {seen["shown"][PLACES.get(key, key)] for key in keys}))
            for key in keys:
                page.keyboard.press(key)
            seen = next_after(page, seen)
        for key, answer in (("Space", "tie"), ("s", "skip")):
            wanted.append((seen["question"], {answer}))
            page.keyboard.press(key)
            seen = next_after(page, seen)
        await_saved(page)
    given = shop.answers(f"all-{kind}")
    assert [(j.question_id, chosen(shop, j) or {j.closer}) for j in given] == wanted
    assert {j.kind for j in given} == {kind}
    assert all(j.response_ms is not None and j.response_ms >= 0 for j in given)


def test_pictures_come_as_they_were_made(shop: Shop, context: BrowserContext) -> None:
    with opened(context, shop.url("bytes")) as page:
        seen = look(page)
        for source in page.evaluate(f"[...{ROOM}.querySelectorAll('.stage img')].map(image => image.src)"):
            assert hashlib.sha256(page.request.get(source).body()).hexdigest() in seen["shown"].values()


def test_a_reload_in_the_middle_goes_on_and_undo_goes_back_to_zero(shop: Shop, context: BrowserContext) -> None:
    with opened(context, shop.url("reload")) as page:
        asked_ = []
        seen = look(page)
        for _ in range(8):
            asked_.append(seen["question"])
            page.keyboard.press("1")
            seen = next_after(page, seen)
        await_saved(page)
        page.reload()
        assert look(page)["question"] == seen["question"]
        seen = look(page)
        for question in reversed(asked_):
            page.keyboard.press("z")
            seen = next_after(page, seen)
            assert seen["question"] == question
            await_saved(page)
        expect(page.locator('button[data-act="undo"]')).to_be_disabled()
    assert shop.answers("reload") == []


def test_two_raters_at_once_are_asked_different_questions(shop: Shop, browser: Browser) -> None:
    with visiting(browser, shop.url("left")) as one, visiting(browser, shop.url("right")) as other:
        for page in (one, other):
            look(page)
        lying = shop.store.judgments.waiting(shop.pictures.id)
        names = {r.id: r.name for r in shop.store.judgments.raters(shop.pictures.id)}
        mine = [{asked(q) for q in lying if names[q.rater_id] == name} for name in ("left", "right")]
        assert all(len(keys) >= 12 for keys in mine)
        assert not mine[0] & mine[1]
        for _ in range(5):
            for page in (one, other):
                seen = look(page)
                page.keyboard.press("2")
                next_after(page, seen)
        for page in (one, other):
            await_saved(page)
    for name in ("left", "right"):
        assert len(shop.answers(name)) == 5


def test_a_switch_of_modes_and_back_loses_nothing(shop: Shop, context: BrowserContext) -> None:
    with opened(context, shop.url("switch")) as page:
        seen = look(page)
        page.keyboard.press("1")
        seen = next_after(page, seen)
        for name, kind in (("Odd one out", "odd"), ("Grid", "grid"), ("Better", "better")):
            page.get_by_role("radio", name=name).click()
            page.wait_for_function(f"{ROOM}?.querySelector('.card')?.dataset.kind === '{kind}'", timeout=60_000)
            assert re.search(f"ask={kind}", page.url)
            now = look(page)
            for key in ("1", "2") if kind == "grid" else ("1",):
                page.keyboard.press(key)
            next_after(page, now)
            await_saved(page)
        page.get_by_role("radio", name="Two choices").click()
        page.wait_for_function(f"{ROOM}?.querySelector('.card')?.dataset.kind === 'triplet'", timeout=60_000)
        assert look(page)["question"] == seen["question"]
        expect(page.locator('[data-part="count"]').filter(visible=True)).to_have_text("4 / 100")
    assert [j.kind for j in shop.answers("switch")] == ["triplet", "odd", "grid", "better"]


def test_instructions_come_first_and_answers_say_which_they_followed(shop: Shop, browser: Browser) -> None:
    studio = Studio(shop.store)
    about = replace(shop.pictures, id=new_id(), name="Instructed")
    study = studio.store.studies.create(about)
    copy_items(shop, study)
    guide = studio.guides.write(study, text="Go by *colour* alone.", kind="odd", aspects=["colour"])
    with visiting(browser, f"{shop.address}/label?study={study.id}&rater=Ida") as page:
        expect(page.get_by_role("dialog")).to_contain_text("Go by colour alone.", timeout=60_000)
        assert page.evaluate(f"!{ROOM}?.querySelector('.card')")  # nothing to answer yet, and no time that runs
        page.keyboard.press("1")
        page.get_by_role("button", name="Start").click()
        seen = look(page)
        assert len(seen["shown"]) == 3
        expect(page.locator('[data-part="aspect"]')).to_have_text("colour")
        page.keyboard.press("3")
        next_after(page, seen)
        await_saved(page)
        page.reload()
        look(page)
        expect(page.get_by_role("dialog")).to_have_count(0)  # who has answered knows them
    given = shop.answers("Ida", study)
    assert [(j.kind, j.guide, j.aspect) for j in given] == [("odd", guide.version, "colour")]


def copy_items(shop: Shop, study: Study) -> None:
    """The pictures of the first study, features and scores and all, in another one."""
    run = shop.store.runs.add(study.id, RunSpec(kind="import", budget=12, batch=12, seed=0))
    shop.store.items.add(study.id, [
        NewItem(
            kind=item.kind, blob=item.blob, media_type=item.media_type, width=item.width, height=item.height,
            thumbs=item.thumbs, source=item.source, genome=item.genome, run_id=run.id, iteration=0, slot=n,
        )
        for n, item in enumerate(shop.store.items.of_study(shop.pictures.id))
    ])  # fmt: skip


@pytest.mark.parametrize("width", [1280, 375])
def test_texts_are_read_and_answered_as_pictures_are(shop: Shop, browser: Browser, width: int) -> None:
    rater = f"reader-{width}"
    with visiting(browser, shop.url(rater, study=shop.texts), width=width) as page:
        seen = look(page)
        assert all(words.startswith("Story ") for words in seen["shown"].values())
        right = seen["shown"]["2"]
        page.locator('button[data-act="2"]').click()
        next_after(page, seen)
        await_saved(page)
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert [chosen(shop, j) for j in shop.answers(rater, shop.texts)] == [{right}]


def test_fingers_answer_pick_and_enlarge(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    try:
        with opened(context, shop.url("finger", "grid")) as page:
            seen = look(page)
            page.locator('figure[data-place="3"] img').tap()
            page.locator('figure[data-place="6"] img').tap()
            next_after(page, seen)
            await_saved(page)
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert chosen(shop, shop.answers("finger")[0]) == {seen["shown"]["3"], seen["shown"]["6"]}
    finally:
        context.close()


def serve(home: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "qdhf", "serve", "--port", str(port), "--no-worker"]
    environment = {**os.environ, "QDHF_HOME": str(home)}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).close()
            return started
        except OSError:
            assert time.monotonic() < deadline, "the app did not answer within 90 s"
            time.sleep(0.2)


def test_answers_outlive_a_server_that_is_killed(browser: Browser, tmp_path: Path) -> None:
    home, port = tmp_path / "data", free_port()
    store = open_store(folder=home)
    study = pictured(Studio(store), 24, batch=12)
    server = serve(home, port)
    try:
        with visiting(browser, f"http://localhost:{port}/label?study={study.id}&rater=Ada") as page:
            wanted = []
            seen = look(page)
            for number in range(9):
                if number == 4:
                    os.killpg(server.pid, signal.SIGKILL)
                    server.wait()
                wanted.append(seen["question"])
                page.keyboard.press("1")
                if number < 8:
                    seen = next_after(page, seen)
            assert page.evaluate(UNSAVED) >= 5
            server = serve(home, port)
            await_saved(page)
            look(page)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    rater = store.judgments.rater(study.id, "Ada")
    assert [j.question_id for j in store.judgments.standing(study.id, rater.id)] == wanted
    store.close()
