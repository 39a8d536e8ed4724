"""Axes without answers, and bounds."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.projection import grow_bounds, initial_bounds, pca_projection, principal_axes
from qdhf.errors import InvalidInput, NotEnoughItems


def stretched(n: int = 500, d: int = 6) -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(n, d)) * np.arange(d, 0, -1) + 5).astype(np.float32)


def test_axes_are_the_right_singular_vectors() -> None:
    x = stretched()
    _, s, vt = np.linalg.svd(x.astype(np.float64) - x.mean(axis=0, dtype=np.float64), full_matrices=False)
    found = principal_axes(x, 3)
    np.testing.assert_allclose(np.abs(found.axes @ vt[:3].T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(found.spread, s[:3] / np.sqrt(len(x)), rtol=1e-5)


def test_fewer_items_than_features_give_the_same_axes_as_the_full_covariance() -> None:
    x = np.random.default_rng(1).normal(size=(20, 60))
    _, _, vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(principal_axes(x, 4).axes @ vt[:4].T), np.eye(4), atol=1e-6)


def test_places_have_a_mean_variance_of_one_and_no_mean() -> None:
    x = stretched()
    placed = pca_projection(x)(x)
    assert placed.var(axis=0).mean() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(placed.mean(axis=0), 0, atol=1e-4)
    assert placed[:, 0].var() > placed[:, 1].var()


def test_signs_do_not_depend_on_the_order_of_items() -> None:
    x = stretched()
    one, two = pca_projection(x), pca_projection(x[::-1].copy())
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-4)
    assert (one.weights[[0, 1], np.abs(one.weights).argmax(axis=1)] > 0).all()


def test_identical_items_share_one_place() -> None:
    x = np.ones((5, 4), np.float32)
    np.testing.assert_array_equal(pca_projection(x)(x), np.zeros((5, 2)))


def test_items_on_a_line_have_one_axis() -> None:
    x = np.outer(np.arange(5.0), [1.0, 2.0, 0.0])
    placed = pca_projection(x)(x)
    assert placed[:, 0].std() > 0
    np.testing.assert_array_equal(placed[:, 1], 0)


def test_impossible_requests_say_what_is_possible() -> None:
    with pytest.raises(InvalidInput, match="1 to 3 axes; 4 were asked for"):
        pca_projection(np.zeros((5, 3)), 4)
    with pytest.raises(NotEnoughItems, match="at least 2 items; got 1"):
        pca_projection(np.zeros((1, 3)))
    with pytest.raises(InvalidInput, match="features must be finite"):
        pca_projection(np.full((5, 3), np.nan))


def test_bounds_are_quantiles_and_half_their_range_more() -> None:
    placed = np.stack([np.linspace(0, 100, 101), np.linspace(0, 10, 101)], axis=1)
    low, high = initial_bounds(placed)
    np.testing.assert_allclose(low, [1 - 49, 0.1 - 4.9], rtol=1e-6)
    np.testing.assert_allclose(high, [99 + 49, 9.9 + 4.9], rtol=1e-6)


def test_bounds_of_one_place_are_still_an_area() -> None:
    low, high = initial_bounds(np.full((4, 2), 3.0))
    assert (low < 3).all()
    assert (high > 3).all()


def test_bounds_need_an_item() -> None:
    with pytest.raises(NotEnoughItems, match="at least 1 item"):
        initial_bounds(np.zeros((0, 2)))


def test_bounds_grow_only_where_items_fall_outside() -> None:
    low, high = np.array([-1.0, -1.0], np.float32), np.array([1.0, 1.0], np.float32)
    placed = np.stack([np.linspace(-0.9, 3, 101), np.linspace(-0.9, 0.9, 101)], axis=1)
    new_low, new_high = grow_bounds(low, high, placed)
    np.testing.assert_array_equal(new_low, low)
    np.testing.assert_allclose(new_high, [np.quantile(placed[:, 0], 0.99), 1.0], rtol=1e-6)


def test_a_few_items_outside_leave_bounds_alone() -> None:
    low, high = np.array([-1.0]), np.array([1.0])
    placed = np.append(np.zeros(99), 50.0)[:, None]
    for kept, given in zip(grow_bounds(low, high, placed), (low, high), strict=True):
        np.testing.assert_array_equal(kept, given)
