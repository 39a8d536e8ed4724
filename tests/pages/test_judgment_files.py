"""The expander that takes judgments out and in, drawn without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, NewItem, RunSpec, Study
from storage import open_store


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    store = open_store(folder=tmp_path / "data")
    yield Studio(store)
    store.close()


@pytest.fixture
def study(studio: Studio) -> Study:
    made = studio.studies.create("Own", generator=GeneratorSpec(name="collection"), encoder="pixels")
    run = studio.store.runs.add(made.id, RunSpec(kind="import", budget=3, folder="x"))
    new = [
        NewItem(
            kind="image", blob=f"{slot:064x}", media_type="image/png", source="collection", run_id=run.id, iteration=0,
            slot=slot, name=f"{letter}.png",
        )
        for slot, letter in enumerate("abc")
    ]  # fmt: skip
    studio.store.items.add(made.id, new)
    return made


@pytest.fixture
def page(studio: Studio, study: Study) -> AppTest:
    """A page that says how many answers there are, then draws the expander."""

    def script(studio, study) -> None:  # type: ignore[no-untyped-def]  # its source runs alone, without our imports
        import streamlit as st

        from pages._ui.judgment_files import judgment_files

        st.text(f"{studio.labelling.answered(study)} answers")
        judgment_files(studio, study)

    return AppTest.from_function(script, kwargs={"studio": studio, "study": study}).run()


def add(page: AppTest, data: bytes, name: str = "x.csv") -> AppTest:
    """Upload a file and press the button."""
    page.file_uploader[0].set_value((name, data, "text/csv")).run()
    return page.button[0].click().run()


ROWS = b"reference,nearer,farther\na,b,c\nb,c,a\n"


def test_two_downloads_and_an_upload_are_offered(page: AppTest) -> None:
    assert [button.label for button in page.download_button] == ["Download JSON Lines", "Download CSV"]
    assert page.file_uploader[0].allowed_type == [".jsonl", ".ndjson", ".json", ".csv"]
    assert not page.button
    assert not page.exception


def test_nothing_is_added_before_the_button_is_pressed(page: AppTest, studio: Studio, study: Study) -> None:
    page.file_uploader[0].set_value(("x.csv", ROWS, "text/csv")).run()
    assert studio.labelling.answered(study) == 0
    assert not page.success


def test_an_upload_says_how_many_were_new_and_the_page_counts_them(page: AppTest) -> None:
    add(page, ROWS)
    assert page.text[0].value == "2 answers"
    assert page.success[0].value == "2 of 2 answers were new. Learn from them on the Descriptors page."
    page.run()
    assert page.success[0].value.startswith("2 of 2")
    add(page, ROWS)
    assert page.success[0].value == "All 2 answers were here already."
    add(page, b"")
    assert page.success[0].value == "The file holds no answers."


def test_what_is_wrong_is_said_and_nothing_added(page: AppTest) -> None:
    add(page, ROWS + b"a,b,z\n")
    assert page.error[0].value.startswith("Line 4: this study holds no item “z”.")
    assert page.text[0].value == "0 answers"
    assert not page.success
    assert not page.exception
