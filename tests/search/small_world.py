"""A small world for the search: 256 latents, a bent map from latents to places, prompts that move it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.search.archive import ArchiveView, place, view_of
from qdhf.search.grammar import Grammar
from qdhf.search.latents import spherical_step
from qdhf.search.proposals import Proposal, SearchState, fresh, search_state
from qdhf.search.targets import frontier
from qdhf.types import FloatArray, Genome, StudyMatrix

SHAPE = (4, 8, 8)
MIX = np.random.default_rng(7).normal(size=(3, 256)) / 16


def noise(seed: int) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(SHAPE, dtype=np.float32)


def latents_of(genome: Genome) -> FloatArray:
    z = noise(genome.seed)
    for step in genome.path:
        z = spherical_step(z, step.sigma, noise(step.seed))
    return z


def render(z: FloatArray, prompt: str = "p") -> FloatArray:
    """A bent map from latents to places: N(0, 1) along each axis, moved by the prompt."""
    flat = MIX[:2] @ z.ravel().astype(np.float64)
    return flat + 0.15 * np.sin(2 * flat[::-1]) + (0.5 if "q" in prompt else 0.0)


def quality_of(z: FloatArray) -> float:
    """In (0, 1): another direction of the latents."""
    return float(1 / (1 + np.exp(-MIX[2] @ z.ravel())))


def latents(p: Proposal) -> FloatArray:
    return latents_of(p.genome) if p.latents is None else p.latents


def matrix_of(genomes: list[Genome]) -> StudyMatrix:
    n = len(genomes)
    made = [latents_of(g) for g in genomes]
    places = np.array([render(z, g.prompt) for z, g in zip(made, genomes, strict=True)]).reshape(n, 2)
    return StudyMatrix(
        ids=tuple(f"i{i:04d}" for i in range(n)), positions=np.arange(n), features=places.astype(np.float32),
        quality=np.array([quality_of(z) for z in made], np.float32),
    )  # fmt: skip


def populated(
    n: int = 300, prompts: tuple[str, ...] = ("p",), dims: tuple[int, int] = (20, 20), *, learned: bool = True
) -> tuple[SearchState, ArchiveView]:
    """A map of ``n`` new samples, and what the search sees of it. Every frontier cell is a target."""
    rng, grammar = np.random.default_rng(0), Grammar(prompts)
    genomes = [fresh(grammar.draw(i, rng), rng) for i in range(n)]
    matrix = matrix_of(genomes)
    view = view_of(np.asarray(matrix.features, np.float64), matrix.quality, np.full(2, -4.0), np.full(2, 4.0), dims)
    known = dict(zip(matrix.ids, genomes, strict=True))
    targets = tuple(frontier(view).tolist())
    return search_state(
        view, matrix, known, prompts=prompts, latents_of=latents_of, targets=targets, learned=learned
    ), view  # fmt: skip


def cells_of(made: list[Proposal], state: SearchState) -> FloatArray:
    """(n,) flat cell that each proposal lands in."""
    places = np.array([render(latents(p), p.genome.prompt) for p in made])
    return place(places, state.low, state.high, state.dims)


def hits(made: list[Proposal], state: SearchState) -> float:
    """Share of proposals that land in the cell that they are aimed at."""
    return float(np.mean(cells_of(made, state) == [p.target for p in made]))


def without_latents(state: SearchState) -> SearchState:
    return replace(state, latents_of=None)
