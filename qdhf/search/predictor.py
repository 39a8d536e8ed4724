"""Where latents will land and how good they will be, learned from the items so far: a Gaussian process on the shell.

Initial latents of length √D differ by an angle. Measured on the shipped pipeline, the places of two pictures of one prompt
are alike as the cosine of that angle and its powers tell, so the kernel is a sum of powers of the cosine: the first power is
a linear model, as good far away as near; higher powers know only what is close. A prompt has a mean of its own, nearer to
those of prompts that share its words, and what latents do under one prompt they partly do under others.
Rasmussen & Williams 2006, "Gaussian processes for machine learning", eqs. 2.23–2.24 (predictions) and 5.12 (leave-one-out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qdhf import checks
from qdhf.types import FloatArray, IntArray

LEAST = 8  # items below which nothing is predicted
POWERS = (1, 2, 4, 8)  # of the cosine
SHAPES = ((1.0, 0.0, 0.0, 0.0), (0.4, 0.3, 0.2, 0.1), (0.1, 0.4, 0.3, 0.2))  # their shares: linear, mixed, close
ACROSS = (0.3, 0.9)  # how much of what latents do is the same under every prompt
NOISE = np.geomspace(0.01, 10.0, 7)  # variance that latents do not explain, as multiples of the kernel's mean
PROMPT_MEANS = 4.0  # prior variance of prompts' means, in units of the values' variance
CHOOSING = 160  # newest items that the kernel is chosen by


def alike(prompts: Sequence[str]) -> FloatArray:
    """(p, p) likeness of prompts in [0, 1]: half for being the same, half for the share of words in common."""
    words = [frozenset(p.lower().split()) for p in prompts]
    found = np.eye(len(prompts))
    for i, a in enumerate(words):
        for j, b in enumerate(words[:i]):
            shared = len(a & b) / max(1, len(a | b))
            found[i, j] = found[j, i] = 1.0 if prompts[i] == prompts[j] else 0.5 * shared
    return found


@dataclass(frozen=True)
class Kernel:
    """``shape``: shares of the powers of the cosine; ``across``: share of the effect that all prompts have in common;
    ``noise``: variance of what cannot be known."""

    shape: tuple[float, ...]
    across: float
    noise: float = 1.0

    def __call__(self, cosine: FloatArray, likeness: FloatArray) -> FloatArray:
        """Covariance of the two sides of ``cosine`` and ``likeness``, both (n, m), noise left out."""
        powers = sum(w * cosine**p for w, p in zip(self.shape, POWERS, strict=True) if w)
        same = np.where(likeness >= 1, 1.0, self.across)
        found: FloatArray = PROMPT_MEANS * likeness + same * powers
        return found

    def slope(self, cosine: FloatArray, likeness: FloatArray) -> FloatArray:
        """Its derivative by the cosine, same shapes."""
        powers = sum(w * p * cosine ** (p - 1) for w, p in zip(self.shape, POWERS, strict=True) if w)
        found: FloatArray = np.where(likeness >= 1, 1.0, self.across) * powers
        return found


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """What n items of D-dimensional latents say about m values (place along each axis, quality).

    ``unit`` (n, D) float32 latents of length 1; ``which`` (n,) row of ``likeness`` (p, p) of the item's prompt;
    ``precision`` (m,): share of each value's variance that it predicts on items left out, at most 1.
    """

    unit: FloatArray
    prompts: tuple[str, ...]
    which: IntArray
    kernel: Kernel
    mean: FloatArray
    scale: FloatArray
    width: FloatArray  # (m,) scale times what leave-one-out errors were, in units of what was expected
    weights: FloatArray  # (n, m)
    inverse: FloatArray  # (n, n)
    precision: FloatArray

    def _likeness(self, prompts: Sequence[str]) -> FloatArray:
        """(len(prompts), n) likeness of prompts to the items' own."""
        for prompt in prompts:
            if prompt not in self._rows:
                self._rows[prompt] = alike([*self.prompts, prompt])[-1, :-1][self.which]
        return np.stack([self._rows[p] for p in prompts])

    @cached_property
    def _rows(self) -> dict[str, FloatArray]:
        return {}

    def _cross(self, latents: FloatArray, prompts: Sequence[str]) -> FloatArray:
        """(c, n) covariance of candidates and items."""
        return self.kernel(np.asarray(_unit(latents) @ self.unit.T, np.float64), self._likeness(prompts))

    def means(self, latents: FloatArray, prompts: Sequence[str]) -> FloatArray:
        """Expected values (c, m) of (c, D) ``latents`` drawn with ``prompts``."""
        found: FloatArray = self.mean + (self._cross(latents, prompts) @ self.weights) * self.scale
        return found

    def __call__(self, latents: FloatArray, prompts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Means and standard deviations (c, m) of the values of (c, D) ``latents`` drawn with ``prompts``."""
        cross = self._cross(latents, prompts)
        known = np.einsum("cn,cn->c", cross @ self.inverse, cross)
        whole = PROMPT_MEANS + sum(self.kernel.shape) + self.kernel.noise
        spread = np.sqrt(np.maximum(whole - known, 1e-6))
        return self.mean + (cross @ self.weights) * self.scale, spread[:, None] * self.width

    def slopes(self, latents: FloatArray, prompt: str) -> FloatArray:
        """(m, D) change of each value per change of latents (D,), at ``latents`` of about length √D."""
        cosine = np.asarray(_unit(latents[None]) @ self.unit.T, np.float64)
        slope = self.kernel.slope(cosine, self._likeness([prompt]))[0]  # (n,)
        steep = (self.weights * slope[:, None] * self.scale).T.astype(np.float32)  # (m, n)
        found: FloatArray = np.asarray(steep @ self.unit, np.float64) / np.sqrt(latents.size)
        return found


def _unit(latents: FloatArray) -> FloatArray:
    flat = np.asarray(latents, np.float32)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))


def fit_predictor(latents: FloatArray, prompts: Sequence[str], values: FloatArray) -> Predictor | None:
    """A predictor of (n, m) ``values`` from (n, D) ``latents`` and their prompts, oldest first; None below ``LEAST`` items.

    The kernel is the one of a few with the smallest leave-one-out error on the newest items.
    """
    z = _unit(checks.matrix("latents", latents))
    y = np.asarray(checks.matrix("values", values), np.float64)
    if len(z) < LEAST:
        return None
    names = tuple(dict.fromkeys(prompts))
    which = np.array([names.index(p) for p in prompts], np.int64)
    mean, scale = y.mean(axis=0), np.maximum(y.std(axis=0), 1e-9)
    cosine, likeness = np.asarray(z @ z.T, np.float64), alike(names)[which[:, None], which[None]]
    scaled = (y - mean) / scale
    kernel = _choose(cosine, likeness, scaled)
    inverse = np.linalg.inv(kernel(cosine, likeness) + kernel.noise * np.eye(len(z)))
    weights = inverse @ scaled
    left_out = weights / np.diag(inverse)[:, None]  # y − its prediction without it
    amplitude = np.sqrt((weights * left_out).mean(axis=0))  # leave-one-out variances are 1 / diag(inverse)
    precision = 1 - (left_out**2).mean(axis=0) / np.maximum((scaled**2).mean(axis=0), 1e-12)
    return Predictor(
        unit=z, prompts=names, which=which, mean=mean, scale=scale, width=scale * amplitude, kernel=kernel,
        weights=weights, inverse=inverse, precision=precision,
    )  # fmt: skip


def _choose(cosine: FloatArray, likeness: FloatArray, values: FloatArray) -> Kernel:
    """Of all shapes, shares across prompts and noises, the best in predicting each of the newest items from the rest."""
    cosine, likeness, values = cosine[-CHOOSING:, -CHOOSING:], likeness[-CHOOSING:, -CHOOSING:], values[-CHOOSING:]
    several = bool((likeness < 1).any())
    best, least = Kernel(SHAPES[0], 1.0), np.inf
    for shape in SHAPES:
        for across in ACROSS if several else (1.0,):
            eigen, vectors = np.linalg.eigh(Kernel(shape, across)(cosine, likeness))
            rotated, squared = vectors.T @ values, vectors**2
            for noise in NOISE:
                shrunk = 1 / (np.maximum(eigen, 0) + noise)
                residual = (vectors @ (shrunk[:, None] * rotated)) / (squared @ shrunk)[:, None]
                if (error := float((residual**2).sum())) < least:
                    best, least = Kernel(shape, across, float(noise)), error
    return best
