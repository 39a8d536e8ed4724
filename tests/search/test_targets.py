"""Where the search aims."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.search.archive import ArchiveView, centres, view_of
from qdhf.search.targets import choose_targets, frontier, neighbours, uncertain, weak


def view_with(cells: list[int], dims: tuple[int, int] = (4, 4)) -> ArchiveView:
    middles = centres(np.zeros(2), np.ones(2), dims)
    return view_of(middles[cells], np.ones(len(cells)), np.zeros(2), np.ones(2), dims)


def test_neighbours_share_a_side_and_maps_do_not_wrap() -> None:
    filled = np.zeros((3, 3), bool)
    filled[0, 0] = filled[1, 1] = True
    assert neighbours(filled).tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]


def test_the_frontier_is_empty_cells_beside_filled_ones_most_enclosed_first() -> None:
    found = frontier(view_with([0, 5]))
    assert found.tolist() == [1, 4, 6, 9]


def test_picked_cells_come_first_then_frontier_then_weak() -> None:
    view = view_with([5, 5, 15])
    quality = np.array([0.9, 0.2, 0.1])
    targets = choose_targets(view, quality, 16, rng=np.random.default_rng(0), picked=[3, 5])
    assert targets[0] == 3  # 5 holds two items already
    assert set(targets[1:7]) == {1, 4, 6, 9, 11, 14}
    assert targets[7:] == (15, 5)
    assert weak(view, quality).tolist() == [15, 5]


def test_an_empty_map_offers_only_what_was_picked() -> None:
    view = view_with([])
    assert choose_targets(view, np.zeros(0), 5, rng=np.random.default_rng(0)) == ()
    assert choose_targets(view, np.zeros(0), 5, rng=np.random.default_rng(0), picked=[7, 7, 2]) == (7, 2)


def test_a_full_map_offers_its_weakest_cells() -> None:
    view = view_with(list(range(16)))
    targets = choose_targets(view, np.arange(16.0)[::-1], 3, rng=np.random.default_rng(0))
    assert targets == (15, 14, 13)


def test_enclosed_cells_are_drawn_first_more_often() -> None:
    view = view_with([1, 4, 6, 15])  # 5 has three filled neighbours, 0 two, others one
    firsts = [choose_targets(view, np.ones(4), 1, rng=np.random.default_rng(s))[0] for s in range(400)]
    counts = np.bincount(firsts, minlength=16)
    assert counts[5] > counts[0] > counts[8] > 0


def test_cells_outside_the_map_are_refused() -> None:
    with pytest.raises(InvalidInput, match="numbers them 0 to 15; 16 was picked"):
        choose_targets(view_with([0]), np.ones(1), 3, rng=np.random.default_rng(0), picked=[16])


def test_cells_aimed_at_in_vain_fall_back() -> None:
    view = view_with([5])  # four frontier cells with one filled neighbour each
    firsts = [
        choose_targets(view, np.ones(1), 1, rng=np.random.default_rng(s), missed={1: 5, 4: 1})[0] for s in range(400)
    ]
    counts = np.bincount(firsts, minlength=16)
    assert counts[[6, 9]].min() > counts[4] > counts[1]
    assert counts[4] / 400 == pytest.approx(0.5 / (2 + 0.5 + 1 / 32), abs=0.06)


def test_uncertain_elites_come_in_turn_with_weak_ones() -> None:
    view = view_with([0, 5, 10, 15])
    doubt = np.array([0.1, 2.0, 0.49, 0.7])
    assert uncertain(view, doubt).tolist() == [5, 15]
    full = view_with(list(range(16)))
    found = choose_targets(
        full, np.arange(16.0), 5, rng=np.random.default_rng(0), doubt=np.where(np.arange(16) > 13, 1.0, 0.0)
    )
    assert found == (0, 14, 1, 15, 2)


def test_without_doubts_only_weak_cells_follow_the_frontier() -> None:
    view = view_with([5, 15])
    quality = np.array([0.9, 0.1])
    certain = choose_targets(view, quality, 16, rng=np.random.default_rng(0), doubt=np.zeros(2))
    assert certain == choose_targets(view, quality, 16, rng=np.random.default_rng(0))
