"""From items and answers to a fit: what is learned, held out, kept steady and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.alignment import cells_moved
from qdhf.descriptors.descriptor import LEAST_ANSWERS, is_learned, learn, upright
from qdhf.descriptors.projection import initial_bounds
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import NotEnoughItems
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
