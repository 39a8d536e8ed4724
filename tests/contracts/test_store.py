"""What every store promises, whatever the database below it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.ports import Store
from qdhf.types import (
    Accuracy,
    AnswerEvent,
    Collection,
    Fit,
    FitReport,
    GeneratorSpec,
    Genome,
    Iteration,
    MapSpec,
    NewQuestion,
    Projection,
    Rater,
    RunSpec,
    Screened,
    Share,
    Study,
    Variation,
    new_id,
    now,
)
from storage import SqlStore
from tests.storage_fixtures import add_items, add_run, add_study, answer, ask, new_item, undo

Opener = Callable[[], SqlStore]


def test_a_store_keeps_the_port_s_promise(store: SqlStore) -> None:
    port: Store = store
    assert port.studies.all() == []


# Studies


def test_a_study_comes_back_as_it_was(store: SqlStore, opener: Opener) -> None:
    spec = GeneratorSpec(model="a/b", steps=4, guidance=0.5, width=512, height=64, negative_prompt="blurry")
    study = add_study(store, generator=spec, map=MapSpec(dims=(7, 9)), prompts=("“猫”", "lion 🦁"), seed=2**80 + 1)
    assert opener().studies.get(study.id) == study == store.studies.all()[0]


def test_times_are_kept_in_utc(store: SqlStore) -> None:
    there = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    kept = store.studies.get(add_study(store, created_at=there).id).created_at
    assert kept == there
    assert kept.utcoffset() == timedelta(0)


def test_studies_are_listed_newest_first(store: SqlStore) -> None:
    old, new = add_study(store, created_at=now() - timedelta(days=1)), add_study(store)
    assert [s.id for s in store.studies.all()] == [new.id, old.id]


def test_creating_a_study_again_changes_nothing(store: SqlStore) -> None:
    study = add_study(store)
    assert store.studies.create(dataclasses.replace(study, name="other")) == study


def test_what_is_missing_is_named(store: SqlStore) -> None:
    study = add_study(store)
    for look in (
        lambda: store.studies.get("nowhere"),
        lambda: store.items.get("nowhere"),
        lambda: store.items.add("nowhere", [new_item(add_run(store, study), 0)]),
        lambda: store.runs.get("nowhere"),
        lambda: store.runs.add("nowhere", RunSpec(kind="populate", budget=1)),
        lambda: store.judgments.rater("nowhere", "Ann"),
        lambda: store.judgments.questions(["nowhere"]),
        lambda: store.judgments.standing(study.id, after="nowhere"),
        lambda: store.judgments.record("nowhere", [AnswerEvent(event_id="e", question_id="q", closer="a")]),
        lambda: store.collections.get("nowhere"),
        lambda: store.collections.export("nowhere"),
        lambda: store.collections.finish_export("nowhere", "0" * 64, 1),
        lambda: store.collections.mark(study.id, "nowhere", "pin"),
        lambda: store.jobs.state("nowhere"),
    ):
        with pytest.raises(NotFound, match="nowhere"):
            look()
    with pytest.raises(NotFound, match="version 3"):
        store.fits.get(study.id, 3)


# Items


def test_items_come_back_as_they_were(store: SqlStore, opener: Opener) -> None:
    study = add_study(store)
    run = add_run(store, study)
    path = (Variation(seed=2**63, sigma=0.4), Variation(seed=3, sigma=0.1))
    genome = Genome(prompt="lion", seed=2**64 - 1, path=path, latents="f" * 64, guidance=1.5, parents=("p", "q"))
    made = store.items.add(study.id, [new_item(run, 0, genome=genome), new_item(run, 1, genome=None, name="ä.png")])
    assert opener().items.many([made[1].id, made[0].id]) == [made[1], made[0]]
    assert made[0].genome == genome
    assert made[0].thumbs.keys() == {128}
    assert (made[1].genome, made[1].name, made[1].position) == (None, "ä.png", 1)


def test_positions_count_the_items_of_each_study_from_zero(store: SqlStore) -> None:
    one, two = add_study(store), add_study(store)
    added = [add_items(store, study, count) for study, count in ((one, 2), (two, 3), (one, 2))]
    assert [[item.position for item in items] for items in added] == [[0, 1], [0, 1, 2], [2, 3]]


def test_storing_an_item_again_gives_the_one_that_is_there(store: SqlStore) -> None:
    study = add_study(store)
    run = add_run(store, study)
    first = store.items.add(study.id, [new_item(run, 0), new_item(run, 1)])
    again = store.items.add(study.id, [new_item(run, 2), new_item(run, 1, content=b"other"), new_item(run, 2)])
    assert again[1] == first[1]
    assert again[0] == again[2]
    assert [item.position for item in again] == [2, 1, 2]
    assert store.items.count(study.id) == 3


def test_an_item_needs_a_run_of_its_study(store: SqlStore) -> None:
    study, other = add_study(store), add_study(store)
    with pytest.raises(NotFound, match="no run"):
        store.items.add(study.id, [new_item(add_run(store, other), 0)])
    assert store.items.count(study.id) == 0


def test_a_blob_that_is_no_sha256_is_refused_and_nothing_is_kept(store: SqlStore) -> None:
    study = add_study(store)
    run = add_run(store, study)
    with pytest.raises(InvalidInput, match="SHA-256"):
        store.items.add(study.id, [new_item(run, 0), new_item(run, 1, blob="../../etc/passwd")])
    assert store.items.count(study.id) == 0


def test_items_are_read_in_portions_by_position(store: SqlStore) -> None:
    study = add_study(store)
    items = add_items(store, study, 5)
    assert store.items.of_study(study.id) == items
    assert store.items.of_study(study.id, after=1, limit=2) == items[2:4]
    assert store.items.newest(study.id, 2) == [items[4], items[3]]
    assert store.items.many([]) == []


def test_items_are_counted_and_listed_by_run(store: SqlStore) -> None:
    study = add_study(store)
    first, second = add_items(store, study, 2), add_items(store, study, 3)
    run = second[0].run_id
    assert (store.items.count(study.id), store.items.count(study.id, run)) == (5, 3)
    assert store.items.newest(study.id, 9, first[0].run_id) == first[::-1]


def test_children_are_the_items_that_name_a_parent(store: SqlStore) -> None:
    study = add_study(store)
    parent = add_items(store, study, 1)[0]
    run = add_run(store, study)
    child = Genome(prompt="lion", seed=1, parents=(parent.id, parent.id, "elsewhere"))
    made = store.items.add(study.id, [new_item(run, 0, genome=child), new_item(run, 1)])
    assert store.items.children(parent.id) == [made[0]]
    assert store.items.children(made[0].id) == []


# Facts


def test_the_matrix_holds_complete_items_by_position(store: SqlStore) -> None:
    study = add_study(store)
    items = add_items(store, study, 4)
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    store.facts.add_features("pixels", [item.blob for item in items], vectors)
    store.facts.add_features("other", [items[0].blob], vectors[:1] + 1)
    store.facts.add_scores("even", [(items[i].blob, "lion", i / 8) for i in (3, 1, 0)])
    store.facts.add_scores("even", [(items[2].blob, "tiger", 0.5)])
    matrix = store.facts.matrix(study)
    assert matrix.ids == tuple(items[i].id for i in (0, 1, 3))
    assert matrix.positions.tolist() == [0, 1, 3]
    assert np.array_equal(matrix.features, vectors[[0, 1, 3]])
    assert matrix.quality.tolist() == [0.0, 0.125, 0.375]
    assert (matrix.features.dtype, matrix.quality.dtype) == (np.float32, np.float32)
    assert store.facts.matrix(study, after=0).positions.tolist() == [1, 3]
    assert len(store.facts.matrix(study, after=3)) == 0


def test_an_item_without_a_prompt_is_scored_against_the_study_s_first(store: SqlStore) -> None:
    study = add_study(store)
    run = add_run(store, study)
    items = store.items.add(
        study.id, [new_item(run, 0, genome=None), new_item(run, 1, genome=Genome(prompt="", seed=1))]
    )
    for item in items:
        store.facts.add_features("pixels", [item.blob], np.ones((1, 2)))
        store.facts.add_scores("even", [(item.blob, "cat face", 1.0)])
    assert len(store.facts.matrix(study)) == 2


def test_two_items_with_the_same_content_share_their_facts(store: SqlStore) -> None:
    study = add_study(store)
    run = add_run(store, study)
    items = store.items.add(study.id, [new_item(run, slot, content=b"same") for slot in range(2)])
    store.facts.add_features("pixels", [items[0].blob], np.ones((1, 2)))
    store.facts.add_scores("even", [(items[0].blob, "lion", 1.0)])
    assert store.facts.matrix(study).positions.tolist() == [0, 1]


def test_facts_that_are_there_are_left_as_they_are(store: SqlStore) -> None:
    study = add_study(store)
    blob = add_items(store, study, 1)[0].blob
    for value in (1.0, 2.0):
        store.facts.add_features("pixels", [blob, blob], np.full((2, 2), value))
        store.facts.add_scores("even", [(blob, "lion", value)])
    matrix = store.facts.matrix(study)
    assert (matrix.features.tolist(), matrix.quality.tolist()) == ([[1.0, 1.0]], [1.0])


def test_known_facts_are_named(store: SqlStore) -> None:
    one, two = "1" * 64, "2" * 64
    store.facts.add_features("pixels", [one], np.ones((1, 2)))
    store.facts.add_scores("even", [(one, "lion", 1.0)])
    assert store.facts.known_features("pixels", [one, two]) == {one}
    assert store.facts.known_features("other", [one]) == set()
    assert {blob: v.tolist() for blob, v in store.facts.vectors("pixels", [one, two]).items()} == {one: [1.0, 1.0]}
    assert store.facts.vectors("other", [one]) == {}
    pairs = [(one, "lion"), (one, "cat"), (two, "lion")]
    assert store.facts.known_scores("even", pairs) == {(one, "lion")}
    assert store.facts.known_scores("other", pairs) == set()


def test_facts_that_cannot_be_used_are_refused(store: SqlStore) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        store.facts.add_features("pixels", ["1" * 64], np.full((1, 2), np.nan))
    with pytest.raises(InvalidInput, match="2 blobs, 1 rows"):
        store.facts.add_features("pixels", ["1" * 64, "2" * 64], np.ones((1, 2)))
    with pytest.raises(InvalidInput, match="finite"):
        store.facts.add_scores("even", [("1" * 64, "lion", 1.0), ("2" * 64, "lion", float("inf"))])
    assert store.facts.known_scores("even", [("1" * 64, "lion")]) == set()


# Judgments


def test_a_rater_is_made_at_first_use(store: SqlStore, study: Study, ann: Rater) -> None:
    ben = store.judgments.rater(study.id, "Ben")
    assert store.judgments.rater(study.id, "  Ann \n") == ann
    assert store.judgments.raters(study.id) == [ann, ben]
    assert store.judgments.rater(add_study(store).id, "Ann").id != ann.id


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_rater_s_name_is_checked(store: SqlStore, study: Study, name: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 80"):
        store.judgments.rater(study.id, name)


def test_questions_wait_in_order_until_they_are_answered(store: SqlStore, study: Study, ann: Rater) -> None:
    questions = ask(store, ann, add_items(store, study, 3), 12)
    assert store.judgments.waiting(study.id, ann.id) == questions
    store.judgments.record(ann.id, [answer(questions[0]), answer(questions[2], closer="skip")])
    assert store.judgments.waiting(study.id, ann.id) == [questions[1], *questions[3:]]
    assert store.judgments.questions([questions[2].id, questions[0].id]) == [questions[2], questions[0]]


def test_a_question_that_makes_no_sense_is_refused(store: SqlStore, study: Study, ann: Rater) -> None:
    items = add_items(store, study, 3)
    twice = NewQuestion(reference=items[0].id, a=items[1].id, b=items[1].id, left="a", strategy="random")
    with pytest.raises(InvalidInput, match="three different items"):
        store.judgments.reserve(study.id, ann.id, [twice])
    with pytest.raises(NotFound, match="not stored"):
        store.judgments.reserve(study.id, ann.id, [dataclasses.replace(twice, b="nowhere")])
    with pytest.raises(NotFound, match="no rater"):
        store.judgments.reserve(add_study(store).id, ann.id, [dataclasses.replace(twice, b=items[2].id)])
    assert store.judgments.waiting(study.id, ann.id) == []


def test_an_answer_says_everything_that_was_on_screen(store: SqlStore, study: Study, ann: Rater) -> None:
    items = add_items(store, study, 3)
    first = ask(store, ann, items)[0]
    new = NewQuestion(reference=first.reference, a=first.b, b=first.a, left="a", strategy="repeat", repeat_of=first.id)
    question = store.judgments.reserve(study.id, ann.id, [new])[0]
    store.judgments.record(ann.id, [answer(question, "e1", "tie")])
    judgment = store.judgments.standing(study.id)[0]
    for field in ("study_id", "rater_id", "reference", "a", "b", "left", "strategy", "repeat_of"):
        assert getattr(judgment, field) == getattr(question, field)
    assert (judgment.event_id, judgment.question_id, judgment.closer, judgment.response_ms) == (
        "e1", question.id, "tie", 900,
    )  # fmt: skip
    assert abs(judgment.created_at - now()) < timedelta(minutes=1)


def test_an_event_that_is_sent_again_is_recorded_once(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    given, taken = answer(question, "e1"), undo(question, "e1", "u1")
    assert store.judgments.record(ann.id, [given, given]) == ["e1", "e1"]
    assert store.judgments.record(ann.id, [given]) == ["e1"]
    assert store.judgments.count(study.id) == 1
    assert store.judgments.record(ann.id, [taken, taken]) == ["u1", "u1"]
    assert store.judgments.record(ann.id, [given, taken]) == ["e1", "u1"]
    assert store.judgments.count(study.id) == 0


def test_a_question_has_one_standing_answer(store: SqlStore, study: Study, ann: Rater) -> None:
    question, other = ask(store, ann, add_items(store, study, 3), 2)
    batch = [answer(question, "e1", "a"), answer(question, "e2", "b"), answer(other, "e3")]
    assert store.judgments.record(ann.id, batch) == ["e1", "e3"]
    assert [j.closer for j in store.judgments.standing(study.id)] == ["a", "a"]


def test_undo_to_zero_and_answer_again(store: SqlStore, study: Study, ann: Rater) -> None:
    questions = ask(store, ann, add_items(store, study, 3), 5)
    store.judgments.record(ann.id, [answer(q, f"e{i}") for i, q in enumerate(questions)])
    for i, question in reversed(list(enumerate(questions))):
        assert store.judgments.record(ann.id, [undo(question, f"e{i}", f"u{i}")]) == [f"u{i}"]
    assert store.judgments.count(study.id) == 0
    assert store.judgments.waiting(study.id, ann.id) == questions
    for attempt in range(3):
        given = answer(questions[0], f"again{attempt}", "b")
        assert store.judgments.record(ann.id, [given]) == [given.event_id]
        assert store.judgments.record(ann.id, [undo(questions[0], given.event_id)])
    assert store.judgments.record(ann.id, [answer(questions[0], "last", "tie")]) == ["last"]
    assert [j.event_id for j in store.judgments.standing(study.id)] == ["last"]


def test_answer_and_undo_in_one_batch(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    batch = [answer(question, "e1"), undo(question, "e1", "u1"), answer(question, "e2", "b")]
    assert store.judgments.record(ann.id, batch) == ["e1", "u1", "e2"]
    assert [j.event_id for j in store.judgments.standing(study.id)] == ["e2"]


def test_the_history_keeps_every_answer(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    store.judgments.record(ann.id, [answer(question, "e1"), undo(question, "e1"), answer(question, "e2", "b")])
    history = store.judgments.every(study.id)
    assert [(judgment.event_id, undone is None) for judgment, undone in history] == [("e1", False), ("e2", True)]
    undone = history[0][1]
    assert undone is not None
    assert undone >= history[0][0].created_at


def test_taking_back_what_was_never_given_is_not_on_record(store: SqlStore, study: Study, ann: Rater) -> None:
    question, other = ask(store, ann, add_items(store, study, 3), 2)
    store.judgments.record(ann.id, [answer(question, "e1")])
    assert store.judgments.record(ann.id, [undo(question, "nothing"), undo(other, "e1")]) == []
    assert store.judgments.record(ann.id, [undo(question, "e1", "u1"), undo(question, "e1", "u2")]) == ["u1"]


def test_two_raters_answer_side_by_side(store: SqlStore, study: Study, ann: Rater) -> None:
    items, ben = add_items(store, study, 3), store.judgments.rater(study.id, "Ben")
    hers, his = ask(store, ann, items, 2), ask(store, ben, items[::-1], 3)
    store.judgments.record(ann.id, [answer(q) for q in hers])
    store.judgments.record(ben.id, [answer(his[0], closer="b")])
    assert store.judgments.waiting(study.id, ben.id) == his[1:]
    assert [store.judgments.count(study.id, r) for r in (None, ann.id, ben.id)] == [3, 2, 1]
    assert {j.rater_id for j in store.judgments.standing(study.id, ben.id)} == {ben.id}


def test_nobody_answers_for_another_rater(store: SqlStore, study: Study, ann: Rater) -> None:
    items, ben = add_items(store, study, 3), store.judgments.rater(study.id, "Ben")
    hers, his = ask(store, ann, items)[0], ask(store, ben, items[::-1])[0]
    store.judgments.record(ann.id, [answer(hers, "e1")])
    for event in (answer(hers), undo(hers, "e1")):
        with pytest.raises(NotAllowed, match="another rater"):
            store.judgments.record(ben.id, [answer(his), event])
    assert store.judgments.count(study.id) == 1  # the good half of the refused batch is not kept


@pytest.mark.parametrize(
    "bad",
    [
        AnswerEvent(event_id="e", question_id="?"),
        AnswerEvent(event_id="e", question_id="?", closer="a", undoes="f"),
        AnswerEvent(event_id="e", question_id="?", closer="c"),  # type: ignore[arg-type]
        AnswerEvent(event_id="", question_id="?", closer="a"),
        AnswerEvent(event_id="e" * 129, question_id="?", closer="a"),
    ],
)
def test_a_malformed_event_is_refused(store: SqlStore, study: Study, ann: Rater, bad: AnswerEvent) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    with pytest.raises(InvalidInput):
        store.judgments.record(ann.id, [answer(question), dataclasses.replace(bad, question_id=question.id)])
    assert store.judgments.count(study.id) == 0


def test_a_response_time_that_is_absurd_is_kept_in_range(store: SqlStore, study: Study, ann: Rater) -> None:
    questions = ask(store, ann, add_items(store, study, 3), 3)
    times = (-5, 10**12, None)
    events = [dataclasses.replace(answer(q), response_ms=t) for q, t in zip(questions, times, strict=True)]
    store.judgments.record(ann.id, events)
    assert [j.response_ms for j in store.judgments.standing(study.id)] == [0, 2**31 - 1, None]


def test_standing_answers_can_be_read_from_one_on(store: SqlStore, study: Study, ann: Rater) -> None:
    questions = ask(store, ann, add_items(store, study, 3), 4)
    store.judgments.record(ann.id, [answer(q, f"e{i}") for i, q in enumerate(questions)])
    standing = store.judgments.standing(study.id)
    assert store.judgments.standing(study.id, after=standing[1].id) == standing[2:]
    store.judgments.record(ann.id, [undo(questions[1], "e1")])
    assert store.judgments.standing(study.id, after=standing[1].id) == standing[2:]


def test_answers_from_elsewhere_are_imported_once(store: SqlStore, study: Study, ann: Rater) -> None:
    question = ask(store, ann, add_items(store, study, 3))[0]
    store.judgments.record(ann.id, [answer(question, "here")])
    here = store.judgments.standing(study.id)[0]
    foreign = dataclasses.replace(here, id=new_id(), event_id="there", question_id="elsewhere", repeat_of="elsewhere")
    assert store.judgments.import_answers(study.id, [here, foreign, foreign]) == 1
    assert store.judgments.import_answers(study.id, [here, foreign]) == 0
    assert [j.event_id for j in store.judgments.standing(study.id)] == ["here", "there"]
    assert store.judgments.standing(study.id)[1].question_id == "elsewhere"
    with pytest.raises(NotFound, match="no item"):
        store.judgments.import_answers(study.id, [dataclasses.replace(foreign, event_id="x", a="nowhere")])
    with pytest.raises(NotFound, match="no rater"):
        store.judgments.import_answers(study.id, [dataclasses.replace(foreign, event_id="x", rater_id="nobody")])


# Fits


def fit(study: Study, key: str) -> Fit:
    rng = np.random.default_rng(3)
    report = FitReport(
        method="logistic", n_train=80, n_held_out=20, held_out=Accuracy(value=0.8, low=0.6, high=0.9, n=20),
        baseline=None, train=None, consistency=None, strength=0.1, lapse=0.02, seconds=0.5,
    )  # fmt: skip
    projection = Projection(
        weights=rng.normal(size=(7, 2)).astype(np.float32).T, mean=rng.normal(size=7), scale=1.5
    )  # weights not contiguous
    return Fit(
        id=new_id(), study_id=study.id, version=0, key=key, encoder="pixels", projection=projection,
        low=np.zeros(2, np.float32), high=np.ones(2, np.float32), report=report, judgments=100, created_at=now(),
    )  # fmt: skip


def same(one: Fit, two: Fit) -> bool:
    arrays = [(f.projection.weights, f.projection.mean, f.low, f.high) for f in (one, two)]
    facts = [(f.id, f.key, f.version, f.projection.scale, f.report, f.judgments, f.created_at) for f in (one, two)]
    equal = all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(*arrays, strict=True))
    return facts[0] == facts[1] and equal


def test_fits_are_versions_counted_from_one(store: SqlStore, study: Study, opener: Opener) -> None:
    assert store.fits.latest(study.id) is None
    made = [fit(study, key) for key in ("first", "second")]
    kept = [store.fits.add(f) for f in made]
    assert [f.version for f in kept] == [1, 2]
    assert same(kept[0], dataclasses.replace(made[0], version=1))
    latest = opener().fits.latest(study.id)
    assert latest is not None
    assert same(latest, kept[1])
    assert same(store.fits.get(study.id, 1), kept[0])
    assert [f.version for f in store.fits.all(study.id)] == [1, 2]


def test_the_same_fit_is_stored_once(store: SqlStore, study: Study) -> None:
    first = store.fits.add(fit(study, "key"))
    assert same(store.fits.add(fit(study, "key")), first)
    assert len(store.fits.all(study.id)) == 1
    assert store.fits.add(fit(add_study(store), "key")).version == 1


# Runs


def test_a_run_comes_back_as_it_was_asked(store: SqlStore, study: Study) -> None:
    spec = RunSpec(kind="illuminate", budget=100, targets=(4, 2), sigma=0.3, seed=9)
    old, new = store.runs.add(study.id, spec), store.runs.add(study.id, RunSpec(kind="import", budget=2, folder="/x"))
    assert store.runs.get(old.id) == old
    assert old.spec == spec
    assert store.runs.of_study(study.id) == [new, old]


def test_an_iteration_is_noted_once(store: SqlStore, study: Study) -> None:
    run = add_run(store, study)
    noted = [
        Iteration(
            run_id=run.id, index=index, items=8, failed=1, fit_version=None, coverage=0.25, qd_score=3.5, seconds=1.25,
            hits=2, aimed=4, message="refit", created_at=now(),
        )
        for index in (0, 2, 1)
    ]  # fmt: skip
    noted[1] = dataclasses.replace(
        noted[1], shares={"fresh": Share(share=0.25, made=2, opened=1), "prompt": Share(share=0.75, made=6, bettered=2)},
        screened=Screened(candidates=48, rendered=6, promised=2.5, average=0.5, gained=3), near=3, missed=(7, 7),
    )  # fmt: skip
    for iteration in (*noted, dataclasses.replace(noted[0], items=0)):
        store.runs.note(iteration)
    assert store.runs.iterations(run.id) == [noted[0], noted[2], noted[1]]
    with pytest.raises(NotFound, match="nowhere"):
        store.runs.note(dataclasses.replace(noted[0], run_id="nowhere"))


# Collections, marks, exports


def collection(study: Study, items: tuple[str, ...], reasons: tuple[str, ...]) -> Collection:
    return Collection(
        id=new_id(), study_id=study.id, name="Best", method="elites", settings={"floor": 0.5}, items=items,
        reasons=reasons, created_at=now(),
    )  # fmt: skip


def test_a_collection_keeps_its_items_in_order_of_choice(store: SqlStore, study: Study) -> None:
    ids = tuple(item.id for item in add_items(store, study, 4))[::-1]
    kept = store.collections.add(collection(study, ids, tuple("wxyz")))
    empty = store.collections.add(collection(study, (), ()))
    assert store.collections.get(kept.id) == kept
    assert (kept.items, kept.reasons) == (ids, tuple("wxyz"))
    assert store.collections.of_study(study.id) == [empty, kept]
    assert store.collections.add(dataclasses.replace(kept, name="other")) == kept


def test_the_latest_name_of_a_collection_stands_and_nothing_put_away_is_lost(store: SqlStore, study: Study) -> None:
    ids = tuple(item.id for item in add_items(store, study, 2))
    kept, other = (store.collections.add(collection(study, ids, ("x", "y"))) for _ in range(2))
    named = dataclasses.replace(kept, name="Größe 大")
    store.collections.rename(kept.id, "first")
    assert store.collections.rename(kept.id, "Größe 大") == named == store.collections.get(kept.id)
    assert store.collections.remove(kept.id) == named
    assert store.collections.of_study(study.id) == [other]
    assert store.collections.of_study(study.id, removed=True) == [named]
    again = store.collections.rename(kept.id, "again")
    assert store.collections.of_study(study.id, removed=True) == [again]
    store.collections.remove(kept.id, False)
    assert store.collections.of_study(study.id) == [other, again]
    assert store.collections.of_study(study.id, removed=True) == []
    for change in (lambda: store.collections.rename("nowhere", "x"), lambda: store.collections.remove("nowhere")):
        with pytest.raises(NotFound, match="no collection"):
            change()


def test_a_collection_that_cannot_be_is_refused_whole(store: SqlStore, study: Study) -> None:
    with pytest.raises(InvalidInput, match="one reason per item"):
        store.collections.add(collection(study, ("a",), ()))
    with pytest.raises(NotFound, match="not stored"):
        store.collections.add(collection(study, ("nowhere",), ("x",)))
    assert store.collections.of_study(study.id) == []


def test_marks_are_put_changed_and_taken_away(store: SqlStore, study: Study) -> None:
    one, two = add_items(store, study, 2)
    store.collections.mark(study.id, one.id, "pin")
    store.collections.mark(study.id, two.id, "pin")
    store.collections.mark(study.id, one.id, "ban")
    assert store.collections.marks(study.id) == {one.id: "ban", two.id: "pin"}
    store.collections.mark(study.id, one.id, None)
    store.collections.mark(study.id, one.id, None)
    assert store.collections.marks(study.id) == {two.id: "pin"}


def test_an_export_is_finished_once(store: SqlStore, study: Study) -> None:
    kept = store.collections.add(collection(study, (), ()))
    export = store.collections.add_export(study.id, kept.id)
    assert (export.blob, export.finished_at) == (None, None)
    done = store.collections.finish_export(export.id, "a" * 64, 5 * 2**30)
    assert (done.blob, done.size) == ("a" * 64, 5 * 2**30)
    assert done.finished_at is not None
    assert store.collections.finish_export(export.id, "b" * 64, 1) == done
    newer = store.collections.add_export(study.id, kept.id)
    assert store.collections.exports(study.id) == [newer, done]
    with pytest.raises(NotFound, match="no collection"):
        store.collections.add_export(add_study(store).id, kept.id)


def test_an_export_says_what_it_is_of_and_how_far_it_is(store: SqlStore, study: Study) -> None:
    kept = store.collections.add(collection(study, (), ()))
    export = store.collections.add_export(study.id, kept.id, ("images", "parquet"))
    whole = store.collections.add_export(study.id, None)
    store.collections.note_export(export.id, 3, 20)
    assert store.collections.export(export.id) == dataclasses.replace(export, done=3, total=20)
    assert (export.formats, export.done, export.total) == (("images", "parquet"), 0, 0)
    assert (whole.collection_id, whole.formats) == (None, ())
    assert store.collections.export(whole.id) == whole


# Jobs and workers


def test_a_job_waits_rests_and_goes_on(store: SqlStore, study: Study, opener: Opener) -> None:
    run = add_run(store, study)
    store.jobs.start("run", run.id)
    store.jobs.start("run", run.id)
    other = opener()
    assert other.jobs.state(run.id) == "queued"
    other.jobs.pause(run.id)
    assert store.jobs.state(run.id) == "paused"
    store.jobs.start("run", run.id)
    assert store.jobs.state(run.id) == "paused"
    store.jobs.resume(run.id)
    store.jobs.resume(run.id)
    assert store.jobs.state(run.id) == "queued"
    assert store.jobs.error(run.id) is None
    with pytest.raises(InvalidInput, match="run, export"):
        store.jobs.start("walk", run.id)


def test_a_worker_lives_while_it_says_so(store: SqlStore) -> None:
    assert not store.workers.alive()
    store.workers.beat("host-1")
    store.workers.beat("host-1")
    assert store.workers.alive()
    assert not store.workers.alive(within_s=-1)
    store.workers.check_free("host-1")  # this very process
    store.workers.gone("host-1")
    assert not store.workers.alive()
