"""Batches."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.emitters import EMITTERS
from qdhf.search.grammar import Grammar
from qdhf.search.proposals import SearchState
from qdhf.search.proposing import propose, ready
from qdhf.search.sharing import AIMING, allot
from tests.search.small_world import cells_of, latents, latents_of, populated, without_latents


def test_an_empty_map_gets_fresh_samples_of_every_prompt_in_turn() -> None:
    grammar = Grammar(["p", "q", "r"])
    empty = SearchState(grammar=grammar, dims=(2, 2), low=np.zeros(2), high=np.ones(2), latents_of=latents_of)
    batch = propose(empty, 9, np.random.default_rng(0), candidates=8)
    assert batch.shares == {"fresh": pytest.approx(1)}
    assert Counter(p.genome.prompt for p in batch.proposals) == {"p": 3, "q": 3, "r": 3}
    assert batch.screened is None


@pytest.mark.parametrize("candidates", [1, 4])
def test_batches_have_the_size_asked_for(state: SearchState, candidates: int) -> None:
    for n in (1, 3, 8):
        batch = propose(state, n, np.random.default_rng(n), candidates=candidates)
        assert len(batch.proposals) == n
        assert sum(batch.shares.values()) == pytest.approx(1)


def test_every_emitter_that_is_ready_takes_part() -> None:
    state, _ = populated(60, prompts=("p {a|b}",), learned=False)
    batch = propose(state, 60, np.random.default_rng(0))
    assert {p.emitter for p in batch.proposals} == set(batch.shares) == set(EMITTERS)
    assert set(propose(state, 8, np.random.default_rng(0), without=frozenset({"prompt"})).shares) == set(EMITTERS) - {
        "prompt"
    }


@pytest.mark.parametrize("candidates", [1, 4])
def test_the_same_seed_and_facts_propose_the_same(state: SearchState, candidates: int) -> None:
    one, two = (propose(replace(state), 12, np.random.default_rng(5), candidates=candidates) for _ in range(2))
    assert [p.genome for p in one.proposals] == [p.genome for p in two.proposals]
    for p, q in zip(one.proposals, two.proposals, strict=True):
        np.testing.assert_array_equal(latents(p), latents(q))
    assert one.screened == two.screened


def test_without_screening_emitters_are_rendered_as_they_ask(state: SearchState) -> None:
    batch, rng = propose(state, 10, np.random.default_rng(3), candidates=1), np.random.default_rng(3)
    counts, asked = allot(10, batch.shares, rng), []
    for emitter in ready(state):
        asked += emitter.ask(state, counts[emitter.name], rng) if counts[emitter.name] else []
    assert [p.genome for p in batch.proposals] == [p.genome for p in asked]
    assert batch.screened is None


def test_where_nothing_can_be_predicted_nothing_is_screened(state: SearchState) -> None:
    bare = without_latents(state)
    screened, plain = (propose(bare, 10, np.random.default_rng(3), candidates=c) for c in (8, 1))
    assert screened == plain


def test_shares_hold_with_screening_and_new_samples_go_unscreened(state: SearchState) -> None:
    batch = propose(state, 40, np.random.default_rng(0), candidates=3)
    made = Counter(p.emitter for p in batch.proposals)
    assert all(abs(made[name] - 40 * share) <= 2.5 for name, share in batch.shares.items())
    assert batch.screened is not None
    assert batch.screened.rendered == 40 - made["fresh"]
    assert batch.screened.candidates == 3 * batch.screened.rendered


def test_screening_opens_more_cells_with_the_same_pictures(state: SearchState) -> None:
    filled = {p.cell for p in state.elites}

    def opened(candidates: int) -> float:
        batches = [propose(state, 24, np.random.default_rng(s), candidates=candidates).proposals for s in range(4)]
        return float(np.mean([len(set(cells_of(b, state).tolist()) - filled) for b in batches]))

    assert opened(8) >= 1.3 * opened(1)


def test_every_picked_cell_is_aimed_at_in_turn_however_far(state: SearchState) -> None:
    far = replace(state, targets=(0, 19, 380), picked=True)
    made = propose(far, 12, np.random.default_rng(0), candidates=4).proposals
    aims = Counter(p.target for p in made if p.emitter in AIMING)
    assert set(aims) == {0, 19, 380}
    assert aims.total() >= 7
