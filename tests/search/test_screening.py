"""Of several candidates, the most promising."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.archive import centres
from qdhf.search.emitters.sampling import Fresh, Mutation
from qdhf.search.proposals import Proposal, SearchState
from qdhf.search.screening import Pool, forecast, masses, screen
from qdhf.types import FloatArray
from tests.search.small_world import cells_of


class Oracle:
    """Says what it is told to: a mean and a standard deviation for every candidate."""

    def __init__(self, mean: FloatArray, spread: float) -> None:
        self.mean, self.spread = mean, spread

    def __call__(self, latents: FloatArray, prompts: list[str]) -> tuple[FloatArray, FloatArray]:
        return self.mean, np.full(self.mean.shape, self.spread)


def small(state: SearchState, held: list[float]) -> SearchState:
    return replace(state, dims=(2, 2), low=np.zeros(2), high=np.full(2, 2.0), held=np.array(held))


def candidates(state: SearchState, n: int) -> list[Proposal]:
    return Fresh().ask(state, n, np.random.default_rng(0))


def test_masses_are_chances_and_the_outside_falls_into_the_edge(state: SearchState) -> None:
    tiny = small(state, [np.nan] * 4)
    found = masses(tiny, np.array([[1.0, 1.0], [9.0, -9.0]]), np.ones((2, 2)))
    np.testing.assert_allclose(found, [[0.25] * 4, [0, 0, 1, 0]], atol=1e-9)
    wide = masses(state, np.random.default_rng(0).normal(size=(5, 2)), np.full((5, 2), 0.3))
    np.testing.assert_allclose(wide.sum(axis=1), 1)


def test_where_all_are_equally_good_none_betters_another(state: SearchState) -> None:
    class Even(Oracle):
        def __call__(self, latents: FloatArray, prompts: list[str]) -> tuple[FloatArray, FloatArray]:
            return self.mean, np.array([[0.1, 0.1, 0.0]] * len(self.mean))

    found = forecast(small(state, [1.0] * 4), candidates(state, 1), Even(np.array([[0.5, 0.5, 1.0]]), 0))  # type: ignore[arg-type]
    assert found.chance.tolist() == [0.0]
    assert found.worth.tolist() == [[0.0] * 4]


def test_masses_agree_with_draws(state: SearchState) -> None:
    mean, rng = np.array([[0.3, -0.8]]), np.random.default_rng(0)
    middles = centres(state.low, state.high, state.dims)
    drawn = mean + 0.5 * rng.normal(size=(20_000, 2))
    nearest = Counter(np.abs(drawn[:, None] - middles[None]).max(axis=2).argmin(axis=1).tolist())
    found = masses(state, mean, np.full((1, 2), 0.5))[0]
    for cell, count in nearest.most_common(8):
        assert found[cell] == pytest.approx(count / 20_000, abs=0.01)


def test_empty_cells_are_worth_one_and_filled_ones_what_they_may_gain(state: SearchState) -> None:
    tiny = small(state, [0.2, 0.6, np.nan, np.nan])
    sure = Oracle(np.array([[0.5, 0.5, 0.6], [1.5, 0.5, 0.4], [0.5, 0.5, 0.1]]), 1e-6)
    found = forecast(tiny, candidates(state, 3), sure)  # type: ignore[arg-type]
    assert found.worth[0] == pytest.approx([1.0, 0.0, 2.0, 2.0], abs=1e-4)  # .2 to .6 is the whole range
    assert found.worth[1, 2] == pytest.approx(1.5, abs=1e-4)
    assert found.chance == pytest.approx([1, 1, 0], abs=1e-4)


def test_a_batch_does_not_crowd_into_one_cell(state: SearchState) -> None:
    tiny = small(state, [0.5, 0.5, np.nan, np.nan])
    places = [[1.5, 0.5, 0.7], [1.5, 0.5, 0.6], [1.5, 1.5, 0.5], [0.5, 0.5, 0.9]]
    pool = candidates(state, 4)
    chosen, _ = screen(tiny, [Pool(candidates=pool, slots=2)], Oracle(np.array(places), 1e-3))  # type: ignore[arg-type]
    assert chosen == [pool[0], pool[2]]


def test_hitting_the_cell_aimed_at_counts_besides(state: SearchState) -> None:
    tiny = small(state, [0.5, 0.5, 0.5, np.nan])
    pool = [replace(p, target=t) for p, t in zip(candidates(state, 2), (2, 2), strict=True)]
    oracle = Oracle(np.array([[0.5, 0.5, 0.4], [1.5, 0.5, 0.4]]), 1e-3)
    chosen, told = screen(tiny, [Pool(candidates=pool, slots=1)], oracle)  # type: ignore[arg-type]
    assert chosen == [pool[1]]
    assert told.promised == pytest.approx(0, abs=1e-3)


def test_what_screening_expects_is_counted(state: SearchState) -> None:
    tiny = small(state, [0.5, 0.5, np.nan, 0.5])
    places = np.array([[1.5, 0.5, 0.5], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    told = screen(tiny, [Pool(candidates=candidates(state, 4), slots=1)], Oracle(places, 1e-3))[1]  # type: ignore[arg-type]
    assert (told.candidates, told.rendered, told.gained) == (4, 1, 0)
    assert told.promised == pytest.approx(1, abs=1e-3)
    assert told.average == pytest.approx(0.25, abs=1e-3)


def test_screened_children_open_more_cells_as_expected(state: SearchState) -> None:
    pool = Mutation().ask(state, 320, np.random.default_rng(0))
    assert state.predictor is not None
    chosen, told = screen(state, [Pool(candidates=pool, slots=40)], state.predictor)
    filled = {p.cell for p in state.elites}

    def opened(made: list[Proposal]) -> int:
        return len(set(cells_of(made, state).tolist()) - filled)

    assert opened(chosen) >= 1.5 * opened(pool[:40])
    assert told.promised > 1.5 * told.average
