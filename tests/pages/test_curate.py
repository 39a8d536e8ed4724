"""The Curate page, run by itself over real sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui import curate_card, curate_gallery
from pages._ui.curate_gallery import parse_act
from pages._ui.curate_view import shares
from qdhf.studio import Studio
from qdhf.studio.curating import Choice
from qdhf.types import Study
from tests.storage_fixtures import add_study
from tests.studio.test_curating import texts_of

PAGE = str(Path(__file__).parents[2] / "pages" / "curate.py")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, object]]:
    """What each gallery was last given, by key: AppTest cannot look inside a component."""
    given: dict[str, dict[str, object]] = {}

    def mount(*, key: str, data: dict[str, object], on_act_change: object) -> None:
        given[key] = {**data, "act": on_act_change}

    monkeypatch.setattr(curate_gallery, "_mount", mount)
    return given


def page(study: Study, **address: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["framed"] = True
    for name, value in {"study": study.id, **address}.items():
        app.query_params[name] = value
    return app.run()


def shown(drawn: dict[str, dict[str, object]], key: str = "curate-tiles") -> list[str]:
    tiles = drawn[key]["tiles"]
    assert isinstance(tiles, list)
    return [tile["id"] for tile in tiles]


def ids(choice: Choice) -> list[str]:
    return [item.id for item in choice.items]


def test_the_set_is_there_at_once_with_why_and_how_it_compares(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="5")
    assert not app.exception
    choice = studio.curating.choose(study, 5)
    assert shown(drawn) == ids(choice)
    tiles = drawn["curate-tiles"]["tiles"]
    assert [tile["reason"] for tile in tiles] == choice.reasons  # type: ignore[attr-defined]
    assert "random sets: worth" in " ".join(m.value for m in app.markdown)
    labels = app.dataframe[0].value
    assert list(labels.columns) == ["", "This set", "All items", "Random sets", "Ahead of"]
    assert "Bytes per pixel as a JPEG" in set(labels[""])


def test_settings_in_the_address_give_the_set_and_each_way_has_its_sentence(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="4", way="Representative", floor="0")
    assert shown(drawn) == ids(studio.curating.choose(study, 4, method="representative", floor=0))
    assert app.radio(key="way").options == [way.title for way in studio.curating.ways(study).values()]
    app.radio(key="way").set_value("Balanced best").run()
    app.number_input(key="draw").set_value(3).run()
    assert not app.exception
    assert shown(drawn) == ids(studio.curating.choose(study, 4, method="balanced", floor=0, seed=3))


def test_a_direction_is_dialled(studio: Studio, study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, many="3", way="By direction")
    assert [s.label for s in app.slider if s.key.startswith("dial-")] == [
        "Measured quality: worse ↔ better", "Axis 1: low ↔ high", "Axis 2: low ↔ high",
    ]  # fmt: skip
    app.slider(key="dial-axis-1").set_value(-1.0).run()
    dial = {"measured": 1.0, "axis 1": -1.0, "axis 2": 0.0}
    assert shown(drawn) == ids(studio.curating.choose(study, 3, method="direction", dial=dial))
    app.slider(key="dial-axis-1").set_value(0.0)
    app.slider(key="dial-measured").set_value(0.0).run()
    assert "Move at least one dial" in app.info[0].value


def test_a_way_that_lacks_something_says_what(study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, way="Fair to all groups")
    assert not app.exception
    assert "nobody has that many. Choose another way until then." in app.info[0].value
    assert "curate-tiles" not in drawn


def test_two_ways_stand_beside_each_other_with_what_they_share(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="5", beside="Representative")
    one, two = (ids(studio.curating.choose(study, 5, method=m)) for m in ("different", "representative"))
    assert (shown(drawn), shown(drawn, "curate-beside")) == (one, two)
    assert f"**{len(set(one) & set(two))} of 5** items are in both sets." in [m.value for m in app.markdown]
    assert {"Most different", "Representative"} <= set(app.dataframe[0].value.columns)
    assert "Fair to all groups" not in app.selectbox(key="beside").options


def act(app: AppTest, drawn: dict[str, dict[str, object]], item: str, name: str, key: str = "curate-tiles") -> AppTest:
    """What the browser does: report the act, let the callback run, then run the page."""
    address: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.session_state", {key: {"act": {"item": item, "do": name}}})
        patch.setattr("streamlit.query_params", address)
        drawn[key]["act"]()  # type: ignore[operator]
    for part, value in address.items():
        app.query_params[part] = value
    return app.run()


def test_pins_and_bans_act_at_once_and_can_be_taken_back(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="4")
    first = shown(drawn)
    app = act(app, drawn, first[2], "pin")
    assert studio.curating.marks(study) == {first[2]: "pin"}
    assert shown(drawn)[0] == first[2]
    assert drawn["curate-tiles"]["tiles"][0]["pinned"] is True  # type: ignore[index]
    app = act(app, drawn, first[2], "pin")
    app = act(app, drawn, first[0], "ban")
    assert studio.curating.marks(study) == {first[0]: "ban"}
    assert first[0] not in shown(drawn)
    assert shown(drawn, "curate-banned-tiles") == [first[0]]
    act(app, drawn, first[0], "allow", "curate-banned-tiles")
    assert studio.curating.marks(study) == {}
    assert shown(drawn) == first


def test_one_is_swapped_out_in_the_address_and_all_swaps_can_be_undone(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="4")
    first = shown(drawn)
    app = act(app, drawn, first[1], "swap")
    assert app.query_params["aside"] == str(studio.store.items.get(first[1]).position)
    now = shown(drawn)
    assert [a == b for a, b in zip(first, now, strict=True)] == [True, False, True, True]
    assert "1 item was swapped out of this set." in [c.value for c in app.caption]
    app.button(key="curate-unswap").click().run()
    assert shown(drawn) == first


def test_an_item_opens_over_the_page(studio: Studio, study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, many="4")
    item = studio.store.items.get(shown(drawn)[2])
    app = act(app, drawn, item.id, "open")
    assert not app.exception
    assert app.query_params["item"] == item.id
    assert any(f"**Picture {item.position + 1}**" in m.value for m in app.markdown)


def test_nonsense_in_the_address_is_passed_over(study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, many="4", aside="x.9999.٣.-1.2")
    assert not app.exception
    assert len(shown(drawn)) == 4


def test_more_than_pass_is_explained_on_the_page(study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, many="12", floor="50")
    assert not app.exception
    assert "12 items were asked for, but" in app.error[0].value
    assert "the quality floor leaves out" in app.error[0].value
    app.button(key="curate-fewer").click().run()
    assert not app.error
    assert len(shown(drawn)) == app.slider(key="many").value < 12


def test_a_small_study_opens_with_what_there_is(study: Study, drawn: dict[str, dict[str, object]]) -> None:
    """Of 12 items the quality floor leaves 9."""
    app = page(study)
    assert not app.error
    assert len(shown(drawn)) == app.slider(key="many").value == 9


def test_a_study_without_items_says_what_to_do(studio: Studio, drawn: dict[str, dict[str, object]]) -> None:
    app = page(add_study(studio.store))
    assert not app.error
    assert "Choosing needs at least three items" in app.info[0].value
    assert "curate-tiles" not in drawn


def test_a_set_is_kept_renamed_removed_and_brought_back(
    studio: Studio, study: Study, drawn: dict[str, dict[str, object]]
) -> None:
    app = page(study, many="3")
    app.text_input(key="curate-name").set_value("Three *of* them")
    app.button(key="curate-keep").click().run()
    (kept,) = studio.curating.collections(study)
    assert (kept.name, kept.method, len(kept.items)) == ("Three *of* them", "Most different", 3)
    assert any("Three \\*of\\* them" in m.value for m in app.markdown)
    app.toggle(key=f"curate-show-{kept.id}").set_value(True).run()
    assert shown(drawn, f"curate-kept-{kept.id}") == list(kept.items)
    app.text_input(key=f"curate-newname-{kept.id}").set_value("Trio")
    app.button(key=f"curate-rename-save-{kept.id}").click().run()
    assert studio.curating.collections(study)[0].name == "Trio"
    app.button(key=f"curate-remove-{kept.id}").click().run()
    assert studio.curating.collections(study) == []
    app.button(key=f"curate-back-{kept.id}").click().run()
    assert not app.exception
    assert [c.name for c in studio.curating.collections(study)] == ["Trio"]


@pytest.mark.parametrize(
    "value",
    [None, "x", {}, {"item": "i"}, {"item": "i", "do": "fly"}, {"item": "j", "do": "pin"}, {"item": 1, "do": "pin"}],
)
def test_what_a_browser_says_of_what_is_not_shown_is_not_done(value: object) -> None:
    assert parse_act(value, {"i"}, {"pin"}) is None
    assert parse_act({"item": "i", "do": "pin", "n": 3}, {"i"}, {"pin"}) == ("i", "pin")


def test_what_groups_get_is_said_in_words() -> None:
    assert shares([0.5, 0.254]) == "group 1 sees 50 %, group 2 sees 25 % of its own map."
    assert shares([0.5]) == "raters are of one mind and see 50 % of their map."


def test_more_than_the_slider_has_is_passed_over(study: Study, drawn: dict[str, dict[str, object]]) -> None:
    app = page(study, many="5000", floor="-3", copies="Twins", way="Luck", beside="Luck")
    assert not app.exception
    assert app.radio(key="way").value == "Most different"


def test_being_ahead_is_said_in_words() -> None:
    words = ("More different than", "No more different than any of")
    assert curate_card.ahead(19, 20, *words) == "More different than 19 of 20 random sets"
    assert curate_card.ahead(20, 20, *words) == "More different than all 20 random sets"
    assert curate_card.ahead(0, 20, *words) == "No more different than any of 20 random sets"


def test_sentences_and_table_say_what_the_card_holds(studio: Studio, study: Study) -> None:
    card = studio.curating.card(study, ids(studio.curating.choose(study, 4)))
    told = curate_card.sentences(card)
    assert len(told) == 3
    assert f"worth {card.chosen.learned[1.0]:.1f} different items" in told[0]
    assert f"mean quality {card.chosen.quality_mean:.2f}" in told[1]
    rows = {row[""]: row for row in curate_card.table({"This set": card})}
    mean, spread = card.chance(lambda f: f.coverage) or (0, 0)
    assert rows["Share of the map"]["Random sets"] == f"{mean:.2f} ± {spread:.2f}"
    assert rows["Quality, lowest"]["Ahead of"] == f"{card.ahead(lambda f: f.quality_min)} of 20"


def test_texts_are_shown_as_they_are(studio: Studio, drawn: dict[str, dict[str, object]]) -> None:
    study, said = texts_of(studio)
    app = page(study, many="4")
    assert not app.exception
    tiles = drawn["curate-tiles"]["tiles"]
    shortened = [text if len(text) <= 600 else text[:600] + "…" for text in said]
    assert all(tile["text"] in shortened and tile["src"] == "" for tile in tiles)  # type: ignore[attr-defined]
    assert shortened[-1] in [tile["text"] for tile in tiles]  # type: ignore[attr-defined]
    assert {"Characters", "Size after compression"} <= set(app.dataframe[0].value[""])
