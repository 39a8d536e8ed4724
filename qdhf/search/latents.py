"""Steps between initial latents that keep them Gaussian.

A diffusion model expects N(0, I). Adding noise makes latents grow generation by generation and averaging shrinks them;
the steps here do neither.
"""

from __future__ import annotations

import numpy as np

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray


def spherical_step(z: FloatArray, sigma: float, eps: FloatArray) -> FloatArray:
    """sqrt(1 − σ²)·z + σ·ε, for σ in [0, 1] and ε ~ N(0, I) of z's shape: N(0, I) stays N(0, I); σ = 1 forgets z.

    The proposal of preconditioned Crank–Nicolson (Cotter et al. 2013, eq. 4.9). Keeps z's floating type.
    """
    checks.between("sigma", sigma, 0.0, 1.0)
    _same_shape(z, eps)
    return np.asarray(np.sqrt(1 - sigma**2) * z + sigma * eps).astype(z.dtype)


def slerp(z1: FloatArray, z2: FloatArray, t: float) -> FloatArray:
    """The point at share ``t`` in [0, 1] of the arc from z1 to z2 (Shoemake 1985), lengths interpolated linearly.

    Opposite or parallel latents have no arc of their own; there the straight line stands in.
    """
    checks.between("t", t, 0.0, 1.0)
    _same_shape(z1, z2)
    a, b = np.asarray(z1, np.float64), np.asarray(z2, np.float64)
    na, nb = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if na == 0 or nb == 0:
        return np.asarray((1 - t) * a + t * b).astype(z1.dtype)
    angle = np.arccos(np.clip(np.vdot(a, b) / (na * nb), -1, 1))
    if np.sin(angle) < 1e-6:
        return np.asarray((1 - t) * a + t * b).astype(z1.dtype)
    arc = (np.sin((1 - t) * angle) * a / na + np.sin(t * angle) * b / nb) / np.sin(angle)
    return np.asarray(((1 - t) * na + t * nb) * arc).astype(z1.dtype)


def to_shell(z: FloatArray) -> FloatArray:
    """z at the length of Gaussian latents, ‖z‖ = √dim, where nearly all of N(0, I) lies in high dimensions."""
    norm = float(np.linalg.norm(z))
    if not np.isfinite(norm) or norm == 0:
        raise InvalidInput(f"Latents need a finite length above 0 to be put on the shell; got {norm}.")
    return np.asarray(z * (np.sqrt(z.size) / norm)).astype(z.dtype)


def gaussian(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """N(0, I) of ``shape``, float32."""
    return rng.standard_normal(shape, dtype=np.float32)


def _same_shape(z1: FloatArray, z2: FloatArray) -> None:
    if z1.shape != z2.shape:
        raise InvalidInput(f"Latents must have one shape; got {z1.shape} and {z2.shape}.")
