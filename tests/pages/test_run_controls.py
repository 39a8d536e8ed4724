"""What can be asked of a run, drawn without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def app(generator: str, encoder: str) -> None:
    import streamlit as st

    from pages._ui.run_controls import steering_controls
    from qdhf.types import GeneratorSpec, MapSpec, Study, now

    study = Study(
        id="s", name="S", brief="", kind="image", prompts=("x",), generator=GeneratorSpec(name=generator),
        encoder=encoder, scorer="even", map=MapSpec(), created_at=now(),
    )  # fmt: skip
    st.session_state["wishes"] = steering_controls(study)


def controls(generator: str = "diffusion", encoder: str = "efficientnet-lite0") -> AppTest:
    page = AppTest.from_function(app, kwargs={"generator": generator, "encoder": encoder}).run()
    assert not page.exception
    return page


def wishes(page: AppTest) -> Any:
    return page.run().session_state["wishes"]


def test_nothing_is_asked_for_until_somebody_does() -> None:
    assert wishes(controls()) == {}


def test_what_is_switched_on_becomes_a_wish() -> None:
    page = controls()
    page.checkbox(key="illuminate-pull").check()
    assert wishes(page) == {"pull": 0.1}
    page.checkbox(key="illuminate-spread").check()
    page.text_input(key="illuminate-avoid").set_value("  frames ")
    assert wishes(page) == {"pull": 0.1, "spread": 0.1, "avoid": "frames"}


def test_an_encoder_without_a_gradient_offers_words_alone_and_says_why() -> None:
    page = controls(encoder="pixels")
    assert page.checkbox(key="illuminate-pull").disabled
    assert page.checkbox(key="illuminate-spread").disabled
    assert "need a study that sees with EfficientNet-Lite0 or CLIP" in page.caption[0].value
    page.text_input(key="illuminate-avoid").set_value("frames")
    assert wishes(page) == {"avoid": "frames"}


@pytest.mark.parametrize("generator", ["planted", "collection"])
def test_what_does_not_draw_step_by_step_has_no_such_controls(generator: str) -> None:
    assert not controls(generator).expander


def limits_app() -> None:
    import streamlit as st

    from pages._ui.run_controls import limit_controls

    st.session_state["wishes"] = limit_controls()


def test_a_run_ends_with_60_pictures_or_when_nothing_new_comes_unless_somebody_says_otherwise() -> None:
    page = AppTest.from_function(limits_app).run()
    assert not page.exception
    assert wishes(page) == {"budget": 60, "patience": 20}
    page.number_input(key="illuminate-budget").set_value(400)
    page.number_input(key="illuminate-minutes").set_value(30)
    page.checkbox(key="illuminate-patience").uncheck()
    assert wishes(page) == {"budget": 400, "minutes": 30.0}
    page.number_input(key="illuminate-budget").set_value(None)
    assert wishes(page) == {"budget": 1_000_000, "minutes": 30.0}
