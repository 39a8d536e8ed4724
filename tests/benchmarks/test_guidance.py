"""The small parts of the guidance benchmark; its models are tested where they live."""

from __future__ import annotations

import numpy as np

from benchmarks.guidance import DIMS, middles_of, shifted
from qdhf.search.archive import place


def test_the_middle_of_a_cell_lies_in_it() -> None:
    cells, low, high = np.arange(int(np.prod(DIMS))), np.array([-2.0, 5.0]), np.array([1.0, 5.5])
    np.testing.assert_array_equal(place(middles_of(cells, low, high), low, high, DIMS), cells)


def test_a_shifted_picture_keeps_its_size_and_repeats_its_border() -> None:
    picture = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    moved = shifted(picture)
    assert moved.shape == picture.shape
    np.testing.assert_array_equal(moved[2:, 2:], picture[:2, :3])
    np.testing.assert_array_equal(moved[:3, :3], np.broadcast_to(picture[0, 0], (3, 3, 3)))
