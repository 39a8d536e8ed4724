"""The archive: pyribs' cells, elites and figures, without pyribs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdhf.descriptors.descriptor import learn
from qdhf.errors import InvalidInput
from qdhf.planted import PlantedWorld
from qdhf.search.archive import build_view, centres, elites, place, pyribs_archive, view_of
from qdhf.types import StudyMatrix


def matrix_of(quality: np.ndarray) -> StudyMatrix:
    n = len(quality)
    return StudyMatrix(
        ids=tuple(f"i{i}" for i in range(n)), positions=np.arange(n) * 2, features=np.zeros((n, 2), np.float32),
        quality=quality.astype(np.float32),
    )  # fmt: skip


def test_places_on_borders_and_outside_fall_into_the_cells_pyribs_gives_them() -> None:
    from ribs.archives import GridArchive

    low, high, dims = np.array([-1.0, 0.3]), np.array([2.0, 0.9]), (7, 11)
    theirs = GridArchive(solution_dim=1, dims=dims, ranges=[(-1.0, 2.0), (0.3, 0.9)])
    borders = np.stack(np.meshgrid(np.linspace(-1, 2, 8), np.linspace(0.3, 0.9, 12)), axis=-1).reshape(-1, 2)
    rng = np.random.default_rng(0)
    points = np.concatenate(
        [borders, borders + 1e-9, borders - 1e-9, rng.normal(0, 30, (500, 2)), rng.random((500, 2))]
    )
    np.testing.assert_array_equal(place(points, low, high, dims), theirs.index_of(points))


def test_places_too_far_out_for_whole_numbers_go_to_the_edge() -> None:
    found = place(np.array([[1e300, -1e300]]), np.zeros(2), np.ones(2), (10, 10))
    assert found.tolist() == [90]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_elites_are_the_best_of_their_cell_and_the_earlier_of_equals(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    cells, quality = rng.integers(0, 6, n), rng.integers(0, 4, n).astype(float)
    expected = np.full(6, -1)
    for i in range(n):  # one item at a time, as MAP-Elites is defined
        if expected[cells[i]] < 0 or quality[i] > quality[expected[cells[i]]]:
            expected[cells[i]] = i
    np.testing.assert_array_equal(elites(cells, quality, 6), expected)


def test_a_pyribs_archive_of_the_same_items_agrees_in_everything() -> None:
    rng = np.random.default_rng(0)
    places, quality = rng.normal(size=(400, 2)), rng.integers(-3, 5, 400) / 2
    matrix = matrix_of(quality)
    view = view_of(places, matrix.quality, np.full(2, -1.5), np.full(2, 1.5), (8, 9))
    theirs = pyribs_archive(matrix, view)
    assert theirs.stats.coverage == pytest.approx(view.coverage)
    assert theirs.stats.qd_score == pytest.approx(view.qd_score)
    cells, positions = theirs.data("index"), theirs.data("position")
    assert dict(zip(cells.tolist(), positions.tolist(), strict=True)) == {
        int(c): int(matrix.positions[view.elites[c]]) for c in view.filled
    }


def test_counts_and_clipped_items_add_up() -> None:
    places = np.array([[0.1, 0.1], [0.1, 0.2], [5.0, 0.1], [0.9, -2.0]])
    view = view_of(places, np.ones(4), np.zeros(2), np.ones(2), (2, 2))
    assert view.counts.tolist() == [2, 0, 2, 0]
    assert view.clipped == 2
    assert view.coverage == 0.5
    assert view.filled.tolist() == [0, 2]
    assert view.elite_rows.tolist() == [0, 2]


def test_no_items_make_an_empty_map() -> None:
    view = view_of(np.zeros((0, 2)), np.zeros(0), np.zeros(2), np.ones(2), (3, 3))
    assert (view.coverage, view.qd_score, view.clipped, len(view.filled)) == (0, 0, 0, 0)
    assert pyribs_archive(matrix_of(np.zeros(0)), view).stats.num_elites == 0


def test_centres_lie_in_their_own_cells() -> None:
    low, high, dims = np.array([-2.0, 1.0]), np.array([3.0, 1.5]), (6, 4)
    middles = centres(low, high, dims)
    np.testing.assert_allclose(middles[0], [-2 + 5 / 12, 1 + 0.5 / 8])
    np.testing.assert_array_equal(place(middles, low, high, dims), np.arange(24))


def test_a_new_resolution_never_adds_elites_from_nowhere() -> None:
    rng = np.random.default_rng(1)
    places, quality = rng.random((300, 2)), rng.random(300)
    fine, coarse = (view_of(places, quality, np.zeros(2), np.ones(2), d) for d in ((20, 20), (5, 5)))
    assert set(coarse.elite_rows.tolist()) <= set(fine.elite_rows.tolist())


def test_a_refit_places_every_item_again_and_loses_none() -> None:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    matrix = world.matrix()
    for answers in ([], world.judgments(100, rng=np.random.default_rng(1))):
        fit = learn(matrix, answers, None, encoder="e", study_id="s", key="k", seed=0)
        view = build_view(matrix, fit, (10, 10))
        assert view.counts.sum() == 300
        assert view.qd_score == pytest.approx(float(matrix.quality[view.elite_rows].astype(np.float64).sum()))
    assert build_view(matrix, replace(fit, version=2), (10, 10)).elites.tolist() == view.elites.tolist()


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ([0.0], [1.0], "as many bounds"),
        ([0.0, 0.0], [1.0, 0.0], "low below high"),
        ([0.0, np.nan], [1.0, 1.0], "finite"),
    ],
)
def test_bounds_that_cannot_be_are_refused(low: list[float], high: list[float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        place(np.zeros((1, 2)), np.array(low), np.array(high), (2, 2))


def test_places_and_quality_must_be_finite() -> None:
    with pytest.raises(InvalidInput, match="places must be finite"):
        place(np.array([[0.0, np.nan]]), np.zeros(2), np.ones(2), (2, 2))
    with pytest.raises(InvalidInput, match="Quality must be finite; item 1"):
        view_of(np.zeros((2, 2)), np.array([0.0, np.nan]), np.zeros(2), np.ones(2), (2, 2))


def test_pyribs_is_imported_only_when_asked_for() -> None:
    code = "import sys, qdhf.search.archive, qdhf.search.proposals, qdhf.search.targets; print('ribs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
