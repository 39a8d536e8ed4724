"""What every store promises about what items are found by."""

from __future__ import annotations

import dataclasses

from qdhf.types import Genome, Rater, Study
from storage import SqlStore
from tests.storage_fixtures import add_items, add_run, add_study, answer, ask, new_item, undo


def test_facets_say_what_items_say(store: SqlStore, study: Study) -> None:
    run = add_run(store, study)
    said = 'a "quoted" prompt\nof two lines, größer'
    kept = [
        new_item(run, 0, genome=Genome(prompt=said, seed=2**40)),
        new_item(run, 1, genome=None, name="Cat.PNG", source="import"),
    ]
    items = store.items.add(study.id, kept)
    found = store.items.facets(study.id)
    assert [f.prompt for f in found] == [said, ""]
    names = [field.name for field in dataclasses.fields(found[0]) if field.name != "prompt"]
    assert [[getattr(f, n) for n in names] for f in found] == [[getattr(i, n) for n in names] for i in items]
    assert store.items.facets(study.id, after=0) == found[1:]
    assert store.items.facets(add_study(store).id) == []


def test_judged_is_what_stands_and_was_not_skipped(store: SqlStore, study: Study, ann: Rater) -> None:
    items = add_items(store, study, 9)
    ids = [item.id for item in items]
    ben = store.judgments.rater(study.id, "Ben")
    one, two, three = (ask(store, ann, items[n:])[0] for n in (0, 3, 6))
    store.judgments.record(ann.id, [answer(one), answer(two, closer="skip"), answer(three, "e3", "tie")])
    assert store.judgments.judged(study.id, [ann.id]) == {*ids[:3], *ids[6:]}
    store.judgments.record(ann.id, [undo(three, "e3")])
    assert store.judgments.judged(study.id, [ann.id, ben.id]) == set(ids[:3])
    assert store.judgments.judged(study.id, [ben.id]) == store.judgments.judged(study.id, []) == set()
    assert store.judgments.judged(add_study(store).id, [ann.id]) == set()
