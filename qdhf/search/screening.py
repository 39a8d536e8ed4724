"""Screening: several candidates per picture, and only the most promising are rendered.

Each candidate's place and quality are predicted from its latents and prompt; what counts is how much the map is expected to
gain. Ferret (Pala et al. 2024, arXiv 2408.10701) does so for texts, with a reward model; here the predictor costs
milliseconds and says how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from qdhf.search.predictor import Predictor
from qdhf.search.proposals import Proposal, SearchState
from qdhf.types import FloatArray, Screened

AIMED = 1.0  # what hitting the cell aimed at is worth besides, in new cells
CERTAIN = 1e-9  # doubt about a quality below which there is none
PICKED = 3.0  # the same where a person picked it


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Candidates of one emitter, of which ``slots`` are to be rendered."""

    candidates: Sequence[Proposal]
    slots: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What is predicted of c candidates. ``mass`` (c, cells): chance to land in each cell; ``worth`` (c, cells): what
    landing there is worth, in new cells; ``chance`` (c,): of filling an empty cell or bettering an elite."""

    mass: FloatArray
    worth: FloatArray
    chance: FloatArray


def masses(state: SearchState, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """(c, cells) chances that normal places with these (c, k) means and standard deviations fall into each cell; what lies
    outside the map falls into the edge."""
    found = np.ones((len(mean), 1))
    for axis, cells in enumerate(state.dims):
        edges = np.linspace(state.low[axis], state.high[axis], cells + 1)[1:-1]
        below = ndtr((edges - mean[:, axis, None]) / spread[:, axis, None])  # (c, cells − 1)
        along = np.diff(below, axis=1, prepend=0.0, append=1.0)
        found = (found[:, :, None] * along[:, None, :]).reshape(len(mean), -1)
    return found


def forecast(state: SearchState, candidates: Sequence[Proposal], predictor: Predictor) -> Forecast:
    """What ``predictor`` says of ``candidates``.

    An empty cell is worth 1, and up to 1 more by how good the item is among today's elites; a filled one the expected
    improvement (Jones et al. 1998, eq. 15) in units of the range of the elites' quality.
    """
    latents = [state.latents(c.genome) if c.latents is None else c.latents for c in candidates]
    means, spreads = predictor(np.stack([z.ravel() for z in latents]), [c.genome.prompt for c in candidates])
    k = len(state.dims)
    mass, empty = masses(state, means[:, :k], spreads[:, :k]), np.isnan(state.held)
    held = state.held[~empty]
    base, unit = (float(held.min()), float(np.ptp(held)) or 1.0) if len(held) else (0.0, 1.0)
    quality, doubt = means[:, k], spreads[:, k]
    over = quality[:, None] - np.where(empty, 0, state.held)  # (c, cells)
    gap = over / np.maximum(doubt[:, None], CERTAIN)
    gap[(doubt[:, None] < CERTAIN) & (over <= 0)] = -np.inf  # all items are equally good: none betters another
    better = (over * ndtr(gap) + doubt[:, None] * np.exp(-(gap**2) / 2) / np.sqrt(2 * np.pi)) / unit
    new = 1 + np.clip((quality - base) / unit, 0, 1)
    return Forecast(
        mass=mass, worth=np.where(empty, new[:, None], better),
        chance=(mass * np.where(empty, 1.0, ndtr(gap))).sum(axis=1),
    )  # fmt: skip


def screen(state: SearchState, pools: Sequence[Pool], predictor: Predictor) -> tuple[list[Proposal], Screened]:
    """The most promising candidates of each pool, and what was expected of them.

    They are taken one by one; what each is likely to fill counts less for those after it, so that a batch does not crowd
    into one cell. A candidate aimed at a cell gains by its chance to hit it, too.
    """
    left = np.ones(len(state.held))  # (cells,) how much of each cell's worth is not taken yet
    chosen: list[Proposal] = []
    promised = average = 0.0
    for pool in pools:
        seen = forecast(state, pool.candidates, predictor)
        average += pool.slots * float(seen.chance.mean())
        for row in _best(seen, pool, left, PICKED if state.picked else AIMED):
            promised += float(seen.chance[row])
            chosen.append(pool.candidates[row])
    candidates = sum(len(pool.candidates) for pool in pools)
    return chosen, Screened(candidates=candidates, rendered=len(chosen), promised=promised, average=average)


def _best(seen: Forecast, pool: Pool, left: FloatArray, bonus: float) -> list[int]:
    """Rows of the candidates to render, most promising first. Takes what they are likely to fill from ``left``."""
    rows: list[int] = []
    aims = np.array([0 if c.target is None else c.target for c in pool.candidates])
    aimed = np.array([c.target is not None for c in pool.candidates])
    hit = aimed * bonus * seen.mass[np.arange(len(aims)), aims]
    for _ in range(pool.slots):
        gain = (seen.mass * seen.worth) @ left + hit * left[aims]
        gain[rows] = -np.inf
        rows.append(int(gain.argmax()))
        left *= 1 - seen.mass[rows[-1]]
    return rows
