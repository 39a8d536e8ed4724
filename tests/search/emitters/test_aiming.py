"""Aiming at cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.archive import centres
from qdhf.search.emitters.aiming import Conditioned, Targeted, expected_latents
from qdhf.search.emitters.sampling import Fresh, Mutation
from qdhf.search.proposals import SearchState
from tests.search.small_world import cells_of, hits, latents, populated, render


def aimed(state: SearchState, n: int, make: type[Targeted | Conditioned] = Targeted) -> list:  # type: ignore[type-arg]
    emitter = make()
    emitter.tell(state)
    return emitter.ask(state, n, np.random.default_rng(1))


def test_aiming_hits_many_times_as_often_as_mutating_a_random_elite(state: SearchState) -> None:
    n = len(state.targets)
    made = aimed(state, 2 * n)
    assert [p.target for p in made] == list(state.targets) * 2
    blind = Mutation().ask(state, 20 * n, np.random.default_rng(1))
    chance = float(np.mean(cells_of(blind, state) == list(state.targets) * 20))
    assert hits(made, state) >= 5 * chance
    assert hits(made, state) >= 0.3


def test_new_samples_conditioned_on_a_place_land_nearer_to_it_than_others(state: SearchState) -> None:
    n, middles = len(state.targets), centres(state.low, state.high, state.dims)
    wanted, fresh = aimed(state, n, Conditioned), Fresh().ask(state, n, np.random.default_rng(1))

    def away(made: list) -> float:  # type: ignore[type-arg]
        places = np.array([render(latents(p)) for p in made])
        return float(np.linalg.norm(places - middles[list(state.targets)], axis=1).mean())

    assert away(wanted) < 0.8 * away(fresh)


def test_a_prompt_that_lies_nearer_to_the_target_is_conditioned_on_more() -> None:
    state, _ = populated(200, prompts=("p", "q"))
    far = int(np.ravel_multi_index((15, 15), state.dims))  # where q moves things
    made = aimed(replace(state, targets=(far,)), 200, Conditioned)
    assert sum(p.genome.prompt == "q" for p in made) > 110


def test_latents_of_a_place_are_found_by_regression() -> None:
    rng = np.random.default_rng(0)
    z, direction = rng.normal(size=(4000, 16)), np.eye(16)[3]
    found = expected_latents(z, (z @ direction)[:, None], np.array([2.0]))
    np.testing.assert_allclose(found, 2 * direction, atol=0.15)
    np.testing.assert_allclose(expected_latents(z, (z @ direction)[:, None], (z @ direction).mean(keepdims=True)), 0)


def test_each_prompt_has_its_own_map() -> None:
    state, _ = populated(400, prompts=("p", "q"))
    made = aimed(state, len(state.targets))
    assert {p.genome.prompt for p in made} == {"p", "q"}
    assert hits(made, state) >= 0.2


def test_without_predictions_aiming_mutates_the_nearest_elite(state: SearchState) -> None:
    few = replace(state, elites=state.elites[:4], known=state.elites[:4], targets=state.targets[:3])
    made = aimed(few, 3)
    middles = centres(few.low, few.high, few.dims)
    for p in made:
        nearest = min(few.elites, key=lambda e: float(((e.place - middles[p.target]) ** 2).sum()))
        assert p.genome.parents == (nearest.item,)
        assert p.latents is None
    assert not Conditioned().ready(few)


def test_aims_at_one_cell_differ(state: SearchState) -> None:
    one = replace(state, targets=state.targets[:1])
    for make in (Targeted, Conditioned):
        first, second = (p.latents for p in aimed(one, 2, make))
        assert np.abs(first - second).max() > 0.01


def test_aiming_opens_more_new_cells_than_new_samples(state: SearchState) -> None:
    def reached(made: list) -> int:  # type: ignore[type-arg]
        return len(set(cells_of(made, state).tolist()) - {p.cell for p in state.elites})

    assert reached(aimed(state, 200)) > 1.3 * reached(Fresh().ask(state, 200, np.random.default_rng(3)))


def test_steps_are_no_longer_than_sigma_allows(state: SearchState) -> None:
    parents = {p.item: p for p in state.elites}
    for p in aimed(replace(state, sigma=0.1), 40):
        z = state.latents(parents[p.genome.parents[0]].genome).ravel()
        cosine = float(z @ p.latents.ravel() / np.linalg.norm(z) / np.linalg.norm(p.latents))
        assert cosine > np.sqrt(1 - 0.15**2)
    assert pytest.approx(0.4) == state.sigma
