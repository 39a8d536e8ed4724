"""Numpy pictures whose latents mean something: a shape, its place, its size and its colour. No model, no torch.

The second implementation of the generator port: for tests, demos, and machines without torch.
"""

from __future__ import annotations

import colorsys
import dataclasses
import hashlib
import math
from collections.abc import Sequence

import numpy as np

from qdhf import pictures
from qdhf.errors import InvalidInput
from qdhf.generators.latents import checked_seed, initial_latents
from qdhf.ports import Blobs, Made
from qdhf.types import FloatArray, Genome, ItemKind

SHAPE = (4, 8, 8)
MAX_SIDE = 1024


class PlantedGenerator:
    """Four factors, each the mean of one latent channel times 8, so N(0, 1): left–right, up–down, size, hue.

    The prompt chooses the shape (disc, square, diamond) and the background. Deterministic on every machine.
    """

    kind: ItemKind = "image"
    key = "planted@1"
    latent_shape: tuple[int, ...] = SHAPE

    def __init__(self, *, width: int = 64, height: int = 64, blobs: Blobs | None = None) -> None:
        self._size = (width, height)
        self._blobs = blobs
        self._resolved(Genome(prompt="", seed=0))

    def latents(self, genome: Genome) -> FloatArray:
        return initial_latents(genome, SHAPE, _noise, self._blobs)

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        return [self._one(self._resolved(genome)) for genome in genomes]

    def _resolved(self, genome: Genome) -> Genome:
        checked_seed(genome.seed)
        width, height = genome.width or self._size[0], genome.height or self._size[1]
        for name, value in (("width", width), ("height", height)):
            if not 8 <= value <= MAX_SIDE:
                raise InvalidInput(f"The {name} must lie between 8 and {MAX_SIDE} pixels; got {value}.")
        steps = 1 if genome.steps is None else genome.steps
        guidance = 0.0 if genome.guidance is None else genome.guidance
        return dataclasses.replace(genome, width=width, height=height, steps=steps, guidance=guidance)

    def _one(self, genome: Genome) -> Made:
        width, height = genome.width or self._size[0], genome.height or self._size[1]
        image = draw(factors(self.latents(genome)), genome.prompt, width, height)
        return Made(genome=genome, data=pictures.png(image), media_type="image/png", pixels=image)


def factors(latents: FloatArray) -> FloatArray:
    """(4,) float64: what the latents mean. N(0, 1) each for latents from N(0, I)."""
    means: FloatArray = latents.astype(np.float64).mean((1, 2)) * math.sqrt(SHAPE[1] * SHAPE[2])
    return means


def draw(values: FloatArray, prompt: str, width: int, height: int) -> pictures.Pixels:
    """The picture of four factors, (height, width, 3) uint8."""
    x, y, size, hue = (0.5 * (1 + math.erf(v / math.sqrt(2))) for v in values)  # each to (0, 1)
    kind = hashlib.sha256(prompt.encode()).digest()
    radius = 0.08 + 0.22 * size
    columns, rows = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    dx, dy = np.abs(columns - (0.2 + 0.6 * x)), np.abs(rows - (0.2 + 0.6 * y))
    distance = (np.hypot(dx, dy), np.maximum(dx, dy), dx + dy)[kind[0] % 3]
    cover = np.clip((radius - distance) * min(width, height) + 0.5, 0, 1)[..., None]  # antialiased by one pixel
    ground = np.array(colorsys.hsv_to_rgb(kind[1] / 256, 0.15, 0.95))
    colour = np.array(colorsys.hsv_to_rgb(0.8 * hue, 0.85, 0.85))
    image: pictures.Pixels = ((cover * colour + (1 - cover) * ground) * 255).round().astype(np.uint8)
    return image


def _noise(seed: int, shape: tuple[int, ...]) -> FloatArray:
    drawn: FloatArray = np.random.default_rng(checked_seed(seed)).standard_normal(shape, np.float32)
    return drawn
