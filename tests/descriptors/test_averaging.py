"""Part of the map before stays, where that does no harm."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.alignment import align
from qdhf.descriptors.averaging import LEAST, blend, choose_share, within_doubt
from qdhf.planted import PlantedWorld
from qdhf.types import Projection


def maps(seed: int = 0) -> tuple[PlantedWorld, Projection, Projection]:
    """A world, the map its judges see, and one that is a little off."""
    rng = np.random.default_rng(seed)
    world = PlantedWorld.make(rng=rng)
    weights = np.linalg.lstsq(world.features, world.human, rcond=None)[0].T
    off = weights + 0.05 * rng.normal(size=weights.shape)
    return world, *(Projection(weights=w, mean=np.zeros(64), scale=1.0) for w in (weights, off))


def test_a_share_of_none_is_the_aligned_new_map_and_one_of_all_the_old() -> None:
    world, new, old = maps()
    aligned = align(new, old, world.features)
    np.testing.assert_array_equal(blend(new, old, 0.0, world.features).weights, aligned.weights)
    assert blend(new, old, 1.0, world.features) is old


def test_places_lie_between_those_of_both_maps_and_keep_their_spread() -> None:
    world, new, old = maps()
    a, b = align(new, old, world.features)(world.features), old(world.features)
    half = blend(new, old, 0.5, world.features)(world.features)
    middle = (a + b) / 2
    grown = np.linalg.norm(b - b.mean(axis=0)) / np.linalg.norm(middle - middle.mean(axis=0))
    np.testing.assert_allclose(half, b.mean(axis=0) + grown * (middle - middle.mean(axis=0)), atol=0.02)
    assert np.linalg.norm(half - half.mean(axis=0)) == pytest.approx(np.linalg.norm(b - b.mean(axis=0)), rel=1e-4)


def test_turning_the_new_map_changes_nothing() -> None:
    world, new, old = maps()
    turned = Projection(weights=np.array([[0.0, 2.0], [-2.0, 0.0]]) @ new.weights, mean=new.mean + 1, scale=3.0)
    np.testing.assert_allclose(
        blend(turned, old, 0.5, world.features)(world.features), blend(new, old, 0.5, world.features)(world.features),
        atol=1e-3,
    )  # fmt: skip


def test_half_of_an_equal_map_is_kept_and_nothing_of_a_wrong_one() -> None:
    world, new, _ = maps()
    rng = np.random.default_rng(1)
    tests = world.triplets(40, rng=rng)
    wrong = Projection(weights=rng.normal(size=(2, 64)), mean=np.zeros(64), scale=1.0)
    assert choose_share(lambda: new, new, world.features, tests) == 0.5
    assert choose_share(lambda: new, wrong, world.features, tests) == 0.0


def test_few_answers_show_nothing_and_fit_nothing() -> None:
    world, _, old = maps()
    tests = world.triplets(LEAST - 1, rng=np.random.default_rng(1))

    def never() -> Projection:
        raise AssertionError("no fit was needed")

    assert choose_share(never, old, world.features, tests) == 0.0
    assert choose_share(never, old, world.features, world.triplets(40, rng=np.random.default_rng(1)), (0.0,)) == 0.0


def test_nothing_is_kept_that_holds_items_back_further_than_a_fifth_of_the_doubt() -> None:
    world, new, old = maps()
    distance = np.sqrt(
        ((align(new, old, world.features)(world.features) - old(world.features)) ** 2).sum(axis=1).mean()
    )
    assert within_doubt(new, old, world.features, 0.0) == (0.0,)
    assert within_doubt(new, old, world.features, 5 * 0.3 * distance) == (0.0, 0.25)
    assert within_doubt(new, old, world.features, 5 * distance) == (0.0, 0.25, 0.5)
