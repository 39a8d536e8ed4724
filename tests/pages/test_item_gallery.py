"""The list of what passes: page by page, each item opens."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from qdhf.studio import Studio
from qdhf.types import Study
from tests.studio.conftest import work


def app(studio: object, study: object, passing: object) -> None:
    from pages._ui.item_gallery import item_gallery

    item_gallery(studio, study, passing)


def page(studio: Studio, study: Study, passing: frozenset[str] | None) -> AppTest:
    kwargs = {"studio": studio, "study": study, "passing": passing}
    at = AppTest.from_function(app, kwargs=kwargs, default_timeout=60).run()
    assert not at.exception
    return at


def test_pages_follow_each_other_the_newest_first(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 20))
    at = page(studio, study, None)
    assert [b.label for b in at.button] == [f"Open {n}" for n in range(32, 8, -1)]
    assert at.caption[0].value == "1 to 24 of 32, the newest first"
    at.pagination[0].set_value(2).run()
    assert [b.label for b in at.button] == [f"Open {n}" for n in range(8, 0, -1)]
    at.button[0].click().run()
    assert at.query_params["item"] == studio.store.items.of_study(study.id)[7].id


def test_what_does_not_pass_is_not_listed(studio: Studio, study: Study) -> None:
    items = studio.store.items.of_study(study.id)
    at = page(studio, study, frozenset({items[2].id, items[9].id}))
    assert [b.label for b in at.button] == ["Open 10", "Open 3"]
    assert len(at.pagination) == 0
    assert page(studio, study, frozenset()).caption[0].value == "No item passes. Clear a filter."
