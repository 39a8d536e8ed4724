"""The Illuminate page, run by itself over real runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from qdhf.studio import Studio
from qdhf.types import Study
from tests.studio.conftest import work

PAGE = str(Path(__file__).parents[2] / "pages" / "illuminate.py")


def page(study: Study) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    app.query_params["study"] = study.id
    return app.run()


def test_a_run_shows_where_its_pictures_came_from(studio: Studio, study: Study) -> None:
    work(studio, studio.running.illuminate(study, 16))
    app = page(study)
    assert not app.exception
    assert "Where the pictures came from" in [e.label for e in app.expander]
    assert sum(app.dataframe[0].value["Pictures"]) == 16
    assert sum(app.dataframe[0].value["Share now"]) == pytest.approx(100)
    assert any("ideas were looked at before" in c.value for c in app.caption)
    assert "How it went" in [e.label for e in app.expander]
    assert {"Coverage, %", "QD score", "Shares of each batch, %"} <= {c.value for c in app.caption}


@pytest.mark.parametrize(("look", "candidates"), [(True, 8), (False, 1)])
def test_looking_before_drawing_can_be_switched_off(studio: Studio, study: Study, look: bool, candidates: int) -> None:
    app = page(study)
    app.checkbox(key="illuminate-look").set_value(look)
    next(b for b in app.button if b.label == "Start run").click()
    assert not app.run().exception
    assert studio.store.runs.of_study(study.id)[0].spec.candidates == candidates


def test_what_counts_can_be_set_and_a_run_tells_what_did_not(studio: Studio, study: Study) -> None:
    app = page(study)
    app.slider(key="counting-least").set_value(0.5)
    app.checkbox(key="counting-once").check()
    app.button(key="counting-use").click()
    assert not app.run().exception
    aim = studio.valuing.aim(study)
    assert (aim.least, aim.alike) == (0.5, 0.97)
    work(studio, studio.running.illuminate(study, 16))
    (told,) = [c.value for c in page(study).caption if c.value.startswith("Kept, but not counted")]
    off = sum(i.off for run in studio.store.runs.of_study(study.id) for i in studio.store.runs.iterations(run.id))
    assert f"{off} that did not fit their prompt" in told
