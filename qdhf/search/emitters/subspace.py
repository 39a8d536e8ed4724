"""pyribs' own emitters, in a low-dimensional sub-space of the latents: the one that a few elites span.

In thousands of dimensions pyribs' emitters see too little of each to work; in the span of a dozen elites that lie far apart
on the map they vary what those differ in. Solutions are an elite's coordinates in an orthonormal basis of that span.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qdhf.search.emitters.base import Untaught, from_latents
from qdhf.search.latents import gaussian, spherical_step, to_shell
from qdhf.search.proposals import Parent, Proposal, SearchState, draw_seed
from qdhf.types import FloatArray

DIMENSIONS = 12  # elites that span the sub-space
LEAST = 3
LINE, ISO = 0.5, 0.1  # of IsoLineEmitter, in units of the elites' length
OUTSIDE = 0.25  # share of sigma that is noise outside the sub-space


def spread(places: FloatArray, n: int, first: int) -> list[int]:
    """``n`` rows of (m, k) ``places``, each the one farthest from those before (Gonzalez 1985), from ``first`` on."""
    chosen, away = [first], np.linalg.norm(places - places[first], axis=1)
    while len(chosen) < min(n, len(places)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(places - places[chosen[-1]], axis=1))
    return chosen


class Subspace(Untaught):
    """pyribs' IsoLineEmitter and GaussianEmitter (Vassiliades & Mouret 2018; Mouret & Clune 2015) on an archive of up to
    ``DIMENSIONS`` elites of one prompt, half of the proposals each."""

    name = "subspace"

    def ready(self, state: SearchState) -> bool:
        return state.latents_of is not None and bool(self._groups(state))

    @staticmethod
    def _groups(state: SearchState) -> list[list[Parent]]:
        """Elites by prompt, where there are enough of one to span something."""
        groups: dict[str, list[Parent]] = {}
        for p in state.elites:
            groups.setdefault(p.genome.prompt, []).append(p)
        return [group for group in groups.values() if len(group) >= LEAST]

    def ask(self, state: SearchState, n: int, rng: np.random.Generator) -> list[Proposal]:
        groups = self._groups(state)
        sizes = np.array([len(g) for g in groups], float)
        group = groups[int(rng.choice(len(groups), p=sizes / sizes.sum()))]
        places = np.stack([p.place for p in group])
        chosen = [group[i] for i in spread(places, DIMENSIONS, int(rng.integers(len(group))))]
        shape = state.latents(chosen[0].genome).shape
        chosen = [p for p in chosen if state.latents(p.genome).shape == shape]
        latents = np.stack([state.latents(p.genome).ravel() for p in chosen]).astype(np.float64)  # (m, D)
        basis = np.linalg.qr(latents.T)[0]  # (D, m)
        found = _asked(state, chosen, latents @ basis, n, rng)  # (n, m)
        return [self._proposal(state, chosen, point @ basis.T, shape, rng) for point in found]

    def _proposal(
        self, state: SearchState, parents: list[Parent], z: FloatArray, shape: tuple[int, ...], rng: np.random.Generator
    ) -> Proposal:
        nearest = sorted(parents, key=lambda p: -float(np.vdot(state.latents(p.genome), z)))[:2]
        child = spherical_step(to_shell(z).reshape(shape), OUTSIDE * state.sigma, gaussian(shape, rng))
        return from_latents(nearest[0].genome, child, name=self.name, parents=tuple(p.item for p in nearest))


def _asked(
    state: SearchState, elites: list[Parent], solutions: FloatArray, n: int, rng: np.random.Generator
) -> FloatArray:
    """(n, m) what pyribs' emitters propose on an archive of (m, m) ``solutions``."""
    from ribs.archives import GridArchive
    from ribs.emitters import GaussianEmitter, IsoLineEmitter

    size = solutions.shape[1]
    archive: Any = GridArchive(
        solution_dim=size, dims=state.dims, ranges=list(zip(state.low.tolist(), state.high.tolist(), strict=True)),
        seed=draw_seed(rng),
    )  # fmt: skip
    archive.add(solutions, [p.quality for p in elites], np.clip([p.place for p in elites], state.low, state.high))
    length, half = float(np.linalg.norm(solutions, axis=1).mean()), n // 2
    iso = ISO * length / np.sqrt(size)
    emitters: list[Any] = [
        IsoLineEmitter(
            archive, x0=solutions[0], iso_sigma=iso, line_sigma=LINE, batch_size=n - half, seed=draw_seed(rng)
        )
    ]
    if half:
        wide = state.sigma * length / np.sqrt(size)
        emitters.append(GaussianEmitter(archive, x0=solutions[0], sigma=wide, batch_size=half, seed=draw_seed(rng)))
    found: FloatArray = np.concatenate([emitter.ask() for emitter in emitters])
    return found
