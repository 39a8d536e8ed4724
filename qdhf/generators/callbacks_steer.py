"""From what genomes ask for to what acts on a call of the pipeline, and back: what a genome needs to be made again."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from qdhf.encoders.differentiable import differentiable
from qdhf.errors import InvalidInput
from qdhf.generators.callbacks import DescriptorGuidance, Place, Placed, Pull, Spreading, Steered, unpack_axes
from qdhf.generators.callbacks_clean import check_clean, clean_steps, decoder
from qdhf.generators.callbacks_text import LateNegative, check_text
from qdhf.generators.pipelines import Opened
from qdhf.ports import Blobs, Encoder
from qdhf.types import Apart, Avoid, FloatArray, Genome, Steering, Toward


class Steerer:
    """What a generator needs to steer: its pipeline, the encoder that the map is made of, and where axes are kept."""

    def __init__(self, opened: Opened, encoder: Encoder | None, blobs: Blobs | None) -> None:
        self.opened, self._encoder, self._blobs = opened, encoder, blobs
        self._known_axes: dict[str, FloatArray] = {}
        self._checked: set[Callable[[Opened], None]] = set()

    def resolved(self, genome: Genome, guidance: float | None) -> Steering | None:
        """``genome``'s steering with all that has no effect left out; None where nothing is left.

        Raises InvalidInput for values out of range, and for what this pipeline or encoder cannot do.
        """
        wish = genome.steering
        if wish is None:
            return None
        toward = wish.toward if wish.toward and wish.toward.strength else None
        apart = wish.apart if wish.apart and wish.apart.strength and wish.apart.radius else None
        avoid = wish.avoid if wish.avoid and wish.avoid.text.strip() else None
        _check_values(toward, apart, avoid)
        if avoid is not None:
            self._check(check_text)
            avoid = avoid if guidance is not None and guidance > 1 else None
        if toward is None and apart is None:
            return Steering(avoid=avoid) if avoid else None
        self._check_axes(wish, toward, apart)
        return dataclasses.replace(wish, toward=toward, apart=apart, avoid=avoid)

    def _check_axes(self, wish: Steering, toward: Toward | None, apart: Apart | None) -> None:
        self._check(check_clean)
        if self._encoder is None:
            raise InvalidInput("Steering by the map needs the study's encoder; the generator was opened without one.")
        differentiable(self._encoder)
        if wish.encoder != self._encoder.key:
            raise InvalidInput(
                f"The axes to steer by belong to the encoder {wish.encoder or '(none)'}; this study has "
                f"{self._encoder.key}. Take axes of this study."
            )
        k = len(self._axes(wish.axes))
        places = ([toward.target] if toward else []) + list(apart.away if apart else ())
        for place in places:
            if len(place) != k or not all(math.isfinite(v) for v in place):
                raise InvalidInput(f"A place on this map is {k} finite numbers; got {place}.")

    def _check(self, check: Callable[[Opened], None]) -> None:
        """Once for each generator: pipelines do not change."""
        if check not in self._checked:
            check(self.opened)
            self._checked.add(check)

    def _axes(self, sha256: str) -> FloatArray:
        if sha256 in self._known_axes:
            return self._known_axes[sha256]
        if self._blobs is None:
            raise InvalidInput("The genome names stored axes, but the generator was opened without a file store.")
        assert self._encoder is not None
        self._known_axes = {sha256: unpack_axes(self._blobs.get(sha256), self._encoder.size)}  # one map at a time
        return self._known_axes[sha256]

    def placed(self, genome: Genome) -> Placed:
        assert self._encoder is not None
        assert genome.steering is not None
        decode = decoder(self.opened, int(genome.width or 0), int(genome.height or 0))
        return Placed(decode, differentiable(self._encoder), self._axes(genome.steering.axes))


class Request:
    """The parts of a batch that does not fit the device at once, one after the other."""

    def __init__(self, steerer: Steerer) -> None:
        self._steerer = steerer
        self._before: dict[int, list[Place]] = {}
        self._spread: Spreading | None = None

    @contextmanager
    def acting(self, genomes: Sequence[Genome], real: int) -> Iterator[LateNegative | None]:
        """While this lasts, a call of the pipeline with ``genomes`` is steered; only the first ``real`` of them are wanted.
        Yields what has to be called after each step, if anything has."""
        wishes = [g.steering or Steering() for g in genomes]
        toward, apart = [w.toward for w in wishes], [w.apart for w in wishes]
        self._spread = Spreading(apart, real, before=self._before) if any(apart) else None
        with ExitStack() as stack:
            if any(toward) or self._spread:
                pulls: list[Pull] = [DescriptorGuidance(toward), *([self._spread] if self._spread else [])]
                edit = Steered(self._steerer.placed(genomes[0]), pulls)
                stack.enter_context(clean_steps(self._steerer.opened.pipeline, edit))
            yield self._late(genomes, [w.avoid for w in wishes])

    def _late(self, genomes: Sequence[Genome], avoid: Sequence[Avoid | None]) -> LateNegative | None:
        if not any(avoid):
            return None
        texts = [
            ", ".join(filter(None, (g.negative_prompt, a.text if a else "")))
            for g, a in zip(genomes, avoid, strict=True)
        ]
        return LateNegative(self._steerer.opened, texts, avoid, int(genomes[0].steps or 1))

    def finished(self, genomes: Sequence[Genome]) -> list[Genome]:
        """The wanted genomes of the part that has just been drawn, as they can be drawn again by themselves."""
        spread, self._spread = self._spread, None
        if spread is None:
            return list(genomes)
        for step, places in spread.seen.items():
            self._before.setdefault(step, []).extend(places)
        return [_with_away(genome, spread.met.get(i, [])) for i, genome in enumerate(genomes)]


def _with_away(genome: Genome, met: list[Place]) -> Genome:
    steering = genome.steering
    if steering is None or steering.apart is None or steering.apart.away:
        return genome
    apart = dataclasses.replace(steering.apart, away=tuple(met)) if met else None  # alone: nothing was kept apart from
    left = dataclasses.replace(steering, apart=apart)
    return dataclasses.replace(genome, steering=left if left.toward or left.apart or left.avoid else None)


def _check_values(toward: Toward | None, apart: Apart | None, avoid: Avoid | None) -> None:
    for pull in (toward, apart):
        if pull is not None and not 0 < pull.strength <= 1:
            raise InvalidInput(f"The strength of steering must lie between 0 and 1; got {pull.strength!r}.")
        if pull is not None and not 0 <= pull.start < 1:
            raise InvalidInput(f"Steering must start at a share of the steps from 0 to below 1; got {pull.start!r}.")
    if apart is not None and not 0 < apart.radius < math.inf:
        raise InvalidInput(f"The distance to keep must be above 0; got {apart.radius!r}.")
    if avoid is not None and not 0 < avoid.start < 1:
        raise InvalidInput(
            f"Text to avoid takes effect at a share of the steps between 0 and 1; got {avoid.start!r}. For all steps, use "
            "the negative prompt."
        )
