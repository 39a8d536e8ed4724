"""One slot of a prompt at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.search.emitters.prompts import PromptSlots, made_from
from qdhf.search.proposals import SearchState
from qdhf.types import Avoid, Steering
from tests.search.small_world import populated

SLOTS = "a {red|blue|green} {p|q}"


def test_a_child_keeps_its_parents_latents_and_changes_one_word() -> None:
    state, _ = populated(40, prompts=(SLOTS,))
    parents = {p.item: p.genome for p in state.elites}
    for made in PromptSlots().ask(state, 30, np.random.default_rng(0)):
        parent = parents[made.genome.parents[0]]
        before, after = parent.prompt.split(), made.genome.prompt.split()
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
        assert made.genome.seed == parent.seed


def test_no_picture_is_made_twice() -> None:
    state, _ = populated(3, prompts=("{p|q}",))
    made = PromptSlots().ask(state, 40, np.random.default_rng(0))
    keys = [made_from(p.genome) for p in made] + [made_from(p.genome) for p in state.known]
    assert len(set(keys)) == len(keys)


def test_one_plain_prompt_leaves_nothing_to_change(state: SearchState) -> None:
    assert not PromptSlots().ready(state)


def test_elites_whose_prompt_cannot_change_are_left_alone() -> None:
    state, _ = populated(40, prompts=(SLOTS,))
    alien = replace(state.elites[0], genome=replace(state.elites[0].genome, prompt="something else"), item="alien")
    made = PromptSlots().ask(replace(state, elites=(*state.elites, alien)), 60, np.random.default_rng(0))
    assert all(p.genome.parents != ("alien",) for p in made)


def test_a_pull_on_the_parent_is_not_handed_on() -> None:
    state, _ = populated(40, prompts=(SLOTS,))
    wish = Steering(avoid=Avoid(text="blue"))
    elites = tuple(replace(p, genome=replace(p.genome, steering=wish)) for p in state.elites)
    made = PromptSlots().ask(replace(state, elites=elites), 30, np.random.default_rng(0))
    assert {p.genome.steering for p in made} == {None}
