"""The posterior of a map as a function of numbers that are standard normal before any answer.

A map places item x at W x, W = s·W₀ + τ·V: the axes known before (the prior, s about 1), and what the answers add. V is
standard normal in principal coordinates of the features, so that directions in which items hardly differ hardly matter.
How far the map may leave its prior (τ) and how far the prior itself is trusted (s) are learned with the map, and so are
the lapse rate and, where asked for, a temperature per rater. Written in coordinates in which all of these are standard
normal ("non-centred", Papaspiliopoulos, Roberts & Sköld 2007), so that a sampler can start from exact draws of the prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from qdhf.descriptors.likelihood import MOST_LAPSES, Likelihood
from qdhf.types import FloatArray

SCALE_AT, SCALE_SPREAD = -0.6, 0.6  # log τ is normal
TRUST_SPREAD = 0.4  # s is normal around 1
LAPSE_AT, LAPSE_SPREAD = -2.0, 1.5  # logit of e / MOST_LAPSES is normal
HEAT_SPREAD = 0.3  # log temperatures are normal around 0


@dataclass(frozen=True)
class Maps:
    """What a batch of s coordinate vectors stands for. ``steps``: V (s, p, k); ``scale``, ``trust``, ``lapse``: (s,);
    ``temperature``: (raters, s) or None."""

    steps: FloatArray
    scale: FloatArray
    trust: FloatArray
    lapse: FloatArray
    temperature: FloatArray | None


@dataclass(frozen=True)
class Target:
    """Log likelihood and gradient in standard normal coordinates (s, size).

    Places differ by s·``prior`` (q, k) + τ·``reduced`` (q, p) V over the pairs of ``likelihood``. ``raters``: how many
    have temperatures of their own, 0 for none. With p = 0 only the prior itself, stretched, is left.
    """

    likelihood: Likelihood
    reduced: FloatArray
    prior: FloatArray
    raters: int = 0

    @property
    def axes(self) -> tuple[int, int]:
        """(p, k)."""
        return self.reduced.shape[1], self.prior.shape[1]

    @property
    def weights(self) -> int:
        """Numbers in V."""
        return int(np.prod(self.axes))

    @property
    def size(self) -> int:
        return self.weights + 3 + self.raters

    def maps(self, u: FloatArray) -> Maps:
        """The maps of coordinates (s, size)."""
        w = self.weights
        return Maps(
            steps=u[:, :w].reshape(len(u), *self.axes), scale=np.exp(SCALE_AT + SCALE_SPREAD * u[:, w]),
            trust=1 + TRUST_SPREAD * u[:, w + 1], lapse=MOST_LAPSES * expit(LAPSE_AT + LAPSE_SPREAD * u[:, w + 2]),
            temperature=np.exp(HEAT_SPREAD * u[:, w + 3 :]).T if self.raters else None,
        )  # fmt: skip

    def places(self, maps: Maps) -> FloatArray:
        """(q, k, s) place differences of the pairs."""
        p, k = self.axes
        dtype = self.reduced.dtype
        moved = (
            (maps.steps * maps.scale[:, None, None]).astype(dtype).transpose(1, 2, 0).reshape(p, k * len(maps.scale))
        )
        z: FloatArray = (self.reduced @ moved).reshape(len(self.prior), k, len(maps.scale))
        z += self.prior[:, :, None] * maps.trust.astype(dtype)
        return z

    def __call__(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(log likelihood (s,) float64, gradient (s, size)) of the weighted answers."""
        maps, w, dtype = self.maps(u), self.weights, self.reduced.dtype
        z = self.places(maps)
        squares = np.einsum("qks,qks->qs", z, z)
        heat = None if maps.temperature is None else maps.temperature.astype(dtype)
        value, slope, by_lapse = self.likelihood(squares, maps.lapse.astype(dtype), heat)
        weights = self.likelihood.weights.astype(dtype)
        if not self.likelihood.even:
            slope *= self.likelihood.spread_over_pairs(weights)[:, None]
        by_place = z
        by_place *= 2 * slope[:, None, :]
        by_step = (
            (self.reduced.T @ by_place.reshape(len(z), self.axes[1] * len(u)))
            .reshape(*self.axes, len(u))
            .transpose(2, 0, 1)
        )
        gradient = np.empty_like(u)
        gradient[:, :w] = (by_step * maps.scale[:, None, None]).reshape(len(u), -1)
        gradient[:, w] = SCALE_SPREAD * np.einsum("sv,sv->s", gradient[:, :w], u[:, :w])
        gradient[:, w + 1] = TRUST_SPREAD * np.einsum("qks,qk->s", by_place, self.prior)
        steep = maps.lapse * (1 - maps.lapse / MOST_LAPSES)
        gradient[:, w + 2] = LAPSE_SPREAD * (weights @ by_lapse) * steep
        if self.raters:
            gradient[:, w + 3 :] = -HEAT_SPREAD * self._by_rater(slope * squares).T
        return weights.astype(np.float64) @ value, gradient

    def _by_rater(self, by_pair: FloatArray) -> FloatArray:
        """(raters, s) sums of (q, s) over each rater's pairs."""
        total = np.zeros((self.raters, by_pair.shape[1]))
        np.add.at(total, self.likelihood.rater, self.likelihood.per_answer(by_pair))
        return total

    def information(self, u: FloatArray) -> FloatArray:
        """(weights, weights) Fisher information of V at one map u (size,), with that of its standard normal prior."""
        maps = self.maps(u[None])
        z = self.places(maps)[:, :, 0].astype(np.float64)
        root = self.likelihood.information(np.einsum("qk,qk->q", z, z), float(maps.lapse[0]))
        turn = 2 * float(maps.scale[0]) * root[:, None] * z
        total = np.eye(self.weights)
        for columns in self.likelihood.blocks(max(1, 5_000_000 // self.weights)):
            rows = np.zeros((len(columns[0]), self.weights))
            for pairs in columns:
                rows += (self.reduced[pairs][:, :, None] * turn[pairs][:, None, :]).reshape(len(pairs), -1)
            total += rows.T @ rows
        return total
