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


def test_links_lead_from_parents_to_children_the_oldest_first(store: SqlStore, study: Study) -> None:
    one, two = (item.id for item in add_items(store, study, 2))
    run = add_run(store, study)
    parents = [(two,), (one, two), (), (one,)]
    genomes = [Genome(prompt="x", seed=n, parents=p) for n, p in enumerate(parents)]
    made = [i.id for i in store.items.add(study.id, [new_item(run, n, genome=g) for n, g in enumerate(genomes)])]
    assert store.items.links([one]) == [(one, made[1]), (one, made[3])]
    assert store.items.links([two, one]) == [(two, made[0]), *sorted([(one, made[1]), (two, made[1])]), (one, made[3])]
    assert store.items.links([made[0]]) == store.items.links([]) == []


def test_a_batch_is_what_an_iteration_made_by_slot(store: SqlStore, study: Study) -> None:
    run, other = add_run(store, study), add_run(store, study)
    slots = [(run, 3, 1), (run, 0, 1), (run, 1, 0), (other, 0, 1)]
    items = store.items.add(study.id, [new_item(r, slot, iteration=iteration) for r, slot, iteration in slots])
    assert store.items.batch(run.id, 1) == [items[1], items[0]]
    assert store.items.batch(run.id, 0) == [items[2]]
    assert store.items.batch("none", 0) == []
