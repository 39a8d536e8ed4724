"""From what a run asks for to what steers each of its pictures: towards its cell, apart from its batch, away from words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.ports import Generator
from qdhf.search.archive import centres
from qdhf.search.proposals import Proposal
from qdhf.types import Apart, Avoid, Fit, Genome, RunSpec, Steering, Toward

APART_CELLS = 2.0  # how far apart the pictures of a batch are wanted, in cells (the mean over the axes)


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The map that pictures are steered by. ``axes``: SHA-256 of its axes in the file store, ``encoder``: the key of the
    encoder that they belong to."""

    fit: Fit
    dims: tuple[int, ...]
    axes: str
    encoder: str

    def middle(self, cell: int) -> tuple[float, ...]:
        """(k,) place in the middle of a flat cell."""
        return tuple(centres(self.fit.low, self.fit.high, self.dims)[cell].tolist())

    @property
    def radius(self) -> float:
        size = (np.asarray(self.fit.high, np.float64) - self.fit.low) / np.asarray(self.dims)
        return float(APART_CELLS * size.mean())


def wished(spec: RunSpec, target: int | None, chart: Chart | None) -> Steering | None:
    """What steers a picture that is aimed at ``target``; None where nothing does. Without a ``chart`` words alone."""
    toward = apart = None
    if chart is not None and spec.pull and target is not None:
        toward = Toward(target=chart.middle(target), strength=spec.pull, start=spec.pull_from)
    if chart is not None and spec.spread:
        apart = Apart(radius=chart.radius, strength=spec.spread)
    avoid = Avoid(text=spec.avoid.strip(), start=spec.avoid_from) if spec.avoid.strip() else None
    if chart is None or not (toward or apart):
        return Steering(avoid=avoid) if avoid else None
    return Steering(axes=chart.axes, encoder=chart.encoder, toward=toward, apart=apart, avoid=avoid)


def steered(proposals: Sequence[Proposal], spec: RunSpec, chart: Chart | None) -> list[Proposal]:
    """``proposals`` with what ``spec`` asks for; themselves where it asks for nothing."""
    if not spec.steered:
        return list(proposals)
    return [replace(p, genome=replace(p.genome, steering=wished(spec, p.target, chart))) for p in proposals]


def check_steered(generator: Generator, genomes: Sequence[Genome]) -> None:
    """Raises InvalidInput where ``generator`` cannot draw ``genomes`` as they ask to be steered."""
    wanted = [genome for genome in genomes if genome.steering is not None]
    if not wanted:
        return
    check = getattr(generator, "check", None)
    if check is None:
        raise InvalidInput(
            f"{generator.key} cannot be steered while it draws. Start the run without pulling, keeping apart or staying away, "
            "or use a study with a diffusion model."
        )
    for genome in wanted:
        check(genome)
