"""What came of a batch."""

from __future__ import annotations

import numpy as np

from qdhf.search.archive import centres, view_of
from qdhf.search.results import beside, results
from qdhf.types import Share


def test_cells_that_touch_lie_beside_each_other_and_maps_do_not_wrap() -> None:
    cells, targets = np.array([5, 5, 5, 5, 3]), np.array([5, 0, 2, 7, 4])
    assert beside(cells, targets, (4, 4)).tolist() == [True, True, True, False, False]
    assert beside(np.zeros(0, int), np.zeros(0, int), (4, 4)).tolist() == []


def test_items_are_told_by_who_made_them_and_where_they_fell() -> None:
    cells = [5, 5, 6, 15, 5]  # the first was there before
    middles = centres(np.zeros(2), np.ones(2), (4, 4))
    quality = np.array([0.5, 0.4, 0.3, 0.2, 0.9])
    view = view_of(middles[cells], quality, np.zeros(2), np.ones(2), (4, 4))
    found = results(
        view, quality, [1, 2, 3, 4], emitters=["fresh", "aim", "aim", "aim"], targets=[None, 6, 10, 0],
        shares={"fresh": 0.25, "aim": 0.7, "idle": 0.05},
    )  # fmt: skip
    assert found.shares == {
        "fresh": Share(share=0.25, made=1), "aim": Share(share=0.7, made=3, opened=2, bettered=1), "idle": Share(share=0.05),
    }  # fmt: skip
    assert (found.gained, found.aimed, found.hits, found.near) == (3, 3, 1, 3)
    assert found.missed == (10, 0)


def test_nothing_made_is_nothing_won() -> None:
    view = view_of(np.zeros((1, 2)), np.ones(1), -np.ones(2), np.ones(2), (2, 2))
    found = results(view, np.ones(1), [], emitters=[], targets=[], shares={})
    assert (found.shares, found.gained, found.aimed, found.missed) == ({}, 0, 0, ())
