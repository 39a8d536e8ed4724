"""A batch: emitters that are ready share it, candidates are screened, the rest is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdhf.descriptors.blas import one_thread
from qdhf.search.emitters import EMITTERS, Emitter
from qdhf.search.proposals import Proposal, SearchState
from qdhf.search.screening import Pool, screen
from qdhf.search.sharing import AIMING, allot, shares
from qdhf.types import Screened

UNSCREENED = ("fresh",)  # new samples keep the predictor honest: they go where it would not look


@dataclass(frozen=True, kw_only=True)
class Batch:
    """``proposals`` to render; the ``shares`` of the emitters (summing to 1); what screening expected, where it took part."""

    proposals: list[Proposal]
    shares: dict[str, float]
    screened: Screened | None = None


def ready(state: SearchState, without: frozenset[str] = frozenset()) -> list[Emitter]:
    """New emitters, told what is known, that have something to try; new samples alone while the map holds no elite."""
    made = [make() for name, make in EMITTERS.items() if name not in without]
    able = [e for e in made if e.ready(state) and (state.elites or e.name == "fresh")]
    for emitter in able:
        emitter.tell(state)
    return able


def propose(
    state: SearchState,
    n: int,
    rng: np.random.Generator,
    *,
    candidates: int = 1,
    without: frozenset[str] = frozenset(),
) -> Batch:
    """``n`` proposals. Deterministic given ``rng``.

    ``candidates`` per picture are screened where predictions can be made; 1 renders what emitters ask for, unseen.
    ``without``: names of emitters to leave out.
    """
    with one_thread():
        return _proposed(state, n, rng, candidates, without)


def _proposed(state: SearchState, n: int, rng: np.random.Generator, candidates: int, without: frozenset[str]) -> Batch:
    emitters = ready(state, without)
    parts = shares(state.known, [e.name for e in emitters], picked=state.picked)
    counts = allot(n, parts, rng)
    predictor = state.predictor if candidates > 1 and state.elites else None
    proposals: list[Proposal] = []
    pools: list[Pool] = []
    for emitter in emitters:
        slots = counts[emitter.name]
        if predictor is None or emitter.name in UNSCREENED:
            proposals += emitter.ask(state, slots, rng) if slots else []
        elif state.picked and emitter.name in AIMING:  # a slot for each cell, however hard it is to reach
            pools += [_pool(emitter, state.aiming_at(i), 1, candidates, rng) for i in range(slots)]
        elif slots:
            pools.append(_pool(emitter, state, slots, candidates, rng))
    if predictor is None or not pools:
        return Batch(proposals=proposals, shares=parts)
    chosen, screened = screen(state, pools, predictor)
    return Batch(proposals=proposals + chosen, shares=parts, screened=screened)


def _pool(emitter: Emitter, state: SearchState, slots: int, candidates: int, rng: np.random.Generator) -> Pool:
    return Pool(candidates=emitter.ask(state, slots * candidates, rng), slots=slots)
