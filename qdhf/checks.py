"""Checks of arguments that name what was given and what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdhf.errors import InvalidInput


def matrix(name: str, value: ArrayLike, columns: int | None = None) -> NDArray[np.floating[Any]]:
    """``value`` as a finite (n, d) array; ``columns`` fixes d. Raises InvalidInput."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise InvalidInput(f"{name} must hold numbers; got an array of type {array.dtype}.")
    wanted = f"(n, {columns if columns is not None else 'd'})"
    if array.ndim != 2 or (columns is not None and array.shape[1] != columns):
        raise InvalidInput(f"{name} must have shape {wanted}; got {array.shape}.")
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InvalidInput(f"{name} must be finite; row {bad} holds NaN or infinity.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def between(name: str, value: float, low: float, high: float) -> float:
    """``value`` if low ≤ value ≤ high. Raises InvalidInput."""
    if not (np.isfinite(value) and low <= value <= high):
        raise InvalidInput(f"{name} must lie between {low:g} and {high:g}; got {value!r}.")
    return value
