"""Mates that complement each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.emitters.crossover import Crossover, attraction, niche_fitness, strengths
from qdhf.search.proposals import SearchState
from tests.search.small_world import SHAPE, populated

S = np.array([[1.0, 0.0, 0.5], [1.0, 1.0, 0.0], [0.0, 1.0, 0.5]])  # elites × cells; each cell holds (2, 2, 1)


def test_fitness_is_what_an_elite_takes_of_each_cell() -> None:
    assert niche_fitness(S).tolist() == [1.0, 1.0, 1.0]
    assert niche_fitness(np.array([[1.0, 1.0], [1.0, 0.0]])).tolist() == [1.5, 0.5]


def test_attraction_is_strength_where_the_first_is_weak() -> None:
    assert attraction(S, 0).tolist() == [0.0, 0.5, 0.5]
    assert attraction(S, 1).tolist() == [0.5, 0.0, 0.5]


def test_twins_do_not_attract_each_other() -> None:
    assert attraction(np.array([[0.5, 1.0], [0.5, 1.0]]), 0).tolist() == [0.0, 0.0]


def test_strength_fades_with_the_distance_on_the_map(state: SearchState) -> None:
    elites = list(state.elites[:5])
    found = strengths(state, elites, np.stack([p.place for p in elites]))
    assert (np.diag(found) == found.max(axis=1)).all()
    best = max(range(5), key=lambda i: elites[i].quality)
    assert found[best, best] == pytest.approx(1)


def test_children_lie_between_parents_of_one_prompt() -> None:
    state, _ = populated(60, prompts=("p", "q"))
    prompt = {p.item: p.genome.prompt for p in state.elites}
    for made in Crossover().ask(state, 30, np.random.default_rng(0)):
        first, second = made.genome.parents
        assert prompt[first] == prompt[second] == made.genome.prompt
        assert made.latents is not None
        assert made.latents.shape == SHAPE


def test_twins_are_crossed_all_the_same(state: SearchState) -> None:
    twin = state.elites[0]
    two = replace(state, elites=(twin, replace(twin, item="twin")))
    assert len(Crossover().ask(two, 4, np.random.default_rng(0))) == 4


def test_a_lone_elite_has_no_mate(state: SearchState) -> None:
    assert not Crossover().ready(replace(state, elites=state.elites[:1]))
