"""Many maps that answers leave possible, and the one that stands for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

from qdhf.descriptors.projection import tidy
from qdhf.types import FloatArray, Projection

ROWS = 2000  # items, evenly spaced, that stand for all where a map is made of draws


@dataclass(frozen=True, kw_only=True)
class RawDraws:
    """Maps as they were sampled: draw j places x at ``coefficients[j]`` (k, b) · ``basis`` (b, d) · (x − ``mean``), in
    units in which P(a closer) = lapse[j] + (1 − 2·lapse[j])·σ(Δ). ``share``: (s,) weights, summing to 1."""

    basis: FloatArray
    mean: FloatArray
    coefficients: FloatArray
    lapse: FloatArray
    share: FloatArray

    def __len__(self) -> int:
        return len(self.coefficients)

    def places(self, features: FloatArray) -> FloatArray:
        """(n, d) features to (s, n, k) places."""
        reduced = (np.asarray(features, np.float64) - self.mean) @ self.basis.T
        placed: FloatArray = reduced @ self.coefficients.transpose(0, 2, 1)
        return placed


def averaged(raw: RawDraws, features: FloatArray) -> Projection:
    """The projection whose squared distances between (n, d) ``features`` are closest to the mean over draws.

    A draw's distances count in units of the square root of its own spread: a map on which answers look certain must not
    speak louder than one on which they do not (measured: as good as plain averaging with many answers, and better with
    few). Laid side by side, the draws' maps have exactly the mean squared distances; their principal axes keep most of
    them (classical scaling, Torgerson 1952). Places have a mean variance of 1 per axis, widest first.
    """
    k = raw.coefficients.shape[1]
    places = raw.places(features)  # (s, n, k)
    places = places - places.mean(axis=1, keepdims=True)
    spread = np.maximum(np.einsum("snk,snk->s", places, places) / max(places.shape[1], 1), 1e-30)
    factor = np.sqrt(raw.share / np.sqrt(spread))
    side_by_side = (places * factor[:, None, None]).transpose(1, 0, 2).reshape(places.shape[1], -1)
    values, vectors = np.linalg.eigh(side_by_side.T @ side_by_side / len(side_by_side))
    top = vectors[:, ::-1][:, :k].T  # (k, s·k)
    rows = (raw.coefficients * factor[:, None, None]).reshape(-1, raw.coefficients.shape[2])
    weights = top @ rows @ raw.basis
    signs = np.sign(weights[np.arange(k), np.abs(weights).argmax(axis=1)])
    weights *= np.where(signs == 0, 1.0, signs)[:, None]
    width = float(np.sqrt(max(float(values[::-1][:k].mean()), 0.0)))
    mean = np.asarray(features, np.float64).mean(axis=0)
    return tidy(weights, mean, width)


def steepness(projection: Projection, raw: RawDraws, features: FloatArray, lapse: float) -> float:
    """Logits per squared unit of ``projection`` at which its answers to random triplets come closest (in cross-entropy)
    to those of the draws together."""
    r, a, b = np.random.default_rng(1).integers(0, len(features), (3, 1000))
    places = np.concatenate([raw.places(features), projection(features)[None]])
    gap = ((places[:, r] - places[:, b]) ** 2).sum(axis=2) - ((places[:, r] - places[:, a]) ** 2).sum(axis=2)
    each = raw.lapse[:, None] + (1 - 2 * raw.lapse[:, None]) * expit(gap[:-1])
    wanted = raw.share @ each

    def loss(log_steepness: float) -> float:
        chance = lapse + (1 - 2 * lapse) * expit(np.exp(log_steepness) * gap[-1])
        chance = np.clip(chance, 1e-9, 1 - 1e-9)
        return -float(np.mean(wanted * np.log(chance) + (1 - wanted) * np.log1p(-chance)))

    return float(np.exp(minimize_scalar(loss, bounds=(-6.0, 6.0), method="bounded").x))
