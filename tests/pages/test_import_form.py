"""Bringing things in on the page Studies: own files with a new study, and whole studies."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from qdhf import pictures
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from storage import open_store

PAGE = str(Path(__file__).parents[2] / "pages" / "studies.py")


@pytest.fixture
def page(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr("streamlit.switch_page", lambda *_, **__: None)  # there are no other pages in a test
    app = AppTest.from_file(PAGE, default_timeout=30)
    app.session_state["framed"] = True
    return app.run()


def own(page: AppTest, name: str) -> AppTest:
    page.text_input(key="new-name").set_value(name)
    return page.radio(key="new-source").set_value("own").run()


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(3):
            archive.writestr(f"{n}.png", pictures.png(np.full((5, 5, 3), n, np.uint8)))
    return out.getvalue()


def test_a_file_that_is_dropped_becomes_a_study_that_imports_it(studio: Studio, page: AppTest) -> None:
    own(page, "Mine")
    page.file_uploader(key="new-upload").set_value(("mine.zip", packed(), "application/zip")).run()
    page.button(key="new-make").click().run()
    assert not page.exception
    (study,) = studio.studies.all()
    (run,) = studio.store.runs.of_study(study.id)
    assert (study.generator.name, run.spec.kind, run.spec.budget) == ("collection", "import", 3)


def test_a_folder_that_is_not_there_makes_no_study(studio: Studio, page: AppTest) -> None:
    own(page, "Mine")
    page.text_input(key="new-folder").set_value("/no/such/folder")
    page.button(key="new-make").click().run()
    assert "no folder or zip" in page.error[0].value
    assert studio.studies.all() == []


def test_texts_are_imported_into_a_study_of_texts(studio: Studio, page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    own(page, "Words").toggle(key="new-own-texts").set_value(True).run()
    page.text_input(key="new-folder").set_value(str(tmp_path / "mine.jsonl"))
    page.button(key="new-make").click().run()
    (study,) = studio.studies.all()
    assert (study.kind, studio.store.runs.of_study(study.id)[0].spec.budget) == ("text", 2)


def test_a_whole_study_comes_in_and_what_is_no_bundle_is_said(studio: Studio, page: AppTest, tmp_path: Path) -> None:
    there = Studio(open_store(folder=tmp_path / "there"))
    study: Study = there.studies.create("From <b>there</b>", prompts=["x"])
    there.bundling.bundle(study, tmp_path / "study.zip")
    there.store.close()
    upload = page.file_uploader(key="studies-bundle")
    upload.set_value(("study.zip", (tmp_path / "study.zip").read_bytes(), "application/zip")).run()
    page.button(key="studies-unbundle").click().run()
    assert studio.studies.all() == [study]
    assert "0 items and 0 answers came in" in page.success[0].value
    page.file_uploader(key="studies-bundle").set_value(("x.zip", packed(), "application/zip")).run()
    assert not page.success
    page.button(key="studies-unbundle").click().run()
    assert "no bundle of a study" in page.error[0].value


def test_more_is_brought_into_a_study_of_one_s_own(studio: Studio, tmp_path: Path) -> None:
    study = studio.studies.create("Mine", generator=GeneratorSpec(name="collection"), encoder="pixels")
    app = AppTest.from_file(PAGE.replace("studies.py", "illuminate.py"), default_timeout=30)
    app.session_state["framed"] = True
    app.query_params["study"] = study.id
    app.run().file_uploader(key="illuminate-upload").set_value(("mine.zip", packed(), "application/zip"))
    app.button(key="illuminate-do-import").click().run()
    assert not app.exception
    assert [run.spec.budget for run in studio.store.runs.of_study(study.id)] == [3]
