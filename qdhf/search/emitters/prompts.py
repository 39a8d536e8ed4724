"""Changing one slot of an elite's prompt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.search.emitters.base import Untaught, drawn, mutated
from qdhf.search.proposals import Parent, Proposal, SearchState
from qdhf.types import Genome


def made_from(genome: Genome) -> tuple[object, ...]:
    """What makes the picture: two genomes with the same give the same picture."""
    return genome.prompt, genome.latents or genome.seed, genome.path


class PromptSlots(Untaught):
    """An elite's latents under a prompt that differs in one slot: what changes in the picture is what the word does. Where
    that picture was made already, with a small spherical step besides."""

    name = "prompt"

    def ready(self, state: SearchState) -> bool:
        return bool(state.grammar) and any(map(state.grammar.changes, {p.genome.prompt for p in state.elites}))

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        options = {prompt: state.grammar.changes(prompt) for prompt in {p.genome.prompt for p in state.elites}}
        able = [p for p in state.elites if options[p.genome.prompt]]
        seen = {made_from(p.genome) for p in state.known}
        return [self._changed(state, p, options[p.genome.prompt], seen, rng) for p in drawn(able, n, rng)]

    def _changed(
        self,
        state: SearchState,
        parent: Parent,
        options: tuple[str, ...],
        seen: set[tuple[object, ...]],
        rng: np.random.Generator,
    ) -> Proposal:
        genome = replace(
            parent.genome, prompt=options[int(rng.integers(len(options)))], parents=(parent.item,), emitter=self.name,
            steering=None,
        )  # fmt: skip
        if made_from(genome) in seen:
            return mutated(state, replace(parent, genome=genome), rng, name=self.name, sigma=state.sigma / 2)
        seen.add(made_from(genome))
        return Proposal(genome=genome, emitter=self.name)
