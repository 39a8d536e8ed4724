"""Examples along an axis: typical, spread from end to end, no near-copies."""

from __future__ import annotations

import numpy as np

from qdhf.descriptors.examples import along


def test_examples_run_from_end_to_end_near_the_middle_of_the_other_axis() -> None:
    grid = np.stack(np.meshgrid(np.arange(9.0), np.linspace(-1, 1, 9)), axis=-1).reshape(-1, 2)
    rows = along(grid, grid, 0, 9)
    np.testing.assert_array_equal(grid[rows, 0], np.arange(9))
    np.testing.assert_array_equal(grid[rows, 1], 0)
    other = along(grid, grid, 1, 3)
    np.testing.assert_array_equal(grid[other], [[4, -1], [4, 0], [4, 1]])


def test_of_near_copies_one_is_shown() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(size=(40, 2))
    features = rng.normal(size=(40, 8))
    features[20:] = features[:20] + 1e-3
    places[20:] = places[:20] + 1e-3
    rows = along(places, features, 0, 15)
    assert len(set((rows % 20).tolist())) == len(rows)
    assert len(rows) > 8


def test_few_items_give_few_examples_and_none_gives_none() -> None:
    points = np.array([[2.0, 0], [0, 1], [1, 0]])
    np.testing.assert_array_equal(along(points, points, 0, 9), [1, 2, 0])
    assert along(np.zeros((0, 2)), np.zeros((0, 4)), 0, 9).size == 0


def test_identical_items_give_one_example_or_more_without_an_error() -> None:
    assert len(along(np.zeros((5, 2)), np.zeros((5, 4)), 1, 3)) == 1
