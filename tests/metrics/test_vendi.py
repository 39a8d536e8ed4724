"""Vendi scores against Hill numbers and plain eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.metrics.vendi import hill_number, vendi_cosine, vendi_kernel, vendi_places

ORDERS = (0.1, 0.5, 1.0, 2.0, np.inf)
EXPECTED = (3.927, 3.651, 3.347, 2.899, 2.0)  # of shares .5, .25, .15, .1


def copies() -> np.ndarray:
    return np.repeat(np.eye(4), [10, 5, 3, 2], axis=0)


@pytest.mark.parametrize(("q", "expected"), list(zip(ORDERS, EXPECTED, strict=True)))
def test_copies_score_the_hill_number_of_their_shares(q: float, expected: float) -> None:
    exact = hill_number(np.array([0.5, 0.25, 0.15, 0.1]), q)
    assert exact == pytest.approx(expected, abs=5e-4)
    assert vendi_cosine(copies(), (q,))[q] == pytest.approx(exact, abs=1e-6)
    assert vendi_kernel(copies() @ copies().T, (q,))[q] == pytest.approx(exact, abs=1e-6)
    assert vendi_places(100 * copies(), (q,))[q] == pytest.approx(exact, abs=1e-6)


def test_order_zero_counts_kinds() -> None:
    assert hill_number(np.array([0.9, 0.1, 0.0]), 0) == pytest.approx(2)


def test_identical_items_count_one_and_unlike_items_all() -> None:
    for found in (vendi_cosine(np.ones((7, 3)), ORDERS), vendi_places(np.ones((7, 2)), ORDERS)):
        assert list(found.values()) == pytest.approx([1] * 5, abs=1e-6)
    assert list(vendi_cosine(np.eye(6), ORDERS).values()) == pytest.approx([6] * 5)


def test_scores_fall_with_the_order_and_ignore_order_of_items_and_doubling() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    found = vendi_places(x, ORDERS)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    for other in (x[::-1], np.repeat(x, 2, axis=0)):
        assert vendi_places(other, (0.5, 1.0, 2.0)) == pytest.approx(vendi_places(x, (0.5, 1.0, 2.0)), rel=1e-5)


def test_both_sides_of_the_cosine_kernel_agree() -> None:
    rng = np.random.default_rng(0)
    for shape in ((30, 8), (8, 30)):
        x = rng.normal(size=shape)
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        assert vendi_cosine(x) == pytest.approx(vendi_kernel(unit @ unit.T), rel=1e-6)


@pytest.mark.parametrize("n", [1, 5, 64, 65, 300])
def test_places_score_as_their_whole_kernel_does(n: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, 2))
    kernel = np.exp(-((x[:, None] - x) ** 2).sum(axis=-1) / (2 * 0.5**2))
    orders = (0.5, 1.0, 2.0, np.inf)
    assert vendi_places(x, orders) == pytest.approx(vendi_kernel(kernel, orders), rel=1e-4)


def test_a_longer_kernel_sees_less_difference() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    assert vendi_places(x, (1.0,), length=0.1)[1.0] > vendi_places(x, (1.0,), length=1.0)[1.0]


def test_rows_of_zeros_are_one_kind() -> None:
    assert vendi_cosine(np.array([[1.0, 0], [0, 0], [0, 0], [1, 0]]), (1.0,))[1.0] == pytest.approx(2)


def test_bad_input_is_named() -> None:
    with pytest.raises(NotEnoughItems, match="at least 1 item"):
        vendi_places(np.zeros((0, 2)))
    with pytest.raises(InvalidInput, match="length must be above 0"):
        vendi_places(np.zeros((2, 2)), length=0)
    with pytest.raises(InvalidInput, match="order q must be 0 or more"):
        vendi_places(np.zeros((2, 2)), (-1.0,))
    with pytest.raises(InvalidInput, match="ones on its diagonal"):
        vendi_kernel(2 * np.eye(3))
