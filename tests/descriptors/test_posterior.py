"""What draws say of places and answers, and which answers would tell most."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.calibration import expected_calibration_error
from qdhf.descriptors.fitting import Learned, fit_projection
from qdhf.descriptors.maps import RawDraws
from qdhf.descriptors.posterior import chances, entropy, information, probabilities, settle, spread
from qdhf.descriptors.projection import pca_projection
from qdhf.planted import PlantedWorld, judge, random_triplets
from qdhf.types import Draws, FloatArray, Projection


def learned(world: PlantedWorld, n: int, seed: int = 0, flip: float = 0.0) -> Learned:
    rng = np.random.default_rng(seed)
    prior = pca_projection(world.features)
    return fit_projection(world.features, world.triplets(n, rng=rng, flip=flip), prior=prior, rng=rng)


@pytest.fixture(scope="module")
def world() -> PlantedWorld:
    return PlantedWorld.make(rng=np.random.default_rng(0))


def fixed(world: PlantedWorld, n: int, flip: float = 0.0) -> Draws:
    found = learned(world, n, flip=flip)
    return settle(found.draws, found.projection, world.features)


def test_a_turned_mirrored_scaled_draw_settles_exactly_on_the_map() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 5)).astype(np.float32)
    projection = Projection(weights=rng.normal(size=(2, 5)), mean=features.mean(axis=0), scale=1.0)
    mirror = np.array([[0.6, 0.8], [0.8, -0.6]])
    raw = RawDraws(
        basis=np.eye(5), mean=np.full(5, 0.3), coefficients=3 * (mirror @ projection.weights)[None], lapse=np.zeros(1),
        share=np.ones(1),
    )  # fmt: skip
    draws = settle(raw, projection, features, most=1)
    assert draws(features)[0] == pytest.approx(projection(features), abs=1e-4)
    assert draws.steepness == pytest.approx([9.0], rel=1e-4)


def test_settling_changes_no_probability(world: PlantedWorld) -> None:
    found = learned(world, 40)
    raw, triplets = found.draws, random_triplets(300, 100, np.random.default_rng(1))
    draws = settle(raw, found.projection, world.features, most=len(raw))
    places = raw.places(world.features)
    r, a, b = (places[:, triplets[:, i]] for i in range(3))
    gap = ((r - b) ** 2).sum(axis=2) - ((r - a) ** 2).sum(axis=2)
    own = raw.lapse[:, None] + (1 - 2 * raw.lapse[:, None]) / (1 + np.exp(-gap))
    mine = chances(draws, draws(world.features), triplets)
    for row in mine:  # draws are taken in proportion to their shares: every one of them is a draw as it was
        assert np.abs(own - row).max(axis=1).min() < 1e-3


def test_more_answers_leave_less_open(world: PlantedWorld) -> None:
    few, many = (np.median(spread(fixed(world, n), world.features)) for n in (60, 400))
    assert many < 0.6 * few


def test_places_far_from_the_middle_are_less_sure(world: PlantedWorld) -> None:
    found = learned(world, 150)
    doubt = spread(settle(found.draws, found.projection, world.features), world.features).sum(axis=1)
    far = (found.projection(world.features) ** 2).sum(axis=1)
    assert doubt[far > np.quantile(far, 0.8)].mean() > 1.05 * doubt[far < np.quantile(far, 0.2)].mean()


def test_probabilities_at_200_answers_mean_what_they_say(world: PlantedWorld) -> None:
    draws = fixed(world, 200, flip=0.1)
    triplets = random_triplets(300, 5000, np.random.default_rng(8))
    told = judge(world.human, triplets, rng=np.random.default_rng(9), flip=0.1)
    chance = probabilities(draws, world.features, triplets)
    assert expected_calibration_error(chance, told) <= 0.08  # 0.04 on average over worlds
    assert expected_calibration_error(0.5 + 1.5 * (chance - 0.5), told) > 0.08  # half as sure again would be wrong


def test_information_is_disagreement_among_sure_draws() -> None:
    chance = np.array([[0.5, 0.99, 0.99], [0.5, 0.01, 0.99]])
    bits = information(chance)
    assert bits[0] == pytest.approx(0)  # a near tie on every map
    assert bits[1] == pytest.approx(1 - entropy(np.array([0.99]))[0])
    assert bits[2] == pytest.approx(0)  # all agree


def places(draws: Draws, features: FloatArray) -> FloatArray:
    return draws(features).mean(axis=0)


def test_the_draws_lie_around_the_map(world: PlantedWorld) -> None:
    found = learned(world, 200)
    draws = settle(found.draws, found.projection, world.features)
    gap = np.linalg.norm(places(draws, world.features) - found.projection(world.features), axis=1)
    assert gap.mean() < 0.2  # the map's own spread is 1
