"""Steady maps: a new projection turned and scaled onto the one before it."""

from __future__ import annotations

import numpy as np

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, Projection


def align(new: Projection, old: Projection, features: FloatArray) -> Projection:
    """``new``, rotated (or mirrored), scaled and shifted so that the places of ``features`` (n, d) move least.

    Orthogonal Procrustes on centred places, A = old, B = new: SVD of BᵀA = UΣVᵀ, R = UVᵀ (Schönemann 1966). The
    scale is c = ‖A‖ / ‖B‖: the map keeps its spread. The least-squares scale tr Σ / ‖B‖² is smaller the less two maps
    agree, so that over many refits all items would creep to the middle. Every distance on the map is multiplied by c,
    so the order of any two, and with it every triplet's answer, stays as it was. ``new`` comes back unchanged where
    the items share one place on either map.
    Raises InvalidInput where the two have different numbers of axes.
    """
    x = checks.matrix("features", features, columns=new.mean.shape[0])
    if len(new.weights) != len(old.weights):
        k_new, k_old = len(new.weights), len(old.weights)
        raise InvalidInput(f"Only maps with equally many axes can be aligned; got {k_new} and {k_old}.")
    a, b = old(x), new(x)
    a_mean, b_mean = a.mean(axis=0), b.mean(axis=0)
    size_a, size_b = float(np.linalg.norm(a - a_mean)), float(np.linalg.norm(b - b_mean))
    if size_a < 1e-12 or size_b < 1e-12:
        return new
    u, _, vt = np.linalg.svd((b - b_mean).T @ (a - a_mean))
    c, rotation = size_a / size_b, u @ vt
    weights = rotation.T @ np.asarray(new.weights, np.float64)
    return with_centre(weights, new.scale / c, new.mean, shift=a_mean - c * b_mean @ rotation)


def with_centre(weights: FloatArray, scale: float, mean: FloatArray, shift: FloatArray) -> Projection:
    """The projection x ↦ weights (x − mean) / scale + shift, its shift moved into the mean.

    The smallest change of mean that gives the shift: −scale · weights⁺ shift. Where weights lack rank along the shift
    (axes that are 0) that part of it is dropped.
    """
    centre = np.asarray(mean, np.float64) - scale * (np.linalg.pinv(weights) @ shift)
    return Projection(weights=weights.astype(np.float32), mean=centre.astype(np.float32), scale=float(scale))


def cells_moved(
    before: FloatArray, after: FloatArray, low: FloatArray, high: FloatArray, dims: tuple[int, ...]
) -> float:
    """Mean distance, in cells of a ``dims`` grid over (low, high), between (n, k) places before and after."""
    size = (np.asarray(high, np.float64) - low) / np.asarray(dims)
    return float(np.linalg.norm((after - before) / size, axis=1).mean()) if len(before) else 0.0
