"""What every store promises about tags, stars and notes, and about items made again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Remade, Remark, Study, now
from storage import SqlStore
from tests.storage_fixtures import add_items, add_run, add_study, new_item

SAID = Remark(
    item_id="", kind="tag", text="blue", by="mira@example.org", created_at=datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
)
MADE = Remade(
    device="a CPU", blob=hashlib.sha256(b"again").hexdigest(), same_bytes=False, same_content=False, largest=3.0,
    mean=0.25, companions=4, seconds=1.5,
)  # fmt: skip


def said(item: str, **changes: object) -> Remark:
    return dataclasses.replace(SAID, item_id=item, **changes)  # type: ignore[arg-type]


def test_the_last_word_about_each_subject_stands(store: SqlStore, study: Study, opener: Callable[[], SqlStore]) -> None:
    one, two = (item.id for item in add_items(store, study, 2))
    blue, sky = said(one), said(one, text="Größe 大", by="jon@example.org")
    star, note = said(two, kind="star", text=""), said(two, kind="note", text="first\nline")
    assert store.remarks.add(study.id, [blue, sky, star, note]) == 4
    later = said(two, kind="note", text="second")
    assert store.remarks.add(study.id, [said(one, holds=False), later, said(two)]) == 3
    again = opener()
    assert again.remarks.standing(study.id) == [sky, star, later, said(two)]
    assert again.remarks.standing(study.id, two) == [star, later, said(two)]
    assert again.remarks.said(study.id) == [(r.item_id, r.kind, r.text) for r in (sky, star, later, said(two))]
    store.remarks.add(
        study.id, [said(two, kind="star", text="", holds=False), said(two, kind="note", text="", holds=False)]
    )
    assert store.remarks.standing(study.id) == [sky, said(two)]
    assert store.remarks.standing(add_study(store).id) == []


def test_saying_what_holds_adds_nothing(store: SqlStore, study: Study) -> None:
    item = add_items(store, study, 1)[0].id
    untold = [said(item, holds=False), said(item, kind="star", text="", holds=False)]
    assert store.remarks.add(study.id, untold) == 0
    assert store.remarks.add(study.id, [said(item), said(item, by="Jon"), said(item, kind="note", text="x")]) == 2
    assert store.remarks.add(study.id, [said(item), said(item, kind="note", text="x")]) == 0
    assert [r.by for r in store.remarks.every(study.id)] == ["mira@example.org"] * 2
    assert (store.remarks.count(study.id), store.remarks.count(add_study(store).id)) == (2, 0)
    assert store.remarks.add(study.id, []) == 0


def test_all_that_was_said_makes_the_same_stand_elsewhere(store: SqlStore, study: Study) -> None:
    item = add_items(store, study, 1)[0].id
    steps = [said(item), said(item, holds=False, by="Jon"), said(item), said(item, kind="note", text="so")]
    for step in steps:
        store.remarks.add(study.id, [step])
    assert store.remarks.every(study.id) == steps
    other = add_study(store)
    copy = add_items(store, other, 1)[0].id
    moved = [dataclasses.replace(r, item_id=copy) for r in steps]
    assert store.remarks.add(other.id, moved) == 4
    assert store.remarks.every(other.id) == moved


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": ""}, "A tag has 1 to 40 characters; this one has 0"),
        ({"text": "x" * 41}, "this one has 41"),
        ({"text": "a\x00b"}, "A tag has"),
        ({"text": " blue"}, "single spaces"),
        ({"text": "light  blue"}, "single spaces"),
        ({"kind": "star"}, "A star has 0 to 0 characters"),
        ({"kind": "note", "text": ""}, "A note has 1 to 4000 characters"),
        ({"kind": "note", "text": "x" * 4001}, "this one has 4001"),
        ({"kind": "smile"}, "one of tag, star, note; got 'smile'"),
    ],
)
def test_a_remark_that_cannot_be_is_refused_and_nothing_beside_it_is_kept(
    store: SqlStore, study: Study, changes: dict[str, object], words: str
) -> None:
    item = add_items(store, study, 1)[0].id
    with pytest.raises(InvalidInput, match=words):
        store.remarks.add(study.id, [said(item), said(item, **changes)])
    assert store.remarks.every(study.id) == []


def test_a_remark_about_another_studys_item_is_refused(store: SqlStore, study: Study) -> None:
    mine, foreign = add_items(store, study, 1)[0].id, add_items(store, add_study(store), 1)[0].id
    with pytest.raises(NotFound, match=foreign):
        store.remarks.add(study.id, [said(mine), said(foreign)])
    assert store.remarks.every(study.id) == []
    with pytest.raises(NotFound, match="nowhere"):
        store.remarks.add("nowhere", [said(mine)])


def test_more_items_than_one_query_takes_are_tagged_at_once(store: SqlStore, study: Study) -> None:
    run = add_run(store, study)
    items = store.items.add(study.id, [new_item(run, slot, content=b"x") for slot in range(5001)])
    assert store.remarks.add(study.id, [said(item.id) for item in items]) == 5001
    assert len(store.remarks.standing(study.id)) == 5001


def test_what_came_of_a_remake_is_kept_once(store: SqlStore, study: Study, opener: Callable[[], SqlStore]) -> None:
    item = add_items(store, study, 1)[0].id
    before = now()
    first, second = store.remakes.add(item, "Mira"), store.remakes.add(item, "Jon")
    assert (first.study_id, first.item_id, first.by, first.result) == (study.id, item, "Mira", None)
    assert before <= first.created_at <= now()
    done = store.remakes.finish(first.id, MADE)
    assert done.finished_at is not None
    assert done == dataclasses.replace(first, result=MADE, finished_at=done.finished_at)
    assert store.remakes.finish(first.id, dataclasses.replace(MADE, largest=None, mean=None)) == done
    assert opener().remakes.of_item(item) == [second, done]
    assert store.remakes.of_item("nothing") == []


def test_a_remake_of_nothing_is_refused(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="no item 'nothing'"):
        store.remakes.add("nothing", "Mira")
    for call in (lambda: store.remakes.get("none"), lambda: store.remakes.finish("none", MADE)):
        with pytest.raises(NotFound, match="no remake 'none'"):
            call()


def test_items_keep_what_they_were_made_on(store: SqlStore, study: Study, opener: Callable[[], SqlStore]) -> None:
    run = add_run(store, study)
    made = store.items.add(study.id, [new_item(run, 0, device="an H100"), new_item(run, 1)])
    assert [item.device for item in opener().items.many([i.id for i in made])] == ["an H100", ""]
