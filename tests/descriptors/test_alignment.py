"""Steady maps: alignment undoes rotations, keeps every answer and the spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.alignment import align, cells_moved
from qdhf.descriptors.fitting import fit_projection
from qdhf.descriptors.projection import initial_bounds, pca_projection
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import InvalidInput
from qdhf.planted import PlantedWorld
from qdhf.types import Projection, Triplets


def turned(projection: Projection, angle: float, mirror: bool = False) -> Projection:
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.array([[c, -s], [s, c]]) @ np.diag([1, -1 if mirror else 1])
    return replace(projection, weights=(rotation @ projection.weights).astype(np.float32))


@pytest.fixture
def world() -> PlantedWorld:
    return PlantedWorld.make(rng=np.random.default_rng(0))


@pytest.mark.parametrize(("angle", "mirror"), [(0.3, False), (2.0, True), (np.pi, False)])
def test_a_turned_scaled_and_shifted_map_comes_back(world: PlantedWorld, angle: float, mirror: bool) -> None:
    old = pca_projection(world.features)
    shifted = (old.mean + old.weights.T @ np.array([0.7, -1.2])).astype(np.float32)
    new = replace(turned(old, angle, mirror), scale=3.7 * old.scale, mean=shifted)
    np.testing.assert_allclose(align(new, old, world.features)(world.features), old(world.features), atol=1e-4)


def test_alignment_leaves_every_answer_as_it_was(world: PlantedWorld) -> None:
    rng = np.random.default_rng(1)
    new = Projection(weights=rng.normal(size=(2, 64)), mean=np.zeros(64), scale=2.0)
    aligned = align(new, pca_projection(world.features), world.features)
    questions = world.triplets(3000, rng=rng)
    assert triplet_accuracy(aligned, world.features, questions) == triplet_accuracy(new, world.features, questions)


def test_the_map_keeps_its_spread_over_many_refits(world: PlantedWorld) -> None:
    rng, current = np.random.default_rng(2), pca_projection(world.features)
    before = current(world.features).std()
    for _ in range(30):
        noise = 0.1 * rng.normal(size=current.weights.shape)
        current = align(replace(current, weights=current.weights + noise), current, world.features)
    assert current(world.features).std() == pytest.approx(before, rel=1e-3)


def test_refits_move_items_by_less_than_two_cells() -> None:
    moved, raw = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        world = PlantedWorld.make(rng=rng)
        answers, prior = world.triplets(240, rng=rng), pca_projection(world.features)
        fits = [
            fit_projection(world.features, first(answers, n), prior=prior, rng=np.random.default_rng(0)).projection
            for n in (200, 240)
        ]
        other = turned(fits[1], 1.0 + seed)
        before = fits[0](world.features)
        low, high = initial_bounds(before)
        after = align(other, fits[0], world.features)(world.features)
        moved.append(cells_moved(before, after, low, high, (20, 20)))
        raw.append(cells_moved(before, other(world.features), low, high, (20, 20)))
    assert max(moved) <= 2
    assert np.mean(moved) < np.mean(raw) / 2


def first(answers: Triplets, n: int) -> Triplets:
    return Triplets(items=answers.items[:n], target=answers.target[:n], rater=answers.rater[:n])


def test_a_map_of_one_place_is_left_alone(world: PlantedWorld) -> None:
    flat = Projection(weights=np.zeros((2, 64)), mean=np.zeros(64), scale=1.0)
    assert align(flat, pca_projection(world.features), world.features) is flat


def test_maps_of_different_size_cannot_be_aligned(world: PlantedWorld) -> None:
    with pytest.raises(InvalidInput, match="equally many axes"):
        align(pca_projection(world.features, 3), pca_projection(world.features, 2), world.features)


def test_a_move_by_one_cell_counts_one() -> None:
    before = np.zeros((4, 2))
    assert cells_moved(before, before + [0.1, 0.0], np.zeros(2), np.ones(2), (10, 10)) == pytest.approx(1)
