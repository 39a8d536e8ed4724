"""Emitters: ways to make new genomes, behind one protocol (:class:`~qdhf.search.emitters.base.Emitter`).

What each brings (``python -m benchmarks.search``; cells opened a picture on the planted world with 300 pictures, on the shipped
pipeline with 120; leaving one out of 120 pictures on the planted world, two seeds, 67 cells with all):

=========== ======= ======= ===========================================================================================
targeted    .70     .19     nearly all exact hits: without it 4 % land in the wanted cell instead of 32 %
mutation    .31     .25     small steps that work everywhere, the best on the shipped pipeline; 66 cells without it
crossover   .26     .18     what lies between elites; 65 cells without it
prompt      .26     .10     what a word does; 71 cells without it, so no gain there
subspace    .22     .16     several elites' differences at once; 64 cells without it, and 18 % exact hits
conditioned .20     .14     a new sample for a place; 68 cells without it. Where a person picked a cell far from all elites
fresh       .18     .18     what no parent has; 74 cells without it. Kept for what the other emitters cannot know
novelty     –       .14     before axes are learned
=========== ======= ======= ===========================================================================================

With two seeds five cells more or less are chance. Without screening 57 cells are filled, and 11 % of the aims hit exactly.
"""

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
