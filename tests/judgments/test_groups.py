"""Groups of raters: found where there are some, not where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.likelihood import as_answers
from qdhf.errors import NotEnoughJudgments
from qdhf.judgments.answers import to_answers
from qdhf.judgments.groups import Groups, find_groups, with_enough
from qdhf.planted_raters import PlantedGroups
from qdhf.types import Answers, Choices, FloatArray, Triplets


def planted(sizes: tuple[int, ...], each: int, seed: int = 0) -> tuple[PlantedGroups, Answers]:
    rng = np.random.default_rng(seed)
    world = PlantedGroups.make(sizes, n=80, d=16, rng=rng)
    return world, to_answers(world.matrix().ids, world.judgments(each, rng=rng))


def found(sizes: tuple[int, ...], each: int = 60, seed: int = 0, most: int = 2) -> tuple[PlantedGroups, Groups]:
    world, answers = planted(sizes, each, seed)
    return world, find_groups(world.features, answers, rng=np.random.default_rng(seed), most=most)


@pytest.fixture(scope="module")
def two_minds() -> tuple[PlantedGroups, Groups]:
    return found((4, 3))


def test_a_minority_is_found_and_its_own_axes_serve_it_far_better(two_minds: tuple[PlantedGroups, Groups]) -> None:
    world, groups = two_minds
    assert [group.raters for group in groups.groups] == [world.raters[:4], world.raters[4:]]
    majority, minority = groups.groups
    assert majority.own is not None
    assert minority.own is not None
    assert minority.pooled is not None
    assert (majority.own.n, minority.own.n) == (240, 180)
    assert minority.own.value > 0.8
    assert minority.own.low > minority.pooled.high
    assert (majority.share, minority.share) == (pytest.approx(4 / 7, abs=0.01), pytest.approx(3 / 7, abs=0.01))
    gain, error = groups.gains[0]
    assert gain > 3 * error
    assert groups.membership.shape == (7, 2)
    np.testing.assert_allclose(groups.membership.sum(axis=1), 1)


def test_the_axes_of_a_group_answer_as_it_does(two_minds: tuple[PlantedGroups, Groups]) -> None:
    world, groups = two_minds
    rng = np.random.default_rng(5)
    for group, seen in zip(groups.groups, world.seen, strict=True):
        rows = rng.integers(0, 80, (2000, 3))
        chance = group.axes.probabilities(world.features, rows)
        r, a, b = (seen[rows[:, i]] for i in range(3))
        closer = ((r - b) ** 2).sum(axis=1) - ((r - a) ** 2).sum(axis=1)
        clear = np.abs(closer) > 1
        assert np.mean((chance > 0.5)[clear] == (closer > 0)[clear]) > 0.9
        assert chance.min() >= 0
        assert chance.max() <= 1


def test_people_who_see_the_same_stay_one_group() -> None:
    world, groups = found((5,), each=30)
    assert [group.raters for group in groups.groups] == [world.raters]
    assert len(groups) == 1
    only = groups.groups[0]
    assert (only.own, only.share) == (only.pooled, pytest.approx(1))
    assert only.axes == groups.everyone
    assert groups.gains[0][0] <= max(groups.gains[0][1], 0.1)


def test_the_same_seed_finds_the_same() -> None:
    first, second = (found((2, 1), each=20)[1] for _ in range(2))
    assert first.gains == second.gains
    np.testing.assert_array_equal(first.membership, second.membership)
    np.testing.assert_array_equal(first.everyone.projection.weights, second.everyone.projection.weights)


def test_raters_with_few_answers_are_left_out() -> None:
    world, answers = planted((3,), 25)
    t = answers.triplets
    kept = np.flatnonzero((t.rater != 0) | (np.arange(len(t)) < 19))
    few = Answers(
        triplets=Triplets(items=t.items[kept], target=t.target[kept], rater=t.rater[kept]), raters=world.raters
    )
    assert with_enough(few).raters == world.raters[1:]
    assert with_enough(few).triplets.rater.tolist() == [0] * 25 + [1] * 25
    assert find_groups(world.features, few, rng=np.random.default_rng(0)).raters == world.raters[1:]


def test_one_rater_is_not_enough_and_is_told_so() -> None:
    world, answers = planted((1,), 60)
    with pytest.raises(NotEnoughJudgments, match="at least 2 raters with 20 answers each; there is 1"):
        find_groups(world.features, answers, rng=np.random.default_rng(0))
    nothing = as_answers(
        replace(answers.triplets, **{n: getattr(answers.triplets, n)[:0] for n in ("items", "target", "rater")})
    )
    with pytest.raises(NotEnoughJudgments, match="there are 0"):
        find_groups(world.features, nothing, rng=np.random.default_rng(0))


def grids(
    seen: FloatArray, rater: int, n: int, rng: np.random.Generator
) -> tuple[list[list[tuple[int, int]]], list[int]]:
    """The nearest of three candidates, ``n`` times: pairs with the chosen one first."""
    pairs = []
    for _ in range(n):
        reference, *others = rng.permutation(len(seen))[:4].tolist()
        others.sort(key=lambda other: float(((seen[other] - seen[reference]) ** 2).sum()))
        pairs.append([(reference, other) for other in others])
    return pairs, [rater] * n


@pytest.mark.slow
def test_answers_among_several_pictures_count_too() -> None:
    rng = np.random.default_rng(2)
    world = PlantedGroups.make((2, 2), n=60, d=12, rng=rng)
    made = [grids(world.seen[group], rater, 32, rng) for rater, group in enumerate(world.group.tolist())]
    choices = Choices(
        pairs=np.array([p for pairs, _ in made for p in pairs]),
        chosen=1,
        rater=np.array([r for _, who in made for r in who]),
    )
    none = Triplets(items=np.zeros((0, 3), np.int64), target=np.zeros(0, np.float32), rater=np.zeros(0, np.int64))
    answers = Answers(triplets=none, choices=(choices,), raters=world.raters)
    groups = find_groups(world.features, answers, rng=rng, most=2)
    assert [group.raters for group in groups.groups] == [world.raters[:2], world.raters[2:]]
    own, pooled = groups.groups[1].own, groups.groups[1].pooled
    assert own is not None
    assert pooled is not None
    assert own.value > pooled.value


def test_raters_who_cannot_tell_anything_have_no_accuracy() -> None:
    world, answers = planted((2,), 20)
    unsure = Answers(triplets=replace(answers.triplets, target=np.full(40, 0.5, np.float32)), raters=answers.raters)
    groups = find_groups(world.features, unsure, rng=np.random.default_rng(0))
    assert [(group.own, group.pooled) for group in groups.groups] == [(None, None)]
