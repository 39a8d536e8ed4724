"""Crossover between elites that complement each other."""

from __future__ import annotations

import numpy as np

from qdhf.search.emitters.base import Untaught, from_latents, mutated
from qdhf.search.latents import slerp
from qdhf.search.proposals import Parent, Proposal, SearchState
from qdhf.types import FloatArray

CRITERIA = 150  # cells, and elites, that strengths are compared over, at most
REACH = 2.0  # cells over which an elite's strength fades (standard deviation)


def strengths(state: SearchState, elites: list[Parent], cells: FloatArray) -> FloatArray:
    """(elites, cells) how strong each elite is in each cell, in [0, 1]: its rank in quality, fading with the distance
    between its place and the cell's; ``cells``: (m, k) places of their middles."""
    places = np.stack([p.place for p in elites])
    away = ((places[:, None] - cells[None]) / state.cell_width) ** 2  # (elites, cells, k)
    quality = np.array([p.quality for p in elites])
    rank = (np.searchsorted(np.sort(quality), quality) + 1) / len(quality)
    return np.asarray(rank[:, None] * np.exp(-away.sum(axis=2) / (2 * REACH**2)))


def niche_fitness(strength: FloatArray) -> FloatArray:
    """(elites,) what each takes of what there is in every cell, Σ_j s_ij / z_j with z_j = Σ_i s_ij (Abrantes et al. 2025,
    M2N2, arXiv 2508.16204, resource competition with α = 1): the strong and the lone get most."""
    return np.asarray((strength / np.maximum(strength.sum(axis=0), 1e-12)).sum(axis=1))


def attraction(strength: FloatArray, first: int) -> FloatArray:
    """(elites,) how much each has that ``first`` lacks, Σ_j max(0, s_Bj / z_j − s_Aj / z_j) (M2N2's attraction, α = 1)."""
    share = strength / np.maximum(strength.sum(axis=0), 1e-12)
    return np.asarray(np.maximum(share - share[first], 0).sum(axis=1))


class Crossover(Untaught):
    """Points on the arc between two elites' latents. The first parent is drawn by what it takes of the cells' worth, the
    second, of the same prompt where there is one, by how strong it is where the first is weak."""

    name = "crossover"

    def ready(self, state: SearchState) -> bool:
        return state.latents_of is not None and len(state.elites) > 1

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        elites = list(state.elites)
        if len(elites) > CRITERIA:
            elites = [elites[i] for i in np.sort(rng.choice(len(elites), CRITERIA, replace=False))]
        strength = strengths(state, elites, np.stack([p.place for p in elites]))
        fitness = niche_fitness(strength)
        firsts = rng.choice(len(elites), n, p=fitness / fitness.sum())
        return [self._crossed(state, elites, strength, int(first), rng) for first in firsts]

    def _crossed(
        self, state: SearchState, elites: list[Parent], strength: FloatArray, first: int, rng: np.random.Generator
    ) -> Proposal:
        one = elites[first]
        same = np.array([p.genome.prompt == one.genome.prompt and p is not one for p in elites])
        mates = same if same.any() else np.array([p is not one for p in elites])
        weights = np.where(mates, attraction(strength, first), 0)
        weights = weights if weights.sum() > 0 else mates.astype(float)  # all alike: evenly
        two = elites[int(rng.choice(len(elites), p=weights / weights.sum()))]
        z1, z2 = state.latents(one.genome), state.latents(two.genome)
        if z1.shape != z2.shape:  # pictures of two sizes have no arc between them
            return mutated(state, one, rng, name=self.name)
        child = slerp(z1, z2, float(rng.uniform(0.1, 0.6)))
        return from_latents(one.genome, child, name=self.name, parents=(one.item, two.item))
