"""Sets that are fair to every group."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qdhf.curate.fair import fair_set, regions
from qdhf.errors import InvalidInput, NotEnoughItems

FLAT = np.zeros(6)


def coverage(cells: list[np.ndarray], rows: tuple[int, ...]) -> list[float]:
    return [len(set(each[list(rows)])) / len(set(each)) for each in cells]


def test_the_group_that_everyone_forgets_gets_its_share() -> None:
    """The many see three kinds, the few two others; the set for everyone shows the few but one kind."""
    many, few = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 0, 0, 1, 1, 1])
    found = fair_set([many, few], FLAT, 3, pooled=[0, 1, 2])
    assert found.pooled_coverage == (1.0, 0.5)
    assert found.coverage == (1.0, 1.0)
    assert found.pooled == (0, 1, 2)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_never_worse_than_the_set_for_everyone_and_as_good_as_any_set_nearly_always(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = [rng.integers(0, 5, 9), rng.integers(0, 4, 9)]
    pooled = rng.permutation(9)[:3].tolist()
    found = fair_set(cells, rng.random(9), 3, pooled=pooled)
    assert list(found.coverage) == pytest.approx(coverage(cells, found.rows))
    assert list(found.pooled_coverage) == pytest.approx(coverage(cells, tuple(pooled)))
    assert sorted(found.coverage) >= sorted(found.pooled_coverage)
    best = max(min(coverage(cells, rows)) for rows in combinations(range(9), 3))
    assert min(found.coverage) == pytest.approx(best)
    assert len(set(found.rows)) == 3


def test_it_keeps_the_set_for_everyone_where_greed_alone_ends_lower() -> None:
    """One item that gives both groups a little misleads the greedy choice; pairs of specialists are better."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        cells = [rng.integers(0, 7, 12), rng.integers(0, 7, 12), rng.integers(0, 7, 12)]
        every = combinations(range(12), 4)
        best = max(every, key=lambda rows: sorted(coverage(cells, rows)))
        found = fair_set(cells, np.zeros(12), 4, pooled=best)
        assert sorted(found.coverage) == pytest.approx(sorted(coverage(cells, best)))


def test_of_equally_useful_items_the_better_is_taken() -> None:
    cells = [np.array([0, 0, 1, 1])]
    assert set(fair_set(cells, np.array([0.1, 0.9, 0.8, 0.2]), 2, pooled=[0, 3]).rows) == {1, 2}


def test_a_set_of_all_items_covers_all() -> None:
    assert fair_set([np.arange(6), FLAT.astype(int)], FLAT, 6, pooled=range(6)).coverage == (1.0, 1.0)


@pytest.mark.parametrize("pooled", [[0, 0], [0], [0, 6], [-1, 0]])
def test_a_set_to_compare_with_must_be_one(pooled: list[int]) -> None:
    with pytest.raises(InvalidInput, match="different rows"):
        fair_set([np.arange(6)], FLAT, 2, pooled=pooled)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="one cell per item"):
        fair_set([np.arange(5)], FLAT, 2, pooled=[0, 1])
    with pytest.raises(InvalidInput, match="one cell per item"):
        fair_set([], FLAT, 2, pooled=[0, 1])
    with pytest.raises(NotEnoughItems, match="there are 6"):
        fair_set([np.arange(6)], FLAT, 7, pooled=range(7))


def test_pins_are_in_both_sets_and_never_exchanged() -> None:
    many, few = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 0, 0, 1, 1, 1])
    found = fair_set([many, few], FLAT, 3, pooled=[0, 1, 5], pins=[5, 0])
    assert found.rows[:2] == (5, 0)
    assert found.coverage == (2 / 3, 1.0)
    with pytest.raises(InvalidInput, match="must hold every pin"):
        fair_set([many, few], FLAT, 3, pooled=[0, 1, 2], pins=[5])


def test_regions_are_about_twice_as_many_as_items_and_take_in_what_lies_outside() -> None:
    places = np.stack(np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 40)), axis=-1).reshape(-1, 2)
    places[0] = (-50, -50)
    found = regions(places, 50)
    assert len(np.unique(found)) == 100
    assert found[0] == found[41]


def test_more_groups_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 8 groups; there are 9"):
        fair_set([np.arange(6)] * 9, FLAT, 2, pooled=[0, 1])
