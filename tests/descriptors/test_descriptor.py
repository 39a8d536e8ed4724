"""From items and answers to a fit: what is learned, held out, kept steady and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors import descriptor
from qdhf.descriptors.alignment import cells_moved
from qdhf.descriptors.descriptor import LEAST_ANSWERS, EarlierAxes, is_learned, learn, upright
from qdhf.descriptors.projection import initial_bounds
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.judgments.triplets import to_triplets
from qdhf.planted import PlantedWorld
from qdhf.types import Fit, Judgment, Projection, StudyMatrix


def world_and_answers(trained: int, random: int = 0, seed: int = 0) -> tuple[PlantedWorld, list[Judgment]]:
    rng = np.random.default_rng(seed)
    world = PlantedWorld.make(rng=rng)
    return world, world.judgments(trained, rng=rng) + world.judgments(random, rng=rng, strategy="random")


def fit(matrix: StudyMatrix, judgments: Sequence[Judgment], previous: Fit | None = None, encoder: str = "e") -> Fit:
    return learn(matrix, judgments, previous, encoder=encoder, study_id="study", key="key", seed=0)


def test_without_answers_the_axes_are_unsupervised_and_say_so() -> None:
    world, _ = world_and_answers(0)
    found = fit(world.matrix(), [])
    assert not is_learned(found)
    assert found.report.note.startswith("Unsupervised axes: 0 answers")
    assert (found.report.held_out, found.report.train, found.report.consistency) == (None, None, None)
    assert (found.version, found.judgments, found.key, found.encoder) == (0, 0, "key", "e")
    low, high = initial_bounds(found.projection(world.features))
    np.testing.assert_array_equal(found.low, low)
    np.testing.assert_array_equal(found.high, high)


@pytest.mark.parametrize("count", [LEAST_ANSWERS - 1, LEAST_ANSWERS])
def test_learning_starts_at_ten_answers(count: int) -> None:
    world, answers = world_and_answers(count)
    assert ("learning starts at 10" in fit(world.matrix(), answers).report.note) == (count < 10)


def test_random_answers_are_held_out_and_reported_beside_the_baseline() -> None:
    world, answers = world_and_answers(200, 100)
    report = fit(world.matrix(), answers).report
    assert (report.method, report.n_train, report.n_held_out) == ("logistic", 200, 100)
    assert report.held_out is not None
    assert report.baseline is not None
    assert report.held_out.low > 0.8
    assert report.baseline.high < 0.65


def test_held_out_answers_do_not_change_the_map() -> None:
    world, answers = world_and_answers(100, 50)
    flipped = [replace(j, closer="b" if j.closer == "a" else "a") if j.strategy == "random" else j for j in answers]
    one, two = (fit(world.matrix(), a) for a in (answers, flipped))
    np.testing.assert_array_equal(one.projection.weights, two.projection.weights)
    assert one.report.held_out is not None
    assert two.report.held_out is not None
    assert one.report.held_out.value == pytest.approx(1 - two.report.held_out.value)


def test_skips_and_unknown_items_are_ignored() -> None:
    world, answers = world_and_answers(100)
    noise = [replace(answers[0], closer="skip"), replace(answers[1], a="gone")]
    one, two = fit(world.matrix(), answers), fit(world.matrix(), answers + noise)
    np.testing.assert_array_equal(one.projection.weights, two.projection.weights)
    assert (two.report.n_train, two.judgments) == (100, 102)


def test_the_same_seed_gives_the_same_fit() -> None:
    world, answers = world_and_answers(100, 20)
    one, two = fit(world.matrix(), answers), fit(world.matrix(), answers)
    for name in ("weights", "mean"):
        np.testing.assert_array_equal(getattr(one.projection, name), getattr(two.projection, name))
    np.testing.assert_array_equal(one.low, two.low)
    assert replace(one.report, seconds=0) == replace(two.report, seconds=0)


def test_the_first_learned_fit_takes_new_bounds_and_later_ones_keep_them() -> None:
    world, answers = world_and_answers(240)
    matrix = world.matrix()
    unsupervised = fit(matrix, [])
    first = fit(matrix, answers[:200], unsupervised)
    low, high = initial_bounds(first.projection(world.features))
    np.testing.assert_array_equal(first.low, low)
    np.testing.assert_array_equal(first.high, high)
    second = fit(matrix, answers, first)
    np.testing.assert_array_equal(second.low, first.low)
    np.testing.assert_array_equal(second.high, first.high)
    before, after = first.projection(world.features), second.projection(world.features)
    assert cells_moved(before, after, first.low, first.high, (20, 20)) <= 2


def test_another_encoder_starts_a_new_map() -> None:
    world, answers = world_and_answers(100)
    alone, before = fit(world.matrix(), answers), fit(world.matrix(), [], encoder="other")
    np.testing.assert_array_equal(fit(world.matrix(), answers, before).projection.weights, alone.projection.weights)


def test_bounds_grow_when_new_items_fall_outside() -> None:
    world, answers = world_and_answers(200)
    before = fit(world.matrix(), answers)
    direction = np.linalg.pinv(before.projection.weights)[:, 0] * before.projection.scale
    far = world.features[:60] + (3 * before.high[0] * direction).astype(np.float32)
    n = len(world.features)
    grown = StudyMatrix(
        ids=(*world.ids, *(f"far{i}" for i in range(60))), positions=np.arange(n + 60),
        features=np.concatenate([world.features, far]), quality=np.concatenate([world.quality, world.quality[:60]]),
    )  # fmt: skip
    after = fit(grown, answers, before)
    assert (after.low <= before.low).all()
    assert (after.high >= before.high).all()
    assert after.high.sum() - after.low.sum() > before.high.sum() - before.low.sum()


def test_upright_maps_spread_most_along_the_first_axis_and_answer_alike() -> None:
    world, _ = world_and_answers(0)
    rng = np.random.default_rng(1)
    given = Projection(weights=rng.normal(size=(2, 64)), mean=rng.normal(size=64), scale=0.3)
    turned = upright(given, world.features)
    placed = turned(world.features)
    assert placed.var(axis=0).mean() == pytest.approx(1, abs=1e-3)
    assert abs(np.corrcoef(placed.T)[0, 1]) < 1e-3
    assert placed[:, 0].var() >= placed[:, 1].var()
    questions = world.triplets(2000, rng=rng)
    assert triplet_accuracy(turned, world.features, questions) == triplet_accuracy(given, world.features, questions)


def test_a_settled_map_moves_less_for_keeping_part_of_the_one_before_and_is_as_accurate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, answers = world_and_answers(240)
    first = fit(world.matrix(), answers[:200])
    steady = fit(world.matrix(), answers, first)
    monkeypatch.setattr(descriptor, "choose_share", lambda *_: 0.0)
    raw = fit(world.matrix(), answers, first)
    fresh = world.triplets(4000, rng=np.random.default_rng(9))
    accuracy = {f.id: triplet_accuracy(f.projection, world.features, fresh) for f in (steady, raw)}
    assert (steady.report.kept, raw.report.kept) == (0.25, 0.0)
    assert steady.report.moved is not None
    assert raw.report.moved is not None
    assert steady.report.moved < 0.85 * raw.report.moved <= 2
    assert accuracy[steady.id].value >= accuracy[raw.id].value - 0.005  # type: ignore[union-attr]


def test_a_report_says_how_the_axes_hold_over_time() -> None:
    world, answers = world_and_answers(200, 60)
    before = fit(world.matrix(), answers[:80])
    after = fit(world.matrix(), answers, before)
    report = after.report
    seen = to_triplets(world.ids, answers[:80])
    assert report.retention == triplet_accuracy(after.projection, world.features, seen)
    assert report.retention_before == triplet_accuracy(before.projection, world.features, seen)
    assert report.newest is not None
    assert report.held_out is not None
    assert 0 < report.newest.n < report.held_out.n
    assert report.calibration is not None
    assert report.calibration < 0.2
    assert report.spread is not None
    assert before.report.spread is not None
    assert 0 < report.spread < before.report.spread
    assert (before.report.moved, before.report.retention, before.report.prior) == (None, None, "")


def test_people_who_change_their_mind_show_as_retention_that_falls() -> None:
    world, answers = world_and_answers(100)
    other = replace(world, human=world.features[:, :2])
    later = other.judgments(400, rng=np.random.default_rng(7))
    later = [replace(j, id=f"later-{j.id}", event_id=f"later-{j.event_id}") for j in later]
    before = fit(world.matrix(), answers)
    after = fit(world.matrix(), answers + later, before).report
    assert after.retention is not None
    assert after.retention_before is not None
    assert after.retention.value < after.retention_before.value - 0.1


def halves(seed: int = 0) -> tuple[PlantedWorld, PlantedWorld]:
    """Two sets of items that people look at alike."""
    whole = PlantedWorld.make(n=600, rng=np.random.default_rng(seed))
    one, two = (
        PlantedWorld(human=whole.human[part], features=whole.features[part], quality=whole.quality[part])
        for part in (slice(0, 300), slice(300, 600))
    )
    return one, two


def accuracy_from(start: Fit | None, world: PlantedWorld, answers: Sequence[Judgment]) -> tuple[float, Fit]:
    earlier = EarlierAxes(fit=start, words="the study “Before”") if start else None
    found = learn(
        world.matrix(), answers, None, encoder="e", study_id="new", key="k", seed=0, start_from=earlier
    )  # fmt: skip
    accuracy = triplet_accuracy(found.projection, world.features, world.triplets(2000, rng=np.random.default_rng(5)))
    assert accuracy is not None
    return accuracy.value, found


def test_axes_of_an_earlier_study_help_at_once_where_people_look_alike() -> None:
    one, two = halves()
    earlier = fit(one.matrix(), one.judgments(300, rng=np.random.default_rng(1)))
    answers = two.judgments(40, rng=np.random.default_rng(2))
    borrowed, found = accuracy_from(earlier, two, [])
    assert borrowed > 0.85
    assert (found.report.method, found.report.prior) == ("earlier", "study:0")
    assert found.report.note.startswith("Borrowed axes, from the study “Before”: 0 answers")
    assert accuracy_from(earlier, two, answers)[0] >= accuracy_from(None, two, answers)[0] + 0.1


def test_axes_of_an_unrelated_study_do_little_harm() -> None:
    _, two = halves()
    other = PlantedWorld.make(rng=np.random.default_rng(3))
    unrelated = fit(other.matrix(), other.judgments(300, rng=np.random.default_rng(1)))
    answers = two.judgments(200, rng=np.random.default_rng(2))
    assert accuracy_from(unrelated, two, answers)[0] >= accuracy_from(None, two, answers)[0] - 0.03


def test_axes_of_another_encoder_are_refused_as_a_start() -> None:
    world, _ = world_and_answers(0)
    start = EarlierAxes(fit=fit(world.matrix(), [], encoder="other"), words="another study")
    with pytest.raises(InvalidInput, match="come from the same encoder, e, and number 2; these come from other"):
        learn(world.matrix(), [], None, encoder="e", study_id="s", key="k", seed=0, start_from=start)


def test_arrays_survive_storage_as_float32() -> None:
    world, answers = world_and_answers(100)
    found = fit(world.matrix(), answers)
    arrays = (found.projection.weights, found.projection.mean, found.low, found.high)
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    assert isinstance(found.projection.scale, float)


def test_two_items_make_no_axes() -> None:
    world = PlantedWorld.make(n=2, rng=np.random.default_rng(0))
    with pytest.raises(NotEnoughItems, match="at least 3 items; got 2"):
        fit(world.matrix(), [])
