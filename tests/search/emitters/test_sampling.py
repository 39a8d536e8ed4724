"""New samples, mutations, novelty."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.emitters.base import LONGEST_PATH
from qdhf.search.emitters.sampling import LEVELS, Fresh, Mutation, Novelty
from qdhf.search.grammar import Grammar
from qdhf.search.proposals import Parent, SearchState
from qdhf.types import Genome, Variation
from qdhf.types.steering import Avoid, Steering
from tests.search.small_world import latents_of, populated


def test_new_samples_take_prompts_in_turn(state: SearchState) -> None:
    made = Fresh().ask(replace(state, grammar=Grammar(["p", "q", "r"])), 9, np.random.default_rng(0))
    assert Counter(p.genome.prompt for p in made) == {"p": 3, "q": 3, "r": 3}
    assert len({p.genome.seed for p in made}) == 9


def test_a_mutation_lengthens_its_parents_path(state: SearchState) -> None:
    parents = {p.item: p.genome for p in state.elites}
    for made in Mutation().ask(state, 20, np.random.default_rng(0)):
        parent = parents[made.genome.parents[0]]
        assert made.genome.path[:-1] == parent.path
        assert made.genome.path[-1].sigma in [level * state.sigma for level in LEVELS]
        assert (made.genome.prompt, made.genome.seed) == (parent.prompt, parent.seed)


def test_a_child_is_not_pulled_where_its_parent_was(state: SearchState) -> None:
    steering = Steering(avoid=Avoid(text="blue"))
    elites = tuple(replace(p, genome=replace(p.genome, steering=steering)) for p in state.elites)
    made = Mutation().ask(replace(state, elites=elites), 10, np.random.default_rng(0))
    assert {p.genome.steering for p in made} == {None}


def test_a_long_path_becomes_an_array_with_the_same_meaning(state: SearchState) -> None:
    path = tuple(Variation(seed=i, sigma=0.3) for i in range(LONGEST_PATH))
    parent = replace(state.elites[0], genome=Genome(prompt="p", seed=1, path=path))
    made = Mutation().ask(replace(state, elites=(parent,), sigma=0.0), 1, np.random.default_rng(0))[0]
    assert made.latents is not None
    assert made.genome.path == ()
    np.testing.assert_allclose(made.latents, latents_of(parent.genome), rtol=1e-6)


def child(parent: Parent, sigma: float, opened: bool) -> Parent:
    genome = replace(parent.genome, path=(Variation(seed=1, sigma=sigma),), emitter="mutation")
    return replace(parent, genome=genome, opened=opened, bettered=False)


def test_strengths_that_gained_something_are_used_more(state: SearchState) -> None:
    small, large = (level * state.sigma for level in (LEVELS[0], LEVELS[-1]))
    known = tuple(child(state.elites[0], small, False) for _ in range(30))
    known += tuple(child(state.elites[0], large, True) for _ in range(30))
    emitter = Mutation()
    emitter.tell(replace(state, known=known))
    used = Counter(p.genome.path[-1].sigma for p in emitter.ask(state, 300, np.random.default_rng(0)))
    assert used[large] > 0.5 * 300
    assert 0 < used[small] < 0.1 * 300


def test_strengths_never_leave_what_is_possible(state: SearchState) -> None:
    made = Mutation().ask(replace(state, sigma=0.9), 50, np.random.default_rng(0))
    assert max(p.genome.path[-1].sigma for p in made) == 1


def test_novelty_starts_from_the_unusual_and_rests_once_axes_are_learned() -> None:
    state, _ = populated(100, learned=False)
    novel = {p.item: p.novelty for p in state.known}
    chosen = [novel[p.genome.parents[0]] for p in Novelty().ask(state, 200, np.random.default_rng(0))]
    assert np.mean(chosen) > 1.5 * np.mean(list(novel.values()))
    assert not Novelty().ready(populated(100)[0])


def test_a_lone_item_is_not_novel() -> None:
    assert not Novelty().ready(populated(1, learned=False)[0])
    assert populated(1, learned=False)[0].known[0].novelty == pytest.approx(0)
