"""The Archive page, run by itself: what can be chosen, and what is done with what is selected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.planted_study import answered
from pages._ui import context
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Person, Study
from storage import SqlStore
from tests.several_minds import make_study, two_minds
from tests.studio.conftest import work

PAGE = str(Path(__file__).parents[2] / "pages" / "archive.py")
ITEMS = 24


@pytest.fixture
def study(studio: Studio, store: SqlStore) -> Study:
    """Two versions of axes, the first of them unsupervised."""
    made = studio.studies.create(
        "Planted",
        prompts=["disc", "square"],
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
    )
    work(studio, studio.studies.populate(made, ITEMS))
    studio.learning.fit(made)
    answered(store, made, [studio.labelling.rater(made, "Ann")], 40)
    studio.learning.fit(made)
    return made


def page(study: Study, **query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    for name, value in {"study": study.id, **query}.items():
        app.query_params[name] = value
    return clean(app.run())


def clean(app: AppTest) -> AppTest:
    assert not app.exception
    assert not [e.value for e in app.error]
    return app


def desk(studio: Studio, study: Study, cells: str = "own") -> str:
    return f"{study.id}-{cells}-{studio.mapping.sheet(study).fit.version}"


def press(app: AppTest, label: str) -> AppTest:
    next(b for b in app.button if b.label == label).click()
    return clean(app.run())


def maps(app: AppTest) -> list[dict[str, Any]]:
    """What travels to each map on the page."""
    import json

    sent = [
        json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name.endswith("map_canvas")
    ]
    assert sent
    return sent


def test_the_map_opens_with_its_figures_and_every_way_to_look(studio: Studio, study: Study) -> None:
    app = page(study)
    sheet = studio.mapping.sheet(study)
    assert {m.label: m.value for m in app.metric}["Items"] == str(ITEMS)
    assert {m.label: m.value for m in app.metric}["Coverage"] == f"{sheet.coverage:.0%}"
    (shown,) = maps(app)
    assert (shown["aimable"], shown["by"], shown["selected"]) == (True, "quality", -1)
    for way in ("Age: when it was made", "Uncertainty of the place", "Who was asked", "How it came about"):
        app.selectbox(key="archive-colour").select(way)
        clean(app.run())
    app.selectbox(key="archive-cells").select("50 even cells")
    assert maps(clean(app.run()))[0]["by"] == "source"
    assert [e.label for e in app.selectbox][:4] == ["Colour by", "Cells", "Axes", "Beside it"]


def test_an_item_in_the_address_is_open_on_both_of_two_maps(studio: Studio, study: Study) -> None:
    item = studio.store.items.of_study(study.id)[5]
    app = page(study, item=item.id)
    for key, value in (("axes", "Version 1"), ("beside", "the latest, at any moment"), ("cells", "5 × 5")):
        app.selectbox(key=f"archive-{key}").select(value)
    clean(app.run())
    first, second = maps(app)
    assert (first["selected"], second["selected"]) == (5, 5)
    assert (first["aimable"], second["aimable"]) == (False, True)
    assert (first["address"], second["address"]) == ("archive-", "archive-beside-")
    assert any("Unsupervised axes" in w.value for w in app.warning)
    assert any("show that one to choose targets" in c.value for c in app.caption)
    assert any("Picture 6" in m.value for m in app.markdown)


def test_the_maps_of_two_groups_stand_side_by_side_once_groups_are_known(studio: Studio) -> None:
    shared = make_study(studio, 60)
    two_minds(studio, shared, answers=140)
    assert not [o for o in page(shared).selectbox(key="archive-beside").options if o.startswith("Group")]
    found = context.open_studio().rating.groups(shared)  # as the raters page does
    assert len(found.groups) == 2
    app = page(shared)
    app.selectbox(key="archive-colour").select("Who was asked")
    app.selectbox(key="archive-axes").select("Group A's own")
    app.selectbox(key="archive-beside").select("Group B's own")
    first, second = maps(clean(app.run()))
    assert (first["title"], second["title"]) == ("Group A's own", "Group B's own")
    assert first["link"] == second["link"] == shared.id
    assert first["shelf"] != second["shelf"]
    assert (first["aimable"], second["aimable"]) == (False, False)


def test_a_study_without_items_says_once_what_is_missing(studio: Studio) -> None:
    bare = studio.studies.create("Bare", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels")
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    app.query_params["study"] = bare.id
    app.run()
    assert not app.exception
    assert [e.value for e in app.error] == ["The map needs at least three items. Generate or import some first."]


def test_an_item_that_is_elsewhere_leaves_the_map_as_it_is(studio: Studio, study: Study) -> None:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    app.query_params["study"], app.query_params["item"] = study.id, "nothing"
    app.run()
    assert not app.exception
    assert maps(app)[0]["selected"] == -1


def test_a_map_follows_its_slider_to_the_axes_of_then(studio: Studio, study: Study) -> None:
    app = page(study)
    app.selectbox(key="archive-axes").select("As they were then")
    latest = studio.mapping.sheet(study).fit.version
    (shown,) = maps(clean(app.run()))
    assert (shown["follows"], shown["title"]) == (True, "As they were then")
    app.session_state[f"archive-moment-{study.id}"] = 3  # made before anything was learned
    (shown,) = maps(clean(app.run()))
    assert (shown["title"], shown["aimable"]) == ("As they were then: version 1", False)
    work(studio, studio.studies.populate(study, 2))
    app.session_state[f"archive-moment-{study.id}"] = ITEMS + 1
    (shown,) = maps(clean(app.run()))
    assert (shown["title"], shown["aimable"]) == (f"As they were then: version {latest}", True)


def test_selected_items_are_tagged_pinned_and_banned(studio: Studio, study: Study) -> None:
    ids = [i.id for i in studio.store.items.of_study(study.id)]
    studio.noting.tag(study, ids[:1], "round")
    app = page(study)
    app.session_state[f"gathered-{desk(studio, study)}"] = {"positions": [2, 7], "cells": [], "stamp": 3}
    clean(app.run())
    assert any("2 items selected" in m.value for m in app.markdown)
    press(app, "Pin")
    assert studio.curating.marks(study) == {ids[2]: "pin", ids[7]: "pin"}
    press(app, "Ban")
    assert studio.curating.marks(study) == {ids[2]: "ban", ids[7]: "ban"}
    app.selectbox(key="archive-tag").select("round")
    press(app, "Tag them")
    assert studio.noting.tags(study) == {"round": 3}
    press(app, "Select nothing")
    assert maps(app)[0]["gathered"] == {"positions": [], "cells": [], "stamp": 3}


def test_selected_empty_cells_become_targets_and_a_run_is_sent_there(studio: Studio, study: Study) -> None:
    home = studio.mapping.sheet(study)
    empty = [cell for cell in range(home.total) if home.counts[cell] == 0][:3]
    app = page(study)
    assert any("Click empty cells" in c.value for c in app.caption)
    app.session_state[f"gathered-{desk(studio, study)}"] = {"positions": [], "cells": empty, "stamp": 1}
    clean(app.run())
    assert any("3 empty cells selected" in m.value for m in app.markdown)
    press(app, "Make these the targets")
    assert maps(app)[0]["targets"]["cells"] == empty
    press(app, "Fill 3 picked cells")
    run = studio.store.runs.of_study(study.id)[0]
    assert (run.spec.kind, run.spec.targets, run.spec.budget) == ("illuminate", tuple(empty), 24)
    assert maps(app)[0]["targets"]["cells"] == []


def test_a_coarse_cell_sends_the_run_to_the_cells_inside_it(studio: Studio, study: Study) -> None:
    app = page(study)
    app.selectbox(key="archive-cells").select("5 × 5")
    home = studio.mapping.sheet(study)
    app.session_state[f"targets-{desk(studio, study, 'grid-5')}"] = {
        "cells": [24],
        "stamp": 1,
    }  # the upper right corner
    clean(app.run())
    press(app, "Fill 1 picked cell")
    inside = [cell for cell in (88, 89, 98, 99) if home.counts[cell] == 0]
    assert studio.store.runs.of_study(study.id)[0].spec.targets == tuple(inside)


def test_a_viewer_looks_and_changes_nothing(studio: Studio, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "visitor", lambda: Person(name="Vera", role="viewer", subject="vera@example.org"))
    monkeypatch.setattr("qdhf.studio.access.Access.still", lambda self, person: person)
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    app.query_params["study"] = study.id
    app.session_state[f"gathered-{desk(studio, study)}"] = {"positions": [2], "cells": [3], "stamp": 3}
    clean(app.run())
    labels = {b.label for b in app.button}
    assert labels.isdisjoint({"Pin", "Ban", "Tag them", "Make these the targets", "Fill 1 picked cell", "Save"})
    assert "Select nothing" in labels


def test_the_table_says_what_the_map_shows(studio: Studio, study: Study) -> None:
    app = page(study)
    app.toggle(key="archive-twin").set_value(True)
    table = clean(app.run()).dataframe[0].value
    sheet = studio.mapping.sheet(study)
    assert list(table["cell"]) == [sheet.where(cell) for cell, _ in sheet.filled]
    assert list(table["picture"]) == [row + 1 for _, row in sheet.filled]
    assert sum(table["items here"]) == ITEMS
