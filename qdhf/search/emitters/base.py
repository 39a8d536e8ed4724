"""What every emitter does, and the step that most of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from qdhf.search.latents import gaussian, spherical_step
from qdhf.search.proposals import Parent, Proposal, SearchState, draw_seed
from qdhf.types import FloatArray, Genome, Variation

LONGEST_PATH = 16  # variation steps after which latents are kept as an array, to bound the work of remaking them


class Emitter(Protocol):
    """A way to make new genomes. One is made for each batch, told what came of the items so far, then asked: it holds
    nothing that could not be told again, so a run that was killed goes on exactly where it stood."""

    name: str

    def ready(self, state: SearchState) -> bool:
        """Whether it has anything of its own to try in this state."""

    def tell(self, state: SearchState) -> None:
        """Learn from what became of ``state.known``, whoever made it. Called once, before the first ask."""

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        """``n`` proposals from a state that it is ready for."""


class Untaught:
    """An emitter that learns nothing from what came of its items."""

    def tell(self, state: SearchState) -> None:
        return


def drawn(parents: Sequence[Parent], n: int, rng: np.random.Generator) -> list[Parent]:
    """``n`` of ``parents``, evenly and with replacement."""
    return [parents[i] for i in rng.integers(0, len(parents), n)]


def mutated(
    state: SearchState,
    parent: Parent,
    rng: np.random.Generator,
    *,
    name: str,
    sigma: float | None = None,
    target: int | None = None,
) -> Proposal:
    """A spherical step of size ``sigma`` (the state's where None) from ``parent``; what such a step is to a generator without
    latents is its own business. ``name``: the emitter that it counts for."""
    seed, sigma = draw_seed(rng), state.sigma if sigma is None else sigma
    genome = replace(parent.genome, parents=(parent.item,), emitter=name, steering=None)  # the pull was the parent's
    if len(genome.path) < LONGEST_PATH:
        genome = replace(genome, path=(*genome.path, Variation(seed=seed, sigma=sigma)))
        return Proposal(genome=genome, emitter=name, target=target)
    if state.latents_of is None:  # nothing that could be kept in the steps' place
        return Proposal(genome=replace(genome, seed=seed, path=()), emitter=name, target=target)
    z = state.latents(parent.genome)
    child = spherical_step(z, sigma, gaussian(z.shape, np.random.default_rng(seed)))
    return from_latents(genome, child, name=name, target=target)


def from_latents(
    genome: Genome, latents: FloatArray, *, name: str, target: int | None = None, parents: tuple[str, ...] | None = None
) -> Proposal:
    """``genome`` with initial latents that come as an array instead of from its seed and path."""
    stored = replace(genome, path=(), latents=None, emitter=name, steering=None)
    if parents is not None:
        stored = replace(stored, parents=parents)
    return Proposal(genome=stored, emitter=name, latents=latents.astype(np.float32), target=target)
