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


def test_pins_come_first_and_bans_never() -> None:
    quality = np.array([0.0, 1.0, 0.5, 0.5, 0.5])
    assert farthest_points(SQUARE, quality, 3, pins=[4, 0], bans=[1, 3], floor=0.2) == [4, 0, 2]


def test_the_floor_holds_but_for_pins() -> None:
    quality = np.array([0.1, 0.9, 0.8, 0.1, 0.7])
    assert set(farthest_points(SQUARE, quality, 3, floor=0.5)) == {1, 2, 4}
    assert farthest_points(SQUARE, quality, 1, floor=0.5, pins=[3]) == [3]


def test_near_copies_stay_out() -> None:
    features = np.array([[1.0, 0], [0, 1], [1, 0.01], [0.01, 1], [1, 1]])
    chosen = farthest_points(SQUARE, np.ones(5), 3, features=features, copies=0.99)
    assert sorted(chosen) in ([0, 1, 4], [0, 3, 4], [1, 2, 4], [2, 3, 4])


def test_too_few_items_say_what_is_possible() -> None:
    with pytest.raises(NotEnoughItems, match=r"5 items were asked for, but 2 of 5 items pass .* Ask for at most 2"):
        farthest_points(SQUARE, np.arange(5.0), 5, floor=3)
    with pytest.raises(NotEnoughItems, match="1 of them without near-copies"):
        farthest_points(SQUARE, np.ones(5), 2, features=np.ones((5, 3)), copies=0.999)


def test_all_items_can_be_chosen_even_where_they_coincide() -> None:
    assert sorted(farthest_points(np.zeros((4, 2)), np.arange(4.0), 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("kw", "message"),
    [
        ({"pins": [1], "bans": [1]}, "Row 1 is both pinned and banned"),
        ({"pins": [9]}, "rows 0 to 4; got 9"),
        ({"bans": [-1]}, "rows 0 to 4; got -1"),
        ({"pins": [0, 1, 2]}, "A set of 2 cannot hold 3 pins; ask for at least 3"),
        ({"copies": 0.9}, "got none"),
    ],
)
def test_impossible_wishes_are_refused(kw: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        farthest_points(SQUARE, np.ones(5), 2, **kw)


def test_quality_must_be_finite_and_a_set_not_empty() -> None:
    with pytest.raises(InvalidInput, match="one finite number per place"):
        farthest_points(SQUARE, np.full(5, np.nan), 2)
    with pytest.raises(InvalidInput, match="A set of 0"):
        farthest_points(SQUARE, np.ones(5), 0)
