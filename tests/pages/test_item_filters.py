"""Filters as they are drawn, what they let pass, and that the address holds them."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.types import Person, Study


def app(studio: object, study: object) -> None:
    import streamlit as st

    from pages._ui.item_filters import item_filters

    found = item_filters(studio, study)
    st.code("all" if found is None else " ".join(sorted(found)))


def page(studio: Studio, study: Study, **address: str | list[str]) -> AppTest:
    at = AppTest.from_function(app, kwargs={"studio": studio, "study": study}, default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def passing(at: AppTest) -> list[str] | None:
    assert not at.exception
    said = at.code[0].value
    return None if said == "all" else said.split()


def test_nothing_set_lets_all_pass_and_asks_for_no_ids(studio: Studio, study: Study) -> None:
    at = page(studio, study)
    assert passing(at) is None
    assert [len(at.button), len(at.text)] == [0, 0]
    assert "Tag" not in [m.label for m in at.multiselect]  # there is none yet
    assert "Run or import" not in [m.label for m in at.multiselect]  # there is but one


def test_parts_narrow_down_together_and_clear_lets_all_pass_again(studio: Studio, study: Study) -> None:
    items = studio.store.items.of_study(study.id)
    studio.noting.tag(study, [i.id for i in items[:3]], "calm")
    studio.noting.star(study, items[1], True)
    at = page(studio, study)
    at.multiselect(key="tag").select("calm").run()
    assert passing(at) == sorted(i.id for i in items[:3])
    assert at.multiselect(key="tag").proto.query_param_key == "tag"  # the browser writes it into the address
    at.toggle(key="starred").set_value(True).run()
    assert passing(at) == [items[1].id]
    assert at.text[0].value == "1 of 12 items pass"
    at.button(key="item-filter-clear").click().run()
    assert passing(at) is None
    assert not at.toggle(key="starred").value


def test_an_address_sets_the_filters(studio: Studio, study: Study) -> None:
    items = studio.store.items.of_study(study.id)
    discs = sorted(i.id for i in items if i.genome and i.genome.prompt == "disc")
    at = page(studio, study, words="DISC")
    assert passing(at) == discs
    assert 0 < len(discs) < 12
    assert at.text_input(key="words").value == "DISC"
    at = page(studio, study, prompt="square")
    assert passing(at) == sorted({i.id for i in items} - set(discs))
    best = page(studio, study, quality=["100", "100"])
    matrix = studio.matrices.of(study)
    assert passing(best) == [matrix.ids[int(matrix.quality.argmax())]]


def test_an_address_that_names_what_is_not_there_lets_all_pass(studio: Studio, study: Study) -> None:
    assert passing(page(studio, study, tag="gone", prompt="nothing", quality="x", judged="nobody")) is None


def test_who_labels_in_this_tab_filters_nothing(studio: Studio, study: Study) -> None:
    """The label page keeps its rater in the address, and Streamlit keeps the address from page to page."""
    studio.labelling.rater(study, "Ann")
    assert passing(page(studio, study, rater="Ann")) is None
    assert passing(page(studio, study, judged="Ann")) == []


def test_names_of_raters_are_for_those_who_may_see_them(studio: Studio, study: Study) -> None:
    studio.labelling.rater(study, "Ann")
    assert "Judged by" in [m.label for m in page(studio, study).multiselect]
    studio.access.set_role("ben@example.org", "viewer", LOCAL)
    seen = studio.seen_by(Person(name="Ben", role="viewer", subject="ben@example.org"))
    at = page(seen, study)
    assert passing(at) is None
    assert "Judged by" not in [m.label for m in at.multiselect]
