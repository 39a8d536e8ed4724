"""Emitters: ways to make new genomes from elites. New samples are in ``proposals``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qdhf.search.archive import centres
from qdhf.search.latents import gaussian, slerp, spherical_step, to_shell
from qdhf.search.local import LocalModel, fit_local, step_toward
from qdhf.search.proposals import Emitter, Parent, Proposal, SearchState, draw_seed, emit_fresh
from qdhf.types import FloatArray, Genome, Variation

LONGEST_PATH = 16  # variation steps after which latents are kept as an array, to bound the work of remaking them
MODEL_ITEMS = 400  # that a local model is fitted to
NEAREST = 3  # elites that a targeted step may start from
LEAST_EXPLAINED = 0.02  # leave-one-out R² under which a local model is not believed
NUDGE = 0.15  # σ of the noise on a targeted step, so that two aims at a cell differ


def emit_mutations(state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
    """Spherical steps from elites drawn evenly; for generators without latents, another seed of an elite's prompt."""
    return [_mutated(state, state.elites[i], rng) for i in rng.integers(0, len(state.elites), n)]


def _mutated(state: SearchState, parent: Parent, rng: np.random.Generator, target: int | None = None) -> Proposal:
    seed = draw_seed(rng)
    genome = replace(parent.genome, parents=(parent.item,), emitter="mutation" if target is None else "targeted")
    if state.latents_of is None:
        genome = replace(genome, seed=seed)
        return Proposal(genome=genome, emitter=genome.emitter, target=target)
    if len(genome.path) >= LONGEST_PATH:
        z = state.latents_of(parent.genome)
        child = spherical_step(z, state.sigma, gaussian(z.shape, np.random.default_rng(seed)))
        return Proposal(genome=_stored(genome), emitter=genome.emitter, latents=child, target=target)
    genome = replace(genome, path=(*genome.path, Variation(seed=seed, sigma=state.sigma)))
    return Proposal(genome=genome, emitter=genome.emitter, target=target)


def _stored(genome: Genome) -> Genome:
    """``genome`` as one whose latents come as an array."""
    return replace(genome, path=(), latents=None)


def emit_crossovers(state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
    """Points on the arc between two elites' latents, of one prompt where there are two such; else mutations."""
    return [_crossed(state, state.elites[i], rng) for i in rng.integers(0, len(state.elites), n)]


def _crossed(state: SearchState, first: Parent, rng: np.random.Generator) -> Proposal:
    others = [p for p in state.elites if p is not first and p.genome.prompt == first.genome.prompt]
    others = others or [p for p in state.elites if p is not first]
    if not others or state.latents_of is None:
        return _mutated(state, first, rng)
    second = others[int(rng.integers(len(others)))]
    child = slerp(state.latents_of(first.genome), state.latents_of(second.genome), float(rng.uniform(0.25, 0.75)))
    genome = replace(_stored(first.genome), parents=(first.item, second.item), emitter="crossover")
    return Proposal(genome=genome, emitter="crossover", latents=child)


def emit_targeted(state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
    """For each target cell in turn: from one of the elites nearest on the map, the step that a local linear model says
    leads to the cell's middle. Where no model can be trusted yet, a mutation of that elite."""
    if not state.targets or state.latents_of is None or not state.elites:
        return emit_mutations(state, n, rng) if state.elites else []
    middles, model_of = centres(state.low, state.high, state.dims), _models(state)
    places = np.stack([p.place for p in state.elites])
    width = (np.asarray(state.high, np.float64) - state.low) / np.asarray(state.dims)
    made = []
    for i in range(n):
        cell = state.targets[i % len(state.targets)]
        near = np.argsort((((places - middles[cell]) / width) ** 2).sum(axis=1), kind="stable")[:NEAREST]
        parent = state.elites[int(near[0] if i < len(state.targets) else rng.choice(near))]
        model = model_of(parent)
        if model is None or model.explained < LEAST_EXPLAINED:
            made.append(_mutated(state, parent, rng, target=cell))
        else:
            made.append(_aimed(state, parent, cell, middles[cell] - parent.place, model, rng))
    return made


def _aimed(
    state: SearchState, parent: Parent, cell: int, shift: FloatArray, model: LocalModel, rng: np.random.Generator
) -> Proposal:
    assert state.latents_of is not None
    z = state.latents_of(parent.genome)
    nudged = spherical_step(z, NUDGE * state.sigma, gaussian(z.shape, rng)).ravel().astype(np.float64)
    shift = shift - model.slopes @ (nudged - z.ravel())
    moved = step_toward(nudged, shift, model, trust=max(1.0, state.sigma * np.sqrt(z.size)))
    length = float(np.linalg.norm(moved)) / np.sqrt(z.size)
    child = (moved if 0.5 < length < 2 else to_shell(moved)).reshape(z.shape).astype(np.float32)
    genome = replace(_stored(parent.genome), parents=(parent.item,), emitter="targeted")
    return Proposal(genome=genome, emitter="targeted", latents=child, target=cell)


def _models(state: SearchState) -> Callable[[Parent], LocalModel | None]:
    """Local models by starting elite, each fitted once, to the items of its prompt that lie nearest on the map."""
    known = state.known or state.elites
    models: dict[str, LocalModel | None] = {}
    latents: dict[str, FloatArray] = {}

    def of(p: Parent) -> FloatArray:
        assert state.latents_of is not None
        if p.item not in latents:
            latents[p.item] = state.latents_of(p.genome).ravel()
        return latents[p.item]

    def model(parent: Parent) -> LocalModel | None:
        alike = [p for p in known if p.genome.prompt == parent.genome.prompt]
        key = parent.item if len(alike) > MODEL_ITEMS else parent.genome.prompt
        if key not in models:
            alike = sorted(alike, key=lambda p: float(((p.place - parent.place) ** 2).sum()))[:MODEL_ITEMS]
            models[key] = fit_local(np.stack([of(p) for p in alike]), np.stack([p.place for p in alike]))
        return models[key]

    return model


EMITTERS: dict[str, Emitter] = {
    "fresh": emit_fresh,
    "mutation": emit_mutations,
    "crossover": emit_crossovers,
    "targeted": emit_targeted,
}
