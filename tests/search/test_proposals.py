"""Emitters: what they make, how they share a batch, and that aiming hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.archive import ArchiveView, centres, place, view_of
from qdhf.search.emitters import EMITTERS, LONGEST_PATH, emit_crossovers, emit_mutations, emit_targeted
from qdhf.search.latents import spherical_step
from qdhf.search.proposals import (
    FLOOR,
    Proposal,
    SearchState,
    allot,
    fresh,
    propose,
    rows_to_load,
    search_state,
    shares,
)
from qdhf.search.targets import frontier
from qdhf.types import FloatArray, Genome, StudyMatrix, Variation

SHAPE = (4, 8, 8)
MIX = np.random.default_rng(7).normal(size=(2, 256)) / 16


def latents_of(genome: Genome) -> FloatArray:
    z = np.random.default_rng(genome.seed).standard_normal(SHAPE, dtype=np.float32)
    for step in genome.path:
        z = spherical_step(z, step.sigma, np.random.default_rng(step.seed).standard_normal(SHAPE, dtype=np.float32))
    return z


def render(z: FloatArray, prompt: str = "p") -> FloatArray:
    """A bent map from latents to places: N(0, 1) along each axis, moved by the prompt."""
    flat = MIX @ z.ravel().astype(np.float64)
    return flat + 0.15 * np.sin(2 * flat[::-1]) + (0.5 if prompt == "q" else 0.0)


def populated(
    n: int = 300, prompts: tuple[str, ...] = ("p",), dims: tuple[int, int] = (20, 20)
) -> tuple[SearchState, ArchiveView]:
    rng = np.random.default_rng(0)
    genomes = [fresh(prompts[i % len(prompts)], rng) for i in range(n)]
    places = np.array([render(latents_of(g), g.prompt) for g in genomes]).reshape(n, 2)
    ids = tuple(f"i{i:04d}" for i in range(n))
    matrix = StudyMatrix(
        ids=ids, positions=np.arange(n), features=np.zeros((n, 1), np.float32),
        quality=rng.random(n).astype(np.float32),
    )  # fmt: skip
    view = view_of(places, matrix.quality, np.full(2, -4.0), np.full(2, 4.0), dims)
    known = dict(zip(ids, genomes, strict=True))
    targets = tuple(frontier(view).tolist())
    return search_state(view, matrix, known, prompts=prompts, latents_of=latents_of, targets=targets), view


@pytest.fixture(scope="module")
def state() -> SearchState:
    return populated()[0]


def test_an_empty_map_gets_fresh_samples_of_every_prompt_in_turn() -> None:
    empty = SearchState(prompts=("p", "q", "r"), dims=(2, 2), low=np.zeros(2), high=np.ones(2), latents_of=latents_of)
    made = propose(empty, 9, np.random.default_rng(0))
    assert {p.emitter for p in made} == {"fresh"}
    assert Counter(p.genome.prompt for p in made) == {"p": 3, "q": 3, "r": 3}
    assert len({p.genome.seed for p in made}) == 9
    assert all(0 <= p.genome.seed < 2**31 and p.latents is None and p.target is None for p in made)


def test_a_state_holds_elites_and_recent_items_only() -> None:
    state, view = populated(900)
    rows = rows_to_load(view)
    assert len(state.known) == len(rows) < 900
    assert {p.item for p in state.elites} == {f"i{r:04d}" for r in view.elite_rows}
    assert {f"i{r:04d}" for r in range(500, 900)} <= {p.item for p in state.known}
    assert all(p.cell == view.cells[int(p.item[1:])] for p in state.known)


def test_items_without_a_genome_are_no_parents() -> None:
    view = view_of(np.zeros((1, 2)), np.ones(1), -np.ones(2), np.ones(2), (2, 2))
    matrix = StudyMatrix(ids=("x",), positions=np.arange(1), features=np.zeros((1, 1)), quality=np.ones(1))
    state = search_state(view, matrix, {}, prompts=())
    assert state.elites == ()
    assert propose(state, 1, np.random.default_rng(0))[0].genome.prompt == ""


def test_batches_have_the_size_asked_for_and_every_emitter_takes_part(state: SearchState) -> None:
    made = [propose(state, n, np.random.default_rng(n)) for n in (1, 3, 8, 40)]
    assert [len(batch) for batch in made] == [1, 3, 8, 40]
    assert {p.emitter for p in made[-1]} == set(EMITTERS)


def test_the_same_seed_proposes_the_same(state: SearchState) -> None:
    one, two = (propose(state, 12, np.random.default_rng(5)) for _ in range(2))
    assert [p.genome for p in one] == [p.genome for p in two]
    for p, q in zip(one, two, strict=True):
        np.testing.assert_array_equal(p.latents, q.latents) if p.latents is not None else None


def test_a_mutation_lengthens_its_parents_path(state: SearchState) -> None:
    parents = {p.item: p.genome for p in state.elites}
    for made in emit_mutations(state, 20, np.random.default_rng(0)):
        parent = parents[made.genome.parents[0]]
        assert made.genome.path[:-1] == parent.path
        assert made.genome.path[-1].sigma == state.sigma
        assert (made.genome.prompt, made.genome.seed, made.genome.emitter) == (parent.prompt, parent.seed, "mutation")


def test_a_long_path_becomes_an_array_with_the_same_meaning(state: SearchState) -> None:
    path = tuple(Variation(seed=i, sigma=0.3) for i in range(LONGEST_PATH))
    parent = replace(state.elites[0], genome=Genome(prompt="p", seed=1, path=path))
    made = emit_mutations(replace(state, elites=(parent,), sigma=0.0), 1, np.random.default_rng(0))[0]
    assert made.latents is not None
    assert made.genome.path == ()
    np.testing.assert_allclose(made.latents, latents_of(parent.genome), rtol=1e-6)


def test_generators_without_latents_get_new_seeds(state: SearchState) -> None:
    bare = replace(state, latents_of=None)
    made = propose(bare, 40, np.random.default_rng(0))
    assert {p.emitter for p in made} == {"fresh", "mutation"}
    assert all(p.latents is None and p.genome.path == () for p in made)
    assert len(emit_targeted(bare, 3, np.random.default_rng(0))) == 3


def test_crossovers_keep_prompt_length_and_both_parents() -> None:
    state, _ = populated(60, prompts=("p", "q"))
    prompt = {p.item: p.genome.prompt for p in state.elites}
    for made in emit_crossovers(state, 30, np.random.default_rng(0)):
        first, second = made.genome.parents
        assert prompt[first] == prompt[second] == made.genome.prompt
        assert made.latents is not None
        assert made.latents.shape == SHAPE
        assert made.latents.var() == pytest.approx(1, abs=0.35)


def test_a_lone_elite_mutates_instead_of_crossing(state: SearchState) -> None:
    made = emit_crossovers(replace(state, elites=state.elites[:1]), 2, np.random.default_rng(0))
    assert [p.emitter for p in made] == ["mutation", "mutation"]


def hits(made: list[Proposal], state: SearchState, targets: list[int]) -> float:
    places = np.array([
        render(latents_of(p.genome) if p.latents is None else p.latents, p.genome.prompt) for p in made
    ])  # fmt: skip
    return float(np.mean(place(places, state.low, state.high, state.dims) == targets))


def test_aiming_hits_many_times_as_often_as_mutating_a_random_elite(state: SearchState) -> None:
    n = len(state.targets)
    aimed = emit_targeted(state, 2 * n, np.random.default_rng(1))
    assert [p.target for p in aimed] == list(state.targets) * 2
    blind = emit_mutations(state, 20 * n, np.random.default_rng(1))
    share, chance = hits(aimed, state, list(state.targets) * 2), hits(blind, state, list(state.targets) * 20)
    assert share >= 5 * chance
    assert share >= 0.2


def test_aimed_latents_stay_gaussian(state: SearchState) -> None:
    made = emit_targeted(state, 60, np.random.default_rng(1))
    lengths = np.array([np.linalg.norm(p.latents) for p in made if p.latents is not None])
    np.testing.assert_allclose(lengths, 16, rtol=0.01)
    assert np.mean([p.latents.var() for p in made if p.latents is not None]) == pytest.approx(1, abs=0.03)


def test_each_prompt_has_its_own_local_model() -> None:
    state, _ = populated(400, prompts=("p", "q"))
    made = emit_targeted(state, len(state.targets), np.random.default_rng(0))
    assert {p.genome.prompt for p in made} == {"p", "q"}
    assert hits(made, state, list(state.targets)) >= 0.15


def test_without_a_model_aiming_mutates_the_nearest_elite(state: SearchState) -> None:
    few = replace(state, elites=state.elites[:4], known=state.elites[:4], targets=state.targets[:3])
    made = emit_targeted(few, 3, np.random.default_rng(0))
    middles = centres(few.low, few.high, few.dims)
    for p in made:
        nearest = min(few.elites, key=lambda e: float(((e.place - middles[p.target]) ** 2).sum()))
        assert p.genome.parents == (nearest.item,)
        assert p.emitter == "targeted"
        assert p.latents is None


def test_shares_sum_to_one_and_respect_the_floor(state: SearchState) -> None:
    start, end = shares(replace(state, used=0.0)), shares(replace(state, used=1.0))
    assert start["fresh"] > end["fresh"]
    earned = {"targeted": (100, 90), "mutation": (100, 0), "crossover": (100, 0), "fresh": (100, 0)}
    rich = shares(replace(state, earned=earned))
    assert rich["targeted"] > start["targeted"]
    for found in (start, end, rich, shares(replace(state, picked=True))):
        assert sum(found.values()) == pytest.approx(1)
        assert min(found.values()) >= FLOOR * 0.8


def test_picked_targets_take_most_of_the_batch(state: SearchState) -> None:
    assert shares(replace(state, picked=True))["targeted"] > 0.6
    assert "targeted" not in shares(replace(state, targets=()))


@pytest.mark.parametrize("n", [0, 1, 7, 100])
def test_allotted_slots_add_up(n: int) -> None:
    assert sum(allot(n, {"x": 0.5, "y": 0.3, "z": 0.2}, np.random.default_rng(0)).values()) == n


def test_allotted_shares_hold_on_average() -> None:
    rng, parts = np.random.default_rng(0), {"x": 0.55, "y": 0.4, "z": 0.05}
    total = Counter[str]()
    for _ in range(4000):
        total.update(allot(3, parts, rng))
    for name, part in parts.items():
        assert total[name] / 12_000 == pytest.approx(part, abs=0.02)


def reached(state: SearchState, emit: Callable[..., list[Proposal]]) -> int:
    """Cells that 200 further items fill."""
    made = emit(state, 200, np.random.default_rng(3))
    places = np.array([render(latents_of(p.genome) if p.latents is None else p.latents) for p in made])
    cells = place(places, state.low, state.high, state.dims)
    return len(set(cells.tolist()) - {p.cell for p in state.elites})


def test_aiming_opens_more_new_cells_than_new_samples(state: SearchState) -> None:
    assert reached(state, emit_targeted) > 1.3 * reached(state, EMITTERS["fresh"])
