"""Emitters that aim at cells: steps from elites near by, and new samples conditioned on the wanted place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qdhf.search.archive import centres
from qdhf.search.emitters.base import Untaught, from_latents, mutated
from qdhf.search.latents import gaussian, spherical_step, to_shell
from qdhf.search.local import step_toward
from qdhf.search.predictor import LEAST, Predictor
from qdhf.search.proposals import Parent, Proposal, SearchState, draw_seed
from qdhf.types import FloatArray, Genome

NEAREST = 3  # elites that a targeted step may start from
NUDGE = 0.15  # share of sigma that is noise in a targeted step, so that two aims at a cell differ
STEPS = 2  # times that a targeted step is corrected by the prediction at the place reached
RIDGE = 1.0  # strength of the regression of latents on places, in items


class Targeted(Untaught):
    """From one of the elites nearest to a wanted cell, the step that a local linear model of places on latents says leads
    to the cell's middle, kept on the Gaussian shell. Where nothing can be predicted yet, a mutation of that elite.

    Conditioning variation on the wanted descriptor is DCG-MAP-Elites' idea (Faldor et al. 2023, arXiv 2303.03832); theirs
    trains a network, ours takes the slopes of the predictor, a kernel ridge regression in its dual form.
    """

    name = "targeted"

    def ready(self, state: SearchState) -> bool:
        return bool(state.targets and state.elites) and state.latents_of is not None

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        middles, count = centres(state.low, state.high, state.dims), len(state.targets)
        return [self._aimed(state, state.targets[i % count], middles, i < count, rng) for i in range(n)]

    def _aimed(
        self, state: SearchState, cell: int, middles: FloatArray, first: bool, rng: np.random.Generator
    ) -> Proposal:
        away = (((state.places - middles[cell]) / state.cell_width) ** 2).sum(axis=1)
        near = np.argsort(away, kind="stable")[:NEAREST]
        parent = state.elites[int(near[0] if first else rng.choice(near))]
        predictor = state.predictor
        if predictor is None:
            return mutated(state, parent, rng, name=self.name, target=cell)
        child = stepped(state, parent, middles[cell], predictor, rng)
        return from_latents(parent.genome, child, name=self.name, target=cell, parents=(parent.item,))


def stepped(
    state: SearchState, parent: Parent, goal: FloatArray, predictor: Predictor, rng: np.random.Generator
) -> FloatArray:
    """Latents near those of ``parent`` whose place should be ``goal`` (k,), no farther than sigma allows."""
    start, prompt, k = state.latents(parent.genome), parent.genome.prompt, len(goal)
    flat = start.ravel().astype(np.float64)
    unexplained = parent.place - predictor.means(flat[None], [prompt])[0, :k]  # stays with the neighbourhood
    nudged = spherical_step(start, NUDGE * state.sigma, gaussian(start.shape, rng))
    z: FloatArray = np.asarray(nudged.ravel(), np.float64)
    trust = max(1.0, state.sigma * np.sqrt(z.size)) / STEPS
    for _ in range(STEPS):
        shift = goal - unexplained - predictor.means(z[None], [prompt])[0, :k]
        z = step_toward(z, shift, predictor.slopes(z, prompt)[:k], trust=trust)
    length = float(np.linalg.norm(z)) / np.sqrt(z.size)
    return np.asarray(z if 0.9 < length < 1.1 else to_shell(z)).reshape(start.shape)


class Conditioned:
    """New samples conditioned on the wanted place: latents are regressed on places, prompt by prompt, and what the
    regression leaves open is Gaussian noise. The "distilled" proposer of DCG-MAP-Elites-AI, as a ridge regression."""

    name = "conditioned"

    def __init__(self) -> None:
        self._groups: list[_Group] = []

    def ready(self, state: SearchState) -> bool:
        return bool(state.targets) and state.latents_of is not None and len(state.known) >= LEAST

    def tell(self, state: SearchState) -> None:
        if state.latents_of is not None:
            self._groups = _groups(state)

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        middles = centres(state.low, state.high, state.dims)
        cells = [state.targets[i % len(state.targets)] for i in range(n)]
        return [self._sampled(state, cell, middles[cell], rng) for cell in cells]

    def _sampled(self, state: SearchState, cell: int, goal: FloatArray, rng: np.random.Generator) -> Proposal:
        density = np.array([group.density(goal) for group in self._groups])
        chance = np.exp(0.5 * (density - density.max()))  # half the logarithm: not always the likeliest prompt
        group = self._groups[int(rng.choice(len(chance), p=chance / chance.sum()))]
        said = expected_latents(group.latents, group.places, goal)
        most = state.sigma * np.sqrt(said.size)
        said = said * min(1.0, most / max(float(np.linalg.norm(said)), 1e-12))
        rest = np.sqrt(1 - float((said**2).mean()))
        child = to_shell(said.reshape(group.shape) + rest * gaussian(group.shape, rng))
        genome = replace(group.genome, seed=draw_seed(rng))
        return from_latents(genome, child, name=self.name, target=cell, parents=())


@dataclass(frozen=True, kw_only=True)
class _Group:
    """The items of one prompt: ``genome`` of the newest, latents (n, D) float32 that have its ``shape``, places (n, k)."""

    genome: Genome
    shape: tuple[int, ...]
    latents: FloatArray
    places: FloatArray

    def density(self, goal: FloatArray) -> float:
        """Logarithm, up to a constant, of the density at ``goal`` of a normal law through the places."""
        width = self.places.std(axis=0) + 0.5 * self.places.std() / len(self.places) + 1e-3
        return -0.5 * float((((goal - self.places.mean(axis=0)) / width) ** 2).sum()) - float(np.log(width).sum())


def _groups(state: SearchState) -> list[_Group]:
    by_prompt: dict[str, list[Parent]] = {}
    for p in state.known:
        by_prompt.setdefault(p.genome.prompt, []).append(p)
    groups = []
    for items in by_prompt.values():
        latents = [state.latents(p.genome) for p in items]
        shape = latents[-1].shape
        rows = [i for i, z in enumerate(latents) if z.shape == shape]
        groups.append(
            _Group(
                genome=items[-1].genome, shape=shape, latents=np.stack([latents[i].ravel() for i in rows]),
                places=np.stack([items[i].place for i in rows]),
            )
        )  # fmt: skip
    return groups


def expected_latents(latents: FloatArray, places: FloatArray, goal: FloatArray) -> FloatArray:
    """(D,) ridge regression of (n, D) N(0, I) ``latents`` on (n, k) ``places``, at ``goal`` (k,): what latents that lead
    there have in common; 0 at the places' mean."""
    centred = places - places.mean(axis=0)
    inner = centred.T @ centred + RIDGE * np.diag(centred.var(axis=0) + 1e-9)
    weights = centred @ np.linalg.solve(inner, goal - places.mean(axis=0))  # (n,)
    return np.asarray(weights.astype(np.float32) @ latents, np.float64)
