"""A local linear model of where latents land on the map, and the step that it says leads to a target.

The idea of conditioning variation on the wanted descriptor is DCG-MAP-Elites' (Faldor et al. 2023, arXiv 2303.03832);
theirs trains a network, ours solves a ridge regression at each step, in its dual form because latents are long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.types import FloatArray

STRENGTHS = np.geomspace(1e-3, 1e2, 11)  # ridge, as multiples of the mean squared length of centred latents
LEAST = 8  # items below which no model is made


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """``slopes``: (k, D) change of place per change of latents. ``explained``: share of the places' variance that it
    predicts on items left out (leave-one-out R²), at most 1."""

    slopes: FloatArray
    explained: float


def fit_local(latents: FloatArray, places: FloatArray) -> LocalModel | None:
    """Ridge regression of (n, k) ``places`` on (n, D) ``latents``; None with fewer than ``LEAST`` items.

    The strength is the one with the smallest leave-one-out error, and slopes are multiplied by the regression slope of
    places on their leave-one-out predictions, so that a step taken along them goes as far as was asked on average.
    """
    z = np.asarray(checks.matrix("latents", latents), np.float64)
    y = np.asarray(checks.matrix("places", places), np.float64)
    if len(z) < LEAST:
        return None
    zc, yc = z - z.mean(axis=0), y - y.mean(axis=0)
    with one_thread():
        values, vectors = np.linalg.eigh(zc @ zc.T)  # (n,), (n, n)
    values, rotated = np.maximum(values, 0), vectors.T @ yc
    unit = max(float(values.mean()), 1e-12)
    best, best_error = None, np.inf
    for strength in STRENGTHS * unit:
        shrunk = values / (values + strength)
        leverage = (vectors**2) @ shrunk + 1 / len(z)
        residual = (yc - vectors @ (shrunk[:, None] * rotated)) / np.maximum(1 - leverage, 1e-3)[:, None]
        error = float((residual**2).sum())
        if error < best_error:
            best, best_error = (strength, yc - residual), error
    assert best is not None  # STRENGTHS is not empty
    strength, predicted = best
    slopes = (vectors @ (rotated / (values + strength)[:, None])).T @ zc
    explained = 1 - best_error / max(float((yc**2).sum()), 1e-12)
    gain = (predicted * yc).sum(axis=0) / np.maximum((predicted**2).sum(axis=0), 1e-12)
    return LocalModel(slopes=np.clip(gain, 0.05, 2.0)[:, None] * slopes, explained=explained)


def step_toward(z: FloatArray, shift: FloatArray, model: LocalModel, *, trust: float) -> FloatArray:
    """Latents (D,) near ``z`` whose place should differ by ``shift`` (k,), on the Gaussian shell where that can be.

    z + J⁺·shift, the step no longer than ``trust``. What lies outside J's row space is then rescaled to bring the
    whole back to length √D: it has, to first order, no say in the place.
    """
    x = np.asarray(z, np.float64)
    step = np.linalg.pinv(model.slopes, rcond=1e-3) @ shift
    length = float(np.linalg.norm(step))
    moved = x + step * min(1.0, trust / max(length, 1e-12))
    basis = np.linalg.svd(model.slopes, full_matrices=False)[2]  # (k, D) orthonormal rows
    steering = basis.T @ (basis @ moved)
    rest = moved - steering
    room, size = x.size - float(steering @ steering), float(np.linalg.norm(rest))
    return np.asarray(steering + rest * (np.sqrt(room) / size) if room > 0 and size > 0 else moved)
