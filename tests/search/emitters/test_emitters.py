"""What every emitter promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.emitters import EMITTERS
from qdhf.search.emitters.base import LONGEST_PATH, mutated
from qdhf.search.proposals import SearchState
from qdhf.types import Variation
from tests.search.small_world import SHAPE, latents, populated, without_latents

ALL = tuple(EMITTERS)


@pytest.fixture(scope="module")
def rich() -> SearchState:
    """A state that every emitter is ready for: two prompts, axes that nobody taught."""
    return populated(200, prompts=("p cat", "q cat"), learned=False)[0]


@pytest.mark.parametrize("name", ALL)
def test_an_emitter_makes_what_is_asked_for_under_its_own_name(rich: SearchState, name: str) -> None:
    emitter = EMITTERS[name]()
    assert emitter.name == name
    assert emitter.ready(rich)
    emitter.tell(rich)
    for n in (1, 7):
        made = emitter.ask(rich, n, np.random.default_rng(0))
        assert [p.emitter for p in made] == [p.genome.emitter for p in made] == [name] * n
        assert {p.genome.prompt for p in made} <= {"p cat", "q cat"}
        assert all(0 <= p.genome.seed < 2**31 for p in made)


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_and_facts_propose_the_same(rich: SearchState, name: str) -> None:
    made = []
    for _ in range(2):
        emitter = EMITTERS[name]()
        emitter.tell(rich)
        made.append(emitter.ask(replace(rich), 6, np.random.default_rng(5)))
    assert [p.genome for p in made[0]] == [p.genome for p in made[1]]
    for one, two in zip(*made, strict=True):
        assert one.target == two.target
        np.testing.assert_array_equal(latents(one), latents(two))


@pytest.mark.parametrize("name", ALL)
def test_latents_stay_gaussian(rich: SearchState, name: str) -> None:
    emitter = EMITTERS[name]()
    emitter.tell(rich)
    made = np.stack([latents(p) for p in emitter.ask(rich, 40, np.random.default_rng(1))])
    assert made.shape == (40, *SHAPE)
    assert made.dtype == np.float32
    lengths = np.linalg.norm(made.reshape(40, -1), axis=1) / 16
    assert lengths.mean() == pytest.approx(1, abs=0.05)
    assert (abs(lengths - 1) < 0.2).all()


@pytest.mark.parametrize("name", ALL)
def test_parents_are_items_that_exist(rich: SearchState, name: str) -> None:
    known = {p.item for p in rich.known}
    emitter = EMITTERS[name]()
    emitter.tell(rich)
    parents = [p.genome.parents for p in emitter.ask(rich, 20, np.random.default_rng(1))]
    assert {item for group in parents for item in group} <= known
    assert all(bool(group) == (name not in ("fresh", "conditioned")) for group in parents)


def test_generators_without_latents_get_steps_with_new_seeds_and_prompts(rich: SearchState) -> None:
    bare = without_latents(rich)
    able = [name for name, make in EMITTERS.items() if make().ready(bare)]
    assert able == ["fresh", "mutation", "novelty", "prompt"]
    for name in able:
        emitter = EMITTERS[name]()
        emitter.tell(bare)
        made = emitter.ask(bare, 9, np.random.default_rng(0))
        assert all(p.latents is None and len(p.genome.path) <= 1 for p in made)
        assert len({(p.genome.prompt, p.genome.seed, p.genome.path) for p in made}) == 9


def test_without_latents_a_path_that_has_grown_long_gives_way_to_a_new_seed(rich: SearchState) -> None:
    parent = rich.elites[0]
    long = replace(parent, genome=replace(parent.genome, path=(Variation(seed=1, sigma=0.2),) * LONGEST_PATH))
    child = mutated(without_latents(rich), long, np.random.default_rng(0), name="mutation").genome
    assert child.path == ()
    assert child.seed != parent.genome.seed


def test_before_anything_was_made_only_new_samples_are_possible(rich: SearchState) -> None:
    empty = replace(rich, elites=(), known=(), targets=())
    assert [name for name, make in EMITTERS.items() if make().ready(empty)] == ["fresh"]
