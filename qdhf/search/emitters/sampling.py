"""New samples, and steps from what is there: mutation, and novelty where no axes were learned yet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qdhf.search.emitters.base import Untaught, drawn, mutated
from qdhf.search.grammar import Grammar
from qdhf.search.proposals import Parent, Proposal, SearchState, fresh
from qdhf.types import FloatArray, Genome, Item

LEVELS = (0.5, 1.0, 1.6)  # strengths that mutation chooses between, as multiples of the wanted one


class Fresh(Untaught):
    """New samples, prompts in turn from a random first one. They bring in what no parent has."""

    name = "fresh"

    def ready(self, state: SearchState) -> bool:
        return True

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        count = len(state.grammar.templates)
        order = (np.arange(n) + rng.integers(count)) % count
        return [Proposal(genome=fresh(state.grammar.draw(int(i), rng), rng), emitter=self.name) for i in order]


class Mutation:
    """Spherical steps from elites drawn evenly. Strengths that filled or bettered a cell more often are used more often."""

    name = "mutation"

    def __init__(self) -> None:
        self._steps: list[tuple[float, bool]] = []  # (strength, whether it gained anything)

    def ready(self, state: SearchState) -> bool:
        return bool(state.elites)

    def tell(self, state: SearchState) -> None:
        own = [p for p in state.known if p.genome.emitter == self.name and p.genome.path]
        self._steps = [(p.genome.path[-1].sigma, p.opened or p.bettered) for p in own]

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        levels = np.minimum(np.array(LEVELS) * state.sigma, 1.0)
        won, tried = np.ones(len(levels)), np.full(len(levels), 2.0)
        for sigma, gained in self._steps:
            nearest = int(np.abs(levels - sigma).argmin())
            won[nearest], tried[nearest] = won[nearest] + gained, tried[nearest] + 1
        rate = won / tried
        chosen = rng.choice(levels, n, p=rate / rate.sum())
        parents = drawn(state.elites, n, rng)
        return [mutated(state, p, rng, name=self.name, sigma=float(s)) for p, s in zip(parents, chosen, strict=True)]


def around(
    item: Item,
    n: int,
    rng: np.random.Generator,
    *,
    sigma: float,
    latents_of: Callable[[Genome], FloatArray] | None,
) -> list[Proposal]:
    """``n`` spherical steps from one item, which must have a genome, some smaller than ``sigma``, some larger."""
    assert item.genome is not None
    parent = Parent(item=item.id, genome=item.genome, place=np.zeros(0), cell=0, quality=0.0)
    alone = SearchState(
        grammar=Grammar([item.genome.prompt]), dims=(), low=np.zeros(0), high=np.zeros(0), elites=(parent,),
        latents_of=latents_of, sigma=sigma,
    )  # fmt: skip
    return Mutation().ask(alone, n, rng)


class Novelty(Untaught):
    """Spherical steps from the most unusual items, for maps whose axes nobody taught yet: what is new is looked for in the
    features themselves. Lehman & Stanley 2011; parents are drawn in proportion to their squared novelty."""

    name = "novelty"

    def ready(self, state: SearchState) -> bool:
        return not state.learned and any(p.novelty > 0 for p in state.known)

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        weights = np.array([p.novelty for p in state.known]) ** 2
        parents = rng.choice(len(weights), n, p=weights / weights.sum())
        return [mutated(state, state.known[i], rng, name=self.name) for i in parents]
