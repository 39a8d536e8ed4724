"""What a genome's latents are: noise from a seed or a stored array, then a path of spherical steps. numpy alone."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.ports import Blobs
from qdhf.types import FloatArray, Genome

Noise = Callable[[int, tuple[int, ...]], FloatArray]  # (seed, shape) to N(0, I), float32


def initial_latents(genome: Genome, shape: tuple[int, ...], noise: Noise, blobs: Blobs | None = None) -> FloatArray:
    """The latents that ``genome`` stands for, float32 of ``shape``: see :class:`qdhf.types.Genome`.

    A step z ← sqrt(1 − σ²)·z + σ·ε keeps N(0, I) what it is (the preconditioned Crank–Nicolson proposal, Cotter
    et al. 2013, arXiv 1202.0709), where plain addition would inflate it. Raises InvalidInput for a step outside
    [0, 1], stored latents of another shape, or stored latents without a place to read them from.
    """
    z = noise(genome.seed, shape) if genome.latents is None else _stored(genome.latents, shape, blobs)
    for step in genome.path:
        if not 0 <= step.sigma <= 1:
            raise InvalidInput(f"The size of a variation must lie between 0 and 1; got {step.sigma!r}.")
        z = np.float32(math.sqrt(1 - step.sigma**2)) * z + np.float32(step.sigma) * noise(step.seed, shape)
    return z.astype(np.float32, copy=False)


def _stored(sha256: str, shape: tuple[int, ...], blobs: Blobs | None) -> FloatArray:
    if blobs is None:
        raise InvalidInput("The genome names stored latents, but the generator was opened without a file store.")
    z = unpack(blobs.get(sha256))
    if z.shape != shape:
        raise InvalidInput(f"The stored latents {sha256[:12]}… have shape {z.shape}; this picture needs {shape}.")
    return z


def pack(latents: FloatArray) -> bytes:
    """One array of latents as the bytes of a .npy file (float32), to be kept by its SHA-256."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(latents, np.float32), allow_pickle=False)
    return out.getvalue()


def unpack(data: bytes) -> FloatArray:
    """The array in a .npy file, float32. Pickles are refused. Raises InvalidInput."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InvalidInput(f"Stored latents must be a .npy file of numbers: {error}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise InvalidInput("Stored latents must be one .npy array of finite floating-point numbers.")
    return array.astype(np.float32, copy=False)


def checked_seed(seed: int) -> int:
    """``seed`` if it fits 63 bits, the range that every generator here accepts. Raises InvalidInput."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise InvalidInput(f"A seed must be a whole number from 0 to 2^63 − 1; got {seed!r}.")
    return seed
