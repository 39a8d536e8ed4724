"""What acts on pictures while a diffusion pipeline draws them: a place on the map to reach, the other pictures of the
batch to keep away from, text to avoid from some step on.

The first two move the predicted clean latents x̂0 along the gradient of ½‖f(enc(decode(x̂0))) − wanted‖², as universal
guidance does (Bansal et al. 2023, arXiv 2302.07121, eq. 6, without the noisy image's own network in the gradient: what costs
is one pass through the decoder and the encoder and back). Nothing here runs for a picture that asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from qdhf.encoders.differentiable import DifferentiableEncoder
from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.callbacks_clean import Moment, Tensor
from qdhf.generators.latents import pack, unpack
from qdhf.types import Apart, FloatArray, Projection, Toward

Place = tuple[float, ...]
OVERSHOOT = 4.0  # the model takes most of a move back; of 1, 2 and 4, tried with the shipped one, this comes closest


def pack_axes(projection: Projection) -> bytes:
    """A projection as the file that :class:`qdhf.types.Steering` names: one (k, d + 1) float32 array [A | c], places being
    A·x + c."""
    rows = np.asarray(projection.weights, np.float64) / projection.scale
    return pack(np.concatenate([rows, -(rows @ projection.mean)[:, None]], axis=1).astype(np.float32))


def unpack_axes(data: bytes, size: int) -> FloatArray:
    """The (k, ``size`` + 1) array in such a file. Raises InvalidInput."""
    axes = unpack(data)
    if axes.ndim != 2 or axes.shape[1] != size + 1:
        raise InvalidInput(f"Stored axes must have shape (k, {size + 1}) for this encoder; got {axes.shape}.")
    return axes


class Placed:
    """x̂0 to places (n, k) on the map, with a gradient."""

    def __init__(self, decode: Callable[[Tensor], Tensor], encoder: DifferentiableEncoder, axes: FloatArray) -> None:
        self._decode, self._encoder, self._axes = decode, encoder, axes

    def __call__(self, clean: Tensor) -> Tensor:
        features = self._encoder.features(self._decode(clean)).to(clean.device)
        axes = features.new_tensor(self._axes)
        return features @ axes[:, :-1].T + axes[:, -1]


class Pull(Protocol):
    def wanted(self, places: Tensor, moment: Moment) -> tuple[Tensor, Tensor]:
        """(n, k) places that are wanted instead of ``places`` (n, k), and (n,) how far x̂0 may move, as a share of its
        length; 0 where nothing is wanted."""
        ...

    def acts(self, moment: Moment) -> bool:
        """Whether any row wants something at ``moment``."""
        ...


class DescriptorGuidance:
    """Towards one place for each of n pictures; None where a picture wants none."""

    def __init__(self, toward: Sequence[Toward | None]) -> None:
        self._toward = toward

    def acts(self, moment: Moment) -> bool:
        return any(t is not None and moment.since(t.start) for t in self._toward)

    def wanted(self, places: Tensor, moment: Moment) -> tuple[Tensor, Tensor]:
        targets, caps = places.clone(), places.new_zeros(len(places))
        for i, toward in enumerate(self._toward):
            if toward is not None and moment.since(toward.start):
                targets[i], caps[i] = places.new_tensor(toward.target), toward.strength
        return targets, caps


@dataclass
class Spreading:
    """Away from the nearest other picture (meaningful diversity, Cohen et al. 2024, their nearest-neighbour term), measured
    on the map, until it is ``radius`` away.

    ``rows``: what each picture wants, None where it is left alone; only the first ``real`` rows are pictures, the rest
    fills the batch. ``before``: places by step of pictures drawn earlier in the same request, which count as neighbours
    too. ``met``: the nearest places by row, as met, for the genome; a row that brings its own (``away``) goes by them.
    """

    rows: Sequence[Apart | None]
    real: int
    before: dict[int, list[Place]] = field(default_factory=dict)
    met: dict[int, list[Place]] = field(default_factory=dict)
    seen: dict[int, list[Place]] = field(default_factory=dict)

    def acts(self, moment: Moment) -> bool:
        return any(a is not None and moment.since(a.start) for a in self.rows)

    def wanted(self, places: Tensor, moment: Moment) -> tuple[Tensor, Tensor]:
        targets, caps = places.clone(), places.new_zeros(len(places))
        known = [tuple(map(float, place)) for place in places[: self.real].tolist()]
        self.seen[moment.step] = known
        for i, apart in enumerate(self.rows):
            if apart is None or not moment.since(apart.start):
                continue
            near = self._nearest(i, apart, known, moment.step)
            if near is None:
                continue
            self.met.setdefault(i, []).append(near)
            gap = places[i] - places.new_tensor(near)
            distance = gap.norm()
            if 0 < distance < apart.radius:
                targets[i], caps[i] = places[i] + gap * (apart.radius / distance - 1), apart.strength
        return targets, caps

    def _nearest(self, i: int, apart: Apart, known: list[Place], step: int) -> Place | None:
        if apart.away:
            done = len(self.met.get(i, ()))
            return apart.away[done] if done < len(apart.away) else None
        others = [p for j, p in enumerate(known) if j != min(i, self.real - 1)] + self.before.get(step, [])
        if not others:
            return None
        return others[int(np.square(np.subtract(others, known[min(i, self.real - 1)])).sum(axis=1).argmin())]


class Steered:
    """``edit`` for :func:`qdhf.generators.callbacks_clean.clean_steps`: how ``pulls`` move x̂0.

    A pull moves a row against its gradient g of ½‖r‖², r = place − wanted, by the length that would end at the wanted place
    if places were linear (‖r‖²/‖g‖: a Polyak step) ``OVERSHOOT`` times, at most ``cap`` times the length of the row's x̂0.
    """

    def __init__(self, placed: Callable[[Tensor], Tensor], pulls: Sequence[Pull]) -> None:
        self._placed, self._pulls = placed, pulls

    def __call__(self, clean: Tensor, moment: Moment) -> Tensor | None:
        acting = [pull for pull in self._pulls if pull.acts(moment)]
        if not acting:
            return None
        import torch

        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        with torch.inference_mode(False), torch.enable_grad(), exact:
            x = clean.clone().requires_grad_()
            places = self._placed(x)
            at = places.detach()
            moves = []
            for n, pull in enumerate(acting, 1):
                wanted, caps = pull.wanted(at, moment)
                (gradient,) = torch.autograd.grad(((places - wanted) ** 2).sum() / 2, x, retain_graph=n < len(acting))
                moves.append(_move(x.detach(), gradient, at - wanted, caps))
        moved: Tensor = sum(moves)
        if not torch.isfinite(moved).all():
            raise QdhfError(
                "Steering gave no numbers (NaN). Try a weaker strength, or a CPU, which calculates in float32."
            )
        return moved


def _move(x: Tensor, gradient: Tensor, missing: Tensor, caps: Tensor) -> Tensor:
    """(n, …) moves of ``x`` against ``gradient``; ``missing`` (n, k), ``caps`` (n,)."""
    steep = gradient.flatten(1).norm(dim=1).clamp_min(1e-30)
    length = (OVERSHOOT * (missing**2).sum(1) / steep).minimum(caps * x.flatten(1).norm(dim=1))
    return -gradient * (length / steep).view(-1, *[1] * (x.ndim - 1))
