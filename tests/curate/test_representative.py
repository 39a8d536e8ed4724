"""Facility location: the same set as plain greed, near the best there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qdhf.curate.representative import BLOCK, EQUAL, exchanged, facility_location, likeness, stood_for
from qdhf.errors import InvalidInput


def alike(places: np.ndarray) -> np.ndarray:
    """(n, n) exp(−d²/2ℓ²) with ℓ = 0.5, in plain float64."""
    return np.asarray(np.exp(-2 * ((places[:, None] - places[None]) ** 2).sum(axis=2)))


def worth(similar: np.ndarray, rows: tuple[int, ...] | list[int]) -> float:
    return float(similar[:, list(rows)].max(axis=1).sum())


def plain_greed(places: np.ndarray, quality: np.ndarray, k: int, pins: list[int]) -> list[int]:
    """Every gain worked out anew at every step."""
    similar, chosen = alike(places), list(pins)
    while len(chosen) < k:
        served = similar[:, chosen].max(axis=1, initial=0)
        gains = np.maximum(similar - served[:, None], 0).sum(axis=0)
        gains[chosen] = -1
        equals = np.flatnonzero(gains >= (1 - EQUAL) * gains.max())
        chosen.append(int(equals[quality[equals].argmax()]))
    return chosen


@pytest.mark.parametrize(("axes", "pins"), [(1, []), (2, []), (2, [7, 3]), (3, [0])])
def test_the_set_is_that_of_plain_greed(axes: int, pins: list[int]) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        places, quality = rng.normal(size=(5 * BLOCK + 3, axes)), rng.random(5 * BLOCK + 3)
        assert facility_location(places, quality, 30, pins=pins) == plain_greed(places, quality, 30, pins)


def test_greed_reaches_its_bound_and_exchanges_95_percent_of_the_best_possible() -> None:
    greedy, improved = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        places = rng.normal(size=(12, 2))
        similar = alike(places)
        best = max(worth(similar, rows) for rows in combinations(range(12), 4))
        rows = facility_location(places, rng.random(12), 4)
        greedy.append(worth(similar, rows) / best)
        improved.append(worth(similar, exchanged(places, rows)) / best)
    assert min(greedy) >= 1 - 1 / np.e
    assert min(improved) >= 0.95
    assert np.mean(improved) > np.mean(greedy)


def test_exchanges_leave_what_is_kept_and_never_lose() -> None:
    rng = np.random.default_rng(1)
    places = rng.normal(size=(60, 2))
    start = [4, 8, 15, 16, 23]
    found = exchanged(places, start, keep=2)
    assert found[:2] == [4, 8]
    assert len(set(found)) == 5
    assert worth(alike(places), found) > worth(alike(places), start)


def test_ten_modes_are_covered_where_the_nearest_cover_one() -> None:
    rng = np.random.default_rng(0)
    mode = np.repeat(np.arange(10), 30)
    places = 4 * np.stack([mode % 5, mode // 5], axis=1) + 0.2 * rng.normal(size=(300, 2))
    assert len(set(mode[facility_location(places, rng.random(300), 10)])) == 10


def test_of_items_at_one_place_the_better_is_taken() -> None:
    places = np.array([[0.0, 0], [0, 0], [5, 5], [5, 5]])
    assert facility_location(places, np.array([0.1, 0.2, 0.4, 0.3]), 4) == [2, 1, 3, 0]


def test_likeness_is_the_kernel_of_the_vendi_score() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(size=(50, 3))
    np.testing.assert_allclose(likeness(places, places), alike(places), atol=1e-6)


def test_each_item_is_counted_for_the_nearest() -> None:
    assert stood_for(np.array([[0.0], [0.1], [0.2], [3.0], [3.1]]), [1, 4]) == [3, 2]


def test_places_must_be_finite() -> None:
    with pytest.raises(InvalidInput, match="must be finite"):
        facility_location(np.array([[0.0], [np.nan]]), np.ones(2), 1)


def test_what_can_gain_nothing_more_is_chosen_all_the_same() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        places = rng.normal(size=(4, 2)).repeat(6, axis=0) + rng.normal(size=(24, 2)) * 1e-4
        chosen = facility_location(places, rng.random(24), 23)
        assert len(set(chosen)) == 23
