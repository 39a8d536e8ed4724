"""The step between latents that a local linear model says leads to a target."""

from __future__ import annotations

import numpy as np

from qdhf.types import FloatArray


def step_toward(z: FloatArray, shift: FloatArray, slopes: FloatArray, *, trust: float) -> FloatArray:
    """Latents (D,) near ``z`` whose place should differ by ``shift`` (k,), on the Gaussian shell where that can be.

    z + J⁺·shift with J = ``slopes`` (k, D), the step no longer than ``trust``. What lies outside J's row space is then
    rescaled to bring the whole back to length √D: it has, to first order, no say in the place.
    """
    x = np.asarray(z, np.float64)
    jacobian = np.asarray(slopes, np.float64)
    sizes, left = np.linalg.eigh(jacobian @ jacobian.T)  # squared singular values, ascending
    able = sizes > max(1e-6 * float(sizes[-1]), 1e-300)
    sizes, basis = np.sqrt(sizes[able]), (left.T @ jacobian)[able] / np.sqrt(sizes[able])[:, None]  # (r, D) orthonormal
    step = basis.T @ ((left[:, able].T @ shift) / sizes)
    length = float(np.linalg.norm(step))
    moved = x + step * min(1.0, trust / max(length, 1e-12))
    steering = basis.T @ (basis @ moved)
    rest = moved - steering
    room, size = x.size - float(steering @ steering), float(np.linalg.norm(rest))
    return np.asarray(steering + rest * (np.sqrt(room) / size) if room > 0 and size > 0 else moved)
