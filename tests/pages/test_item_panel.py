"""The item panel run by itself over real items: what it says, and what its buttons do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.item_about import result_words, rows, values
from qdhf import pictures
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.types import Avoid, Genome, Item, Person, Remade, Steering, Study, Toward, Variation
from tests.storage_fixtures import add_run, new_item

MADE = Remade(device="B", blob="0" * 64, same_bytes=False, same_content=False, largest=3.0, mean=0.021)


def app(studio: object, study: object) -> None:
    import streamlit as st

    from pages._ui.item_compare import compare_tray
    from pages._ui.item_panel import item_panel

    item_panel(studio, study, st.query_params["item"])
    compare_tray(studio, study)


def page(studio: Studio, study: Study, item: Item, **address: str) -> AppTest:
    at = AppTest.from_function(app, kwargs={"studio": studio, "study": study}, default_timeout=60)
    at.query_params["item"] = item.id
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def press(at: AppTest, label: str) -> AppTest:
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(e.value for e in (*at.markdown, *at.caption, *at.text, *at.error))


@pytest.fixture
def item(studio: Studio, study: Study) -> Item:
    return studio.store.items.of_study(study.id)[4]


def test_the_panel_says_what_it_is_and_how_it_was_made(studio: Studio, study: Study, item: Item) -> None:
    at = page(studio, study, item)
    quality = studio.browsing.detail(study, item.id).quality
    assert f"**Picture 5** · quality {quality:.3f}" in words(at)
    assert item.genome is not None
    told = dict(rows(item))
    assert (told["Prompt"], told["Noise"]) == (item.genome.prompt, f"seed {item.genome.seed}")
    assert (told["Made on"], told["Size"]) == (item.device, "64 × 64 pixels")
    assert values(rows(item)) in at.get("html")[0].proto.body


def test_star_tags_and_note_are_kept_and_shown(studio: Studio, study: Study, item: Item) -> None:
    studio.noting.tag(study, [studio.store.items.of_study(study.id)[0].id], "calm")
    at = press(page(studio, study, item), "Star")
    tags = next(m for m in at.multiselect if m.label == "Tags")
    assert tags.options == ["calm"]
    tags.set_value(["calm"])
    at.text_area[0].set_value("look at this\ntwice")
    at.run()
    now = studio.noting.of_item(study, item.id)
    assert (now.tags, now.starred, now.note) == (("calm",), True, "look at this\ntwice")
    again = page(studio, study, item)
    assert next(m for m in again.multiselect if m.label == "Tags").value == ["calm"]
    assert again.text_area[0].value == "look at this\ntwice"
    next(m for m in again.multiselect if m.label == "Tags").set_value([])
    press(again, "Starred")
    now = studio.noting.of_item(study, item.id)
    assert (now.tags, now.starred) == ((), False)


def test_pin_and_ban_follow_each_other(studio: Studio, study: Study, item: Item) -> None:
    at = press(page(studio, study, item), "Pin")
    assert studio.curating.marks(study) == {item.id: "pin"}
    at = press(at, "Ban")
    assert studio.curating.marks(study) == {item.id: "ban"}
    press(at, "Allow")
    assert studio.curating.marks(study) == {}


def test_more_like_it_are_made_by_a_run_near_it(studio: Studio, study: Study, item: Item) -> None:
    at = page(studio, study, item)
    at.number_input(key=f"item-more-{item.id}").set_value(5)
    at.slider(key=f"item-sigma-{item.id}").set_value(0.2)
    press(at, "Make them")
    spec = studio.running.of_study(study)[0].run.spec
    assert (spec.kind, spec.near, spec.budget, spec.sigma) == ("illuminate", item.id, 5, 0.2)
    assert "Run of 5 queued" in at.toast[0].value


def test_making_it_again_waits_for_the_worker_and_then_tells(studio: Studio, study: Study, item: Item) -> None:
    at = press(page(studio, study, item), "Make it again")
    assert "Waiting for the worker" in words(at)
    assert "Make it again" not in [b.label for b in at.button]
    (status,) = studio.remaking.of_item(item)
    studio.remaking.make(status.remake.id, studio.engine.models)
    said = words(page(studio, study, item))
    assert "identical, byte for byte" in said
    assert f"Both times on {item.device}." in said


def test_what_came_out_otherwise_is_shown_beside_what_was_kept(studio: Studio, study: Study, item: Item) -> None:
    remake = studio.remaking.request(item, queue=False)
    blob = studio.store.blobs.put(pictures.png(np.zeros((64, 64, 3), np.uint8)))
    studio.store.remakes.finish(remake.id, dataclasses.replace(MADE, blob=blob))
    at = page(studio, study, item)
    assert "differs by at most 3 of 255" in words(at)
    assert "it was first made on" not in words(at)
    shown = [image.url for element in at.image for image in element.proto.imgs]
    assert [item.blob in url for url in shown] == [True, True, False]  # large, before, again
    assert blob in shown[2]


def test_what_was_imported_has_no_genome_and_cannot_be_made_again(studio: Studio, study: Study) -> None:
    run = add_run(studio.store, study)  # type: ignore[arg-type]
    blob = studio.store.blobs.put(pictures.png(np.zeros((8, 8, 3), np.uint8)))
    item = studio.store.items.add(study.id, [new_item(run, 0, genome=None, name="cat.png", blob=blob)])[0]
    at = page(studio, study, item)
    assert "has no place on the map yet" in words(at)
    assert "<dt>File name</dt><dd>cat.png</dd>" in at.get("html")[0].proto.body
    assert {"Make it again", "Make them"}.isdisjoint(b.label for b in at.button)


def test_a_text_is_shown_as_text_whatever_it_holds(studio: Studio, study: Study) -> None:
    run = add_run(studio.store, study)  # type: ignore[arg-type]
    blob = studio.store.blobs.put(b"A *poem*\n![x](http://example.org/x.png)")
    made = new_item(run, 0, kind="text", blob=blob, genome=None, name="poem.txt", thumbs={}, width=None, height=None)
    item = studio.store.items.add(study.id, [made])[0]
    at = page(studio, study, item)
    assert "A *poem*\n![x](http://example.org/x.png)" in [t.value for t in at.text]
    assert "**Text 13**" in words(at)
    assert "Full size" not in [b.label for b in at.get("link_button")]


def test_a_family_has_a_trail_that_leads_back(studio: Studio, study: Study, item: Item) -> None:
    run = add_run(studio.store, study)  # type: ignore[arg-type]
    genome = Genome(prompt="disc", seed=1, parents=(item.id,), emitter="mutation")
    made = new_item(run, 0, genome=genome, blob=item.blob)
    child = studio.store.items.add(study.id, [made])[0]
    at = press(page(studio, study, child, about="Family"), "Picture 5")
    assert at.query_params["item"] == item.id
    assert "**Picture 5**" in words(at)
    alone = page(studio, study, studio.store.items.of_study(study.id)[0], about="Family")
    assert "no parents" in words(alone)


def test_neighbours_and_related_items_open(studio: Studio, study: Study, item: Item) -> None:
    at = page(studio, study, item, about="Like it")
    detail = studio.browsing.detail(study, item.id)
    assert {b.key for b in at.button if str(b.key).startswith("neighbours-")} == {
        f"neighbours-{i.id}" for i in detail.neighbours
    }
    related = studio.inspecting.related(study, item.id)
    assert {b.key for b in at.button if str(b.key).startswith("related-")} == {f"related-{i.id}" for i in related}
    at.button(key=f"related-{related[0].id}").click().run()
    assert at.query_params["item"] == related[0].id


def test_four_at_most_are_compared_and_the_address_holds_them(studio: Studio, study: Study, item: Item) -> None:
    items = studio.store.items.of_study(study.id)
    at = press(page(studio, study, item), "Compare")
    assert "Add another item" in words(at)
    at = page(studio, study, item, compare=",".join(i.id for i in items[:4]))
    assert [b.label for b in at.button if b.label.startswith("Remove")] == [f"Remove {n}" for n in (1, 2, 3, 4)]
    press(at, "Compare")
    assert at.query_params["compare"] == ",".join(i.id for i in items[1:5])
    press(at, "Don't compare")
    press(at, "Remove 2")
    assert at.query_params["compare"] == ",".join(i.id for i in items[2:4])
    press(at, "Compare 2")
    gone = page(studio, study, item, compare="nothing,from,here")
    assert not any(b.label.startswith("Remove") for b in gone.button)
    assert not gone.exception


def test_who_may_only_look_reads_and_changes_nothing(studio: Studio, study: Study, item: Item) -> None:
    studio.noting.tag(study, [item.id], "calm")
    studio.noting.note(study, item, "look")
    studio.access.set_role("ben@example.org", "viewer", LOCAL)
    seen = studio.seen_by(Person(name="Ben", role="viewer", subject="ben@example.org"))
    at = page(seen, study, item)
    assert "Tags: calm" in words(at)
    assert "look\n(local)" in words(at)
    assert {b.label for b in at.button} == {"Compare"}
    assert len(at.multiselect) == len(at.text_area) == 0


def test_an_item_that_is_not_there_is_a_sentence(studio: Studio, study: Study, item: Item) -> None:
    at = page(studio, study, dataclasses.replace(item, id="nothing"))
    assert "There is no item 'nothing'." in words(at)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"same_bytes": True, "same_content": True}, "identical, byte for byte"),
        ({"same_content": True}, "the same picture in a file that is written differently"),
        ({}, "differs by at most 3 of 255 grey levels, 0.021 on average"),
        ({"largest": None, "mean": None}, "a picture of another size"),
        ({"largest": 0.125, "mean": 0.125}, "12.5% of the letters differ"),
    ],
)
def test_what_came_of_a_remake_is_told_in_words(changes: dict[str, object], said: str) -> None:
    result = dataclasses.replace(MADE, **changes)  # type: ignore[arg-type]
    assert result_words(result, True, "B")[0][0] == said


def test_where_it_was_made_is_told() -> None:
    for same, told in ((True, "Both times on B."), (False, "First on A, now on B"), (None, "not on record")):
        assert told in result_words(MADE, same, "A")[0][1]
    together = result_words(dataclasses.replace(MADE, companions=4), True, "B")[0][1]
    assert together.endswith("Made together with the 3 that it was first made with.")


def test_changes_and_steering_are_readable(studio: Studio, study: Study, item: Item) -> None:
    steering = Steering(toward=Toward(target=(0.5, -1.25), strength=0.2), avoid=Avoid(text="green"))
    genome = Genome(
        prompt="lion", seed=7, path=(Variation(seed=8, sigma=0.4), Variation(seed=9, sigma=0.2)), emitter="targeted",
        steering=steering,
    )  # fmt: skip
    told = dict(rows(dataclasses.replace(item, genome=genome, device="")))
    assert told["Changes to it"] == "strength 0.4, seed 8; then strength 0.2, seed 9"
    assert told["Steering"] == "towards the place 0.50, -1.25 (strength 0.2); away from “green”"
    assert (told["Way"], told["Made on"]) == ("Steps towards a place", "not on record")
    kept = dict(rows(dataclasses.replace(item, genome=dataclasses.replace(genome, latents="ab" * 32))))
    assert kept["Noise"] == "kept array abababababababab…"


def test_values_stay_text_whatever_they_hold() -> None:
    assert values([("Prompt", "<img src=x> & ![x](y)")]).endswith("<dd>&lt;img src=x&gt; &amp; ![x](y)</dd></dl>")
