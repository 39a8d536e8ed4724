"""Even cells: they fill the square, are those that pyribs would find, and are always the same."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.search.tessellation import Tessellation, nearest, tessellate


def areas(t: Tessellation) -> np.ndarray:
    outlines = [t.vertices[t.corners[a:b]] for a, b in zip(t.starts[:-1], t.starts[1:], strict=True)]
    return np.array([0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1)) for x, y in (o.T for o in outlines)])


@pytest.mark.parametrize("cells", [4, 30, 400])
def test_the_cells_fill_the_unit_square_and_are_about_equally_large(cells: int) -> None:
    found = areas(tessellate(cells))
    assert len(found) == cells
    assert found.sum() == pytest.approx(1.0)
    assert (found > 0.5 / cells).all()
    assert (found < 1.6 / cells).all()


def test_centres_lie_in_the_middle_of_their_cells() -> None:
    t = tessellate(100)
    points = np.random.default_rng(0).random((200_000, 2))
    cells = nearest(points, t)
    off = [np.linalg.norm(points[cells == cell].mean(axis=0) - t.centres[cell]) for cell in range(100)]
    assert max(off) < 0.02  # a fifth of a cell


def test_every_point_of_a_cell_lies_inside_its_outline() -> None:
    t = tessellate(30)
    points = np.random.default_rng(1).random((500, 2))
    for point, cell in zip(points, nearest(points, t), strict=True):
        outline = t.vertices[t.corners[t.starts[cell] : t.starts[cell + 1]]]
        edge, away = np.roll(outline, -1, axis=0) - outline, point - outline
        assert (edge[:, 0] * away[:, 1] - edge[:, 1] * away[:, 0] >= -1e-9).all()  # left of each side


def test_items_fall_into_the_cells_of_a_pyribs_archive_of_the_same_centres() -> None:
    from ribs.archives import CVTArchive

    t = tessellate(50)
    archive = CVTArchive(solution_dim=2, centroids=t.centres, ranges=[(0, 1), (0, 1)])
    points = np.random.default_rng(2).normal(0.5, 0.5, (1000, 2))  # some beyond the bounds
    assert nearest(points, t).tolist() == archive.index_of(points).tolist()


def test_a_tessellation_is_always_the_same() -> None:
    first = tessellate(60)
    tessellate.cache_clear()
    np.testing.assert_array_equal(tessellate(60).centres, first.centres)


@pytest.mark.parametrize("cells", [3, 10_001])
def test_too_few_and_too_many_cells_are_refused(cells: int) -> None:
    with pytest.raises(InvalidInput, match=f"between 4 and 10000; got {cells}"):
        tessellate(cells)
