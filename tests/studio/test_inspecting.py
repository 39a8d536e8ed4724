"""An item's family and what is related to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qdhf.errors import NotFound
from qdhf.studio import Studio
from qdhf.studio.inspecting import GONE
from qdhf.types import Genome, Item, Study
from storage import SqlStore
from tests.storage_fixtures import add_items, add_run, add_study, new_item


@pytest.fixture
def store(studio: Studio) -> SqlStore:
    assert isinstance(studio.store, SqlStore)
    return studio.store


def child(store: SqlStore, study: Study, *parents: Item, count: int = 1) -> list[Item]:
    run = add_run(store, study)
    genome = Genome(prompt="lion", seed=1, parents=tuple(p.id for p in parents))
    return store.items.add(study.id, [new_item(run, slot, genome=genome) for slot in range(count)])


def names(ids: Sequence[str], items: Sequence[Item]) -> list[int]:
    order = [item.id for item in items]
    return [order.index(i) for i in ids]


def test_a_family_has_generations_edges_and_a_trail(studio: Studio, store: SqlStore, study: Study) -> None:
    old, other = add_items(store, study, 2)
    (mother,) = child(store, study, old)
    (own,) = child(store, study, mother, other)
    one, two = child(store, study, own, count=2)
    (grandchild,) = child(store, study, two, one)
    everyone = [old, other, mother, own, one, two, grandchild]
    family = studio.inspecting.family(study, own.id)
    assert [names(level, everyone) for level in family.levels] == [[0], [2, 1], [3], [4, 5], [6]]
    assert (family.own, family.left_out) == (2, 0)
    assert sorted(names(edge, everyone) for edge in family.edges) == [
        [0, 2], [1, 3], [2, 3], [3, 4], [3, 5], [4, 6], [5, 6],
    ]  # fmt: skip
    assert [item.id for item in family.trail] == [old.id, mother.id, own.id]
    assert set(family.items) == {item.id for item in everyone}


def test_a_family_is_bounded_and_says_what_it_leaves_out(studio: Studio, store: SqlStore, study: Study) -> None:
    line = add_items(store, study, 1)
    for _ in range(5):
        line += child(store, study, line[-1])
    many = child(store, study, line[4], count=5)
    family = studio.inspecting.family(study, line[4].id, up=2, down=1, wide=3)
    everyone = [*line, *many]
    assert [names(level, everyone) for level in family.levels] == [[2], [3], [4], [5, 6, 7]]
    assert family.left_out == 3
    assert names([i.id for i in family.trail], everyone) == [2, 3, 4]


def test_who_has_no_family_stands_alone(studio: Studio, store: SqlStore, study: Study) -> None:
    (alone,) = add_items(store, study, 1)
    family = studio.inspecting.family(study, alone.id)
    assert (family.levels, family.own, family.edges, family.trail) == ([[alone.id]], 0, [], [alone])


def test_an_item_of_another_study_is_not_shown(studio: Studio, store: SqlStore, study: Study) -> None:
    mine, foreign = add_items(store, study, 1)[0], add_items(store, add_study(store), 1)[0]
    with pytest.raises(NotFound, match="another study"):
        studio.inspecting.item(study, foreign.id)
    with pytest.raises(NotFound, match="no item 'nothing'"):
        studio.inspecting.item(study, "nothing")
    assert studio.inspecting.items(study, [mine.id, foreign.id, "nothing", mine.id]) == [mine]


def test_texts_are_read_and_pictures_are_not(studio: Studio, store: SqlStore, study: Study) -> None:
    blob = store.blobs.put("größer\n<b>".encode())
    run = add_run(store, study)
    text, picture = store.items.add(study.id, [new_item(run, 0, kind="text", blob=blob), new_item(run, 1)])
    assert studio.inspecting.texts([text, picture]) == {text.id: "größer\n<b>"}


def featured(store: SqlStore, study: Study, features: np.ndarray) -> list[Item]:
    items = add_items(store, study, len(features))
    store.facts.add_features(study.encoder, [i.blob for i in items], features.astype(np.float32))
    store.facts.add_scores(study.scorer, [(i.blob, "lion", 0.5) for i in items])
    return items


def test_related_items_differ_and_a_grown_study_is_looked_at_anew(
    studio: Studio, store: SqlStore, study: Study
) -> None:
    rng = np.random.default_rng(1)
    modes = np.repeat(rng.normal(size=(4, 16)), 5, axis=0) + 0.01 * rng.normal(size=(20, 16))
    items = featured(store, study, modes)
    found = studio.inspecting.related(study, items[0].id)
    assert sorted(names([i.id for i in found], items)[n] // 5 for n in range(len(found))) == [1, 2, 3]
    late = featured(store, study, modes[:1] + 0.01)
    assert len(studio.inspecting.related(study, late[0].id)) == 3


def test_without_features_nothing_is_related_yet(studio: Studio, store: SqlStore, study: Study) -> None:
    featured(store, study, np.eye(4))
    late = add_items(store, study, 1)[0]
    assert studio.inspecting.related(study, late.id) == []


def test_a_text_whose_file_is_gone_is_told_beside_the_others(studio: Studio, store: SqlStore, study: Study) -> None:
    run, there = add_run(store, study), store.blobs.put(b"here")
    gone, text = store.items.add(
        study.id, [new_item(run, 0, kind="text", blob="0" * 64), new_item(run, 1, kind="text", blob=there)]
    )
    assert studio.inspecting.texts([gone, text]) == {gone.id: GONE, text.id: "here"}
