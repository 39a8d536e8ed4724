"""The planted world is what its docstring says, so that tests built on it mean something."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.planted import PlantedWorld, judge, random_triplets


def test_the_loud_axes_are_not_the_human_ones() -> None:
    world = PlantedWorld.make(n=5000, rng=np.random.default_rng(0))
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(world.features.T))[::-1])
    np.testing.assert_allclose(spread[:6], 2, atol=0.15)
    np.testing.assert_allclose(spread[6:8], 1, atol=0.1)
    np.testing.assert_allclose(spread[8:], 0.1, atol=0.02)
    axes, *_ = np.linalg.lstsq(world.features, world.human, rcond=None)
    np.testing.assert_allclose(world.features @ axes, world.human, atol=0.05)


@pytest.mark.parametrize("n", [3, 4, 64, 65, 1000])
def test_random_triplets_never_repeat_an_item(n: int) -> None:
    found = random_triplets(n, 2000, np.random.default_rng(0))
    assert found.shape == (2000, 3)
    assert found.min() >= 0
    assert found.max() < n
    assert all(len(set(row)) == 3 for row in found.tolist())


def test_two_items_make_no_triplet() -> None:
    with pytest.raises(NotEnoughItems, match="at least 3 items; got 2"):
        random_triplets(2, 1, np.random.default_rng(0))


def test_a_judge_without_errors_says_which_is_closer() -> None:
    human = np.array([[0.0], [1.0], [-3.0]])
    items = np.array([[0, 1, 2], [0, 2, 1]])
    assert judge(human, items, rng=np.random.default_rng(0)).tolist() == [1.0, 0.0]


def test_the_flip_rate_is_the_share_of_wrong_answers() -> None:
    world, rng = PlantedWorld.make(rng=np.random.default_rng(0)), np.random.default_rng(1)
    items = random_triplets(300, 20_000, rng)
    right = judge(world.human, items, rng=rng)
    assert np.mean(judge(world.human, items, rng=rng, flip=0.2) != right) == pytest.approx(0.2, abs=0.01)


def test_near_ties_are_answered_by_chance_and_clear_cases_well() -> None:
    human, rng = np.array([[0.0], [1.0], [1.001], [30.0]]), np.random.default_rng(0)
    tie, clear = np.tile([0, 1, 2], (20_000, 1)), np.tile([0, 1, 3], (20_000, 1))
    assert judge(human, tie, rng=rng, near_ties=True).mean() == pytest.approx(0.5, abs=0.02)
    assert judge(human, clear, rng=rng, near_ties=True).mean() == pytest.approx(0.93, abs=0.01)


def test_the_same_seed_makes_the_same_world_and_answers() -> None:
    one, two = (PlantedWorld.make(rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.features, two.features)
    assert one.judgments(20, rng=np.random.default_rng(4)) == two.judgments(20, rng=np.random.default_rng(4))


def test_too_few_dimensions_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 8 feature dimensions; got 7"):
        PlantedWorld.make(d=7, rng=np.random.default_rng(0))
