"""The k most different items."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qdhf.curate.subsets import farthest_points
from qdhf.errors import InvalidInput, NotEnoughItems

SQUARE = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5]])


def test_the_best_comes_first_and_the_farthest_next() -> None:
    assert farthest_points(SQUARE, np.array([0.1, 0.9, 0.2, 0.3, 0.4]), 2) == [1, 2]


def test_of_equally_far_items_the_better_is_taken() -> None:
    assert farthest_points(SQUARE, np.array([0.1, 0.2, 0.3, 0.4, 0.9]), 2) == [4, 3]


def test_five_modes_are_all_found_where_chance_finds_two() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        mode = rng.choice(5, 200, p=[0.82, 0.045, 0.045, 0.045, 0.045])
        mode[:5] = range(5)
        places = 6 * np.stack([np.cos(mode * 1.2566), np.sin(mode * 1.2566)], axis=1) + 0.3 * rng.normal(size=(200, 2))
        assert set(mode[farthest_points(places, rng.random(200), 5)]) == set(range(5))


def spread(places: np.ndarray, rows: tuple[int, ...] | list[int]) -> float:
    return min(float(np.linalg.norm(places[i] - places[j])) for i, j in combinations(rows, 2))


def test_the_smallest_gap_is_at_least_half_the_best_possible() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        places, quality = rng.normal(size=(12, 2)), rng.random(12)
        best = max(spread(places, rows) for rows in combinations(range(12), 4))
        assert spread(places, farthest_points(places, quality, 4)) >= best / 2


def test_pins_come_first_in_their_order() -> None:
    assert farthest_points(SQUARE, np.array([0.0, 1.0, 0.5, 0.5, 0.5]), 3, pins=[4, 0]) == [4, 0, 1]


def test_more_than_there_are_says_how_many_there_are() -> None:
    with pytest.raises(NotEnoughItems, match=r"A set of 6 was asked for; there are 5 items\. Ask for at most 5"):
        farthest_points(SQUARE, np.ones(5), 6)


def test_all_items_can_be_chosen_even_where_they_coincide() -> None:
    assert sorted(farthest_points(np.zeros((4, 2)), np.arange(4.0), 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ([9], "rows 0 to 4; got 9"),
        ([0, 0], "one is named twice"),
        ([0, 1, 2], "A set of 2 cannot hold 3 pins; ask for at least 3"),
    ],
)
def test_impossible_wishes_are_refused(pins: list[int], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        farthest_points(SQUARE, np.ones(5), 2, pins=pins)


def test_quality_must_be_finite_and_a_set_not_empty() -> None:
    with pytest.raises(InvalidInput, match="one finite number per place"):
        farthest_points(SQUARE, np.full(5, np.nan), 2)
    with pytest.raises(InvalidInput, match="A set of 0"):
        farthest_points(SQUARE, np.ones(5), 0)
