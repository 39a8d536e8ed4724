"""The journey of the README in a real browser, on images that the shipped pipeline makes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from qdhf.studio import Studio
from storage import open_store
from tests.browser.driving import visiting
from tests.browser.product import LONG_MS, answer, await_saved, click_cell, fill, go, make_study, press, product

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PROMPTS = "cat face\ngrinning face\nlion, 3d style, on a blue background"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product") / "data"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with product(home) as url:
        yield url


@pytest.fixture
def studio(home: Path) -> Iterator[Studio]:
    store = open_store(folder=home)
    yield Studio(store)
    store.close()


def check_zip(path: Path) -> None:
    """Every file of the export is named in the manifest and is what it says; every image opens."""
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert set(archive.namelist()) == set(manifest["files"]) | {"manifest.json"}
        for name, facts in manifest["files"].items():
            data = archive.read(name)
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (facts["sha256"], facts["bytes"])
        rows = [json.loads(line) for line in archive.read("images/metadata.jsonl").splitlines()]
        assert len(rows) == manifest["items"] == 12
        for row in rows:
            data = archive.read(f"images/{row['file_name']}")
            assert hashlib.sha256(data).hexdigest() == row["sha256"]
            assert Image.open(io.BytesIO(data)).size == (64, 64)
        assert len(archive.read("judgments.jsonl").splitlines()) >= 30
        assert manifest["command"].startswith("python -m qdhf export")


def generate(page: Page) -> None:
    press(page, "illuminate-generate")
    expect(page.get_by_text("24 made")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("done").first).to_be_visible(timeout=LONG_MS)


def label(page: Page) -> None:
    go(page, "label")
    answer(page, "12 1211 s12z1 21122121 12112121 12")
    await_saved(page)


def learn(page: Page) -> None:
    go(page, "descriptors")
    expect(page.get_by_text("Unsupervised axes").first).to_be_visible(timeout=60_000)
    press(page, "descriptors-fit")
    expect(page.get_by_text("version 2 knows every answer")).to_be_visible(timeout=60_000)


def illuminate(page: Page) -> None:
    go(page, "illuminate")
    press(page, "illuminate-start")
    expect(page.get_by_text("60 made")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("running")).to_have_count(0, timeout=LONG_MS)


def explore(page: Page, studio: Studio) -> None:
    go(page, "archive")
    found = studio.browsing.map(studio.studies.all()[0])
    filled = next(iter(found.elites))
    empty = next(c for c in range(len(found.view.elites)) if found.view.elites[c] < 0)
    click_cell(page, filled)
    expect(page.get_by_text(f"Picture {found.elites[filled].position + 1}", exact=False).first).to_be_visible()
    click_cell(page, empty)
    expect(page.get_by_text("Fill 1 picked cell")).to_be_visible()


def export(page: Page, folder: Path) -> Path:
    go(page, "curate")
    expect(page.locator(".st-key-curate-gallery img")).to_have_count(12, timeout=60_000)
    fill(page, "curate-name", "Twelve cats <b>& lions</b> 🦁")
    press(page, "curate-keep")
    page.get_by_role("button", name="Export").click()
    button = page.locator('[class*="st-key-download-"] button')
    button.wait_for(timeout=LONG_MS)
    with page.expect_download() as download:
        button.click()
    path = folder / "set.zip"
    download.value.save_as(path)
    return path


def test_from_an_empty_folder_to_a_checked_export(
    browser: Browser, address: str, studio: Studio, tmp_path: Path
) -> None:
    with visiting(browser, address) as page:
        page.set_default_timeout(60_000)
        make_study(page, address, "Journey <i>& 🐱</i>", PROMPTS)
        generate(page)
        label(page)
        study = studio.studies.all()[0]
        assert studio.labelling.answered(study) >= 30
        learn(page)
        illuminate(page)
        assert studio.store.items.count(study.id) == 84
        explore(page, studio)
        check_zip(export(page, tmp_path))


def test_two_raters_at_once_hold_different_questions_and_lose_nothing(
    browser: Browser, address: str, studio: Studio
) -> None:
    study = studio.studies.all()[0]
    where = f"{address}/label?study={study.id}&rater="
    with visiting(browser, where + "anna") as first, visiting(browser, where + "ben") as second:
        for _ in range(8):
            answer(first, "1")
            answer(second, "2")
        await_saved(first)
        await_saved(second)
    by_name = {r.name: r.id for r in studio.store.judgments.raters(study.id)}
    own = {n: studio.store.judgments.standing(study.id, by_name[n]) for n in ("anna", "ben")}
    assert {n: len(j) for n, j in own.items()} == {"anna": 8, "ben": 8}
    assert not {j.question_id for j in own["anna"]} & {j.question_id for j in own["ben"]}
    assert all(j.closer == j.left for j in own["anna"])  # key 1 is the left side
    assert all(j.closer != j.left for j in own["ben"])


def test_a_full_history_is_undone_to_zero_and_survives_a_reload(browser: Browser, address: str, studio: Studio) -> None:
    study = studio.studies.all()[0]
    with visiting(browser, f"{address}/label?study={study.id}&rater=undoer") as page:
        answer(page, "121")
        await_saved(page)
        answer(page, "zzz")
        await_saved(page)
        rater = studio.labelling.rater(study, "undoer")
        assert studio.labelling.answered(study, rater) == 0
        answer(page, "2")
        await_saved(page)
        page.reload()
        answer(page, "1")
        await_saved(page)
        assert studio.labelling.answered(study, rater) == 2
    assert sum(j.rater_id == rater.id for j, _ in studio.store.judgments.every(study.id)) == 5
