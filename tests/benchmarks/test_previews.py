"""What previews are worth, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.previews import cells_filled, explained, pool, without_prompt


def test_pools_are_half_new_samples_and_half_mutations_of_these() -> None:
    made = pool(12)
    assert [len(g.path) for g in made] == [0] * 6 + [1] * 6
    assert [g.prompt for g in made[:6]] == [g.prompt for g in made[6:]]
    assert len({(g.seed, g.path) for g in made}) == 12


def test_explained_is_all_of_a_line_and_nothing_of_noise() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(500, 2))
    assert explained(3 * truth - 1, truth) == pytest.approx(1)
    assert explained(rng.normal(size=(500, 2)), truth) == pytest.approx(0, abs=0.03)
    assert explained(truth + rng.normal(size=(500, 2)), truth) == pytest.approx(0.5, abs=0.05)


def test_what_the_prompt_tells_is_left_out() -> None:
    places = np.array([[1.0, 0.0], [3.0, 0.0], [10.0, 5.0], [10.0, 7.0]])
    assert without_prompt(places, ["a", "a", "b", "b"]).tolist() == [[-1, 0], [1, 0], [0, -1], [0, 1]]


def test_true_previews_that_cost_nothing_fill_a_cell_each_time_and_dear_ones_lose() -> None:
    truth = np.random.default_rng(0).integers(0, 30, 200)
    rng = np.random.default_rng
    unseen = cells_filled(truth, truth, 1, (0.0, 1.0), 20.0, rng=rng(1))
    seen = cells_filled(truth, truth, 4, (0.0, 1.0), 20.0, rng=rng(1))
    assert unseen < seen == 20
    assert cells_filled(truth, truth, 4, (0.9, 1.0), 20.0, rng=rng(1)) < unseen
    blind = np.full(200, 99)  # all look as if they lay in one empty cell
    assert cells_filled(truth, blind, 1, (0.5, 1.0), 20.0, rng=rng(1)) == unseen


def test_where_no_preview_lies_in_an_empty_cell_nothing_is_drawn() -> None:
    truth = np.zeros(8, int)
    assert cells_filled(truth, truth, 2, (0.25, 1.0), 10.0, rng=np.random.default_rng(0)) == 1


def test_cells_that_were_filled_before_are_not_filled_again() -> None:
    truth = np.arange(10) % 5
    assert cells_filled(truth, truth, 1, (0.0, 1.0), 99.0, rng=np.random.default_rng(0)) == 5
    late = [cells_filled(truth, truth, 1, (0.0, 1.0), 99.0, rng=np.random.default_rng(o), before=9) for o in range(20)]
    assert set(late) == {0}
