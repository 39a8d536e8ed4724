"""Emitters: ways to make new genomes, behind one protocol (:class:`~qdhf.search.emitters.base.Emitter`)."""

from __future__ import annotations

from collections.abc import Callable

from qdhf.search.emitters.aiming import Conditioned, Targeted
from qdhf.search.emitters.base import Emitter
from qdhf.search.emitters.crossover import Crossover
from qdhf.search.emitters.prompts import PromptSlots
from qdhf.search.emitters.sampling import Fresh, Mutation, Novelty
from qdhf.search.emitters.subspace import Subspace

__all__ = ["EMITTERS", "Emitter"]

EMITTERS: dict[str, Callable[[], Emitter]] = {
    "fresh": Fresh,
    "mutation": Mutation,
    "crossover": Crossover,
    "targeted": Targeted,
    "conditioned": Conditioned,
    "novelty": Novelty,
    "prompt": PromptSlots,
    "subspace": Subspace,
}
