"""Axes without answers (PCA), and the bounds of a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray, Projection

PCA_ROWS = 4096  # principal axes are taken from at most this many evenly spaced items
LOW, HIGH = 0.01, 0.99  # quantiles that bounds start from
PAD = 0.5  # of the range between them, added at each side, once


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Principal axes. ``axes``: (p, d) orthonormal rows, widest first; ``mean``: (d,); ``spread``: (p,) standard
    deviations along the axes; all float64. p is at most the rank of the centred features."""

    axes: FloatArray
    mean: FloatArray
    spread: FloatArray


def principal_axes(features: FloatArray, most: int) -> Principal:
    """The ``most`` widest axes of (n, d) ``features``, by singular values of the centred rows.

    The sign of an axis is such that its largest weight is positive, so equal features give equal axes.
    Raises NotEnoughItems below two rows, InvalidInput for values that are not finite.
    """
    x = checks.matrix("features", features)
    if len(x) < 2:
        raise NotEnoughItems(f"Axes need at least 2 items; got {len(x)}. Generate or import some first.")
    mean = x.mean(axis=0, dtype=np.float64)
    rows = x[np.linspace(0, len(x) - 1, min(len(x), PCA_ROWS)).astype(np.int64)] - mean
    with one_thread():
        values, axes = _top_eigen(rows, most)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return Principal(axes=axes * signs[:, None], mean=mean, spread=np.sqrt(values))


def _top_eigen(x: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Largest eigenvalues (p,) and eigenvectors (p, d) of xᵀx/n, through the smaller of xᵀx and xxᵀ."""
    from scipy.linalg import eigh

    n, d = x.shape
    small = (x.T @ x if d <= n else x @ x.T) / n
    m = len(small)
    values, vectors = eigh(small, subset_by_index=[max(0, m - most), m - 1])
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > 1e-10 * max(float(values[0]), 1e-30)
    values, vectors = values[kept], vectors[:, kept]
    axes = vectors.T if d <= n else (vectors.T @ x) / np.sqrt(n * values)[:, None]
    return values, np.ascontiguousarray(axes)


def pca_projection(features: FloatArray, k: int = 2) -> Projection:
    """The ``k`` principal axes as a projection, places with a mean variance of 1 per axis: axes before any answer.

    Deterministic, signs included. Where the features vary along fewer than ``k`` directions the other axes are 0, so
    identical items share one place. Raises InvalidInput where k is not in 1…d, NotEnoughItems below two rows.
    """
    x = checks.matrix("features", features)
    if not 1 <= k <= x.shape[1]:
        raise InvalidInput(f"A map of features of size {x.shape[1]} has 1 to {x.shape[1]} axes; {k} were asked for.")
    found = principal_axes(x, k)
    weights = np.zeros((k, x.shape[1]))
    weights[: len(found.axes)] = found.axes
    width = float(np.sqrt(np.sum(found.spread**2) / k))
    return tidy(weights, found.mean, width)


def tidy(weights: FloatArray, mean: FloatArray, scale: float) -> Projection:
    """A projection as it is stored: float32 arrays, so that writing and reading back changes no place."""
    if not (np.isfinite(scale) and scale > 0):
        scale = 1.0  # nothing varies
    return Projection(weights=weights.astype(np.float32), mean=mean.astype(np.float32), scale=float(scale))


def initial_bounds(placed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bounds of a new map from the (n, k) places of its first population: 1 % to 99 % quantiles, each side widened by
    half the range between them. Returns (low, high), each (k,) float32, low < high also where all places coincide.

    Bounds from elites, renewed at each refit, let coverage collapse; these are taken once and only ever grow.
    """
    x = checks.matrix("places", placed)
    if not len(x):
        raise NotEnoughItems("Bounds need at least 1 item; got none. Generate or import some first.")
    q_low, q_high = np.quantile(x, [LOW, HIGH], axis=0)
    span = np.where(q_high - q_low > 1e-6, q_high - q_low, 1.0)
    return (q_low - PAD * span).astype(np.float32), (q_high + PAD * span).astype(np.float32)


def grow_bounds(
    low: FloatArray, high: FloatArray, placed: FloatArray, share: float = 0.02
) -> tuple[FloatArray, FloatArray]:
    """Bounds widened to the 1 % and 99 % quantiles of ``placed`` (n, k), along each axis where more than ``share`` of
    the items lie outside; never narrowed, never padded again. Returns (low, high), float32."""
    x = checks.matrix("places", placed, columns=len(low))
    if not len(x):
        return low, high
    outside = ((x < low) | (x > high)).mean(axis=0) > share
    q_low, q_high = np.quantile(x, [LOW, HIGH], axis=0)
    wider_low = np.where(outside, np.minimum(low, q_low), low).astype(np.float32)
    wider_high = np.where(outside, np.maximum(high, q_high), high).astype(np.float32)
    return wider_low, wider_high
