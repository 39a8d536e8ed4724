"""pyribs' emitters in the span of a few elites."""

from __future__ import annotations

import numpy as np

from qdhf.search.emitters.subspace import DIMENSIONS, Subspace, spread
from qdhf.search.proposals import SearchState
from tests.search.small_world import populated


def test_rows_far_apart_are_chosen() -> None:
    places = np.array([[0.0, 0], [0.1, 0], [5, 0], [0, 4], [5.1, 0]])
    assert spread(places, 3, 0) == [0, 4, 3]
    assert spread(places[:2], 9, 1) == [1, 0]


def test_children_lie_mostly_in_the_span_of_elites_of_one_prompt() -> None:
    state, _ = populated(80, prompts=("p", "q"))
    made = Subspace().ask(state, 12, np.random.default_rng(0))
    assert len({p.genome.prompt for p in made}) == 1
    elites = [p for p in state.elites if p.genome.prompt == made[0].genome.prompt]
    span = np.linalg.qr(np.stack([state.latents(p.genome).ravel() for p in elites]).T.astype(float))[0]
    for p in made:
        assert p.latents is not None
        z = p.latents.ravel() / np.linalg.norm(p.latents)
        assert np.linalg.norm(span.T @ z) > 0.98


def test_children_differ_from_every_elite(state: SearchState) -> None:
    elites = np.stack([state.latents(p.genome).ravel() for p in state.elites])
    elites /= np.linalg.norm(elites, axis=1, keepdims=True)
    for p in Subspace().ask(state, 10, np.random.default_rng(0)):
        assert p.latents is not None
        assert (elites @ (p.latents.ravel() / np.linalg.norm(p.latents))).max() < 0.999


def test_too_few_elites_span_nothing() -> None:
    assert not Subspace().ready(populated(2)[0])
    assert DIMENSIONS > 2
