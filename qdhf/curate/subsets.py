"""Choosing a set of items that are as different as can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qdhf import checks
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray


def farthest_points(
    places: FloatArray,
    quality: FloatArray,
    k: int,
    *,
    floor: float = -np.inf,
    pins: Sequence[int] = (),
    bans: Sequence[int] = (),
    features: FloatArray | None = None,
    copies: float | None = None,
) -> list[int]:
    """Rows of the ``k`` most different items, in order of choice.

    Farthest-point choice (Gonzalez 1985): at most twice the optimum's largest gap; "meaningful diversity" uses it to
    show few but different options (Cohen et al. 2024, arXiv 2310.16047, section 3). ``pins`` come first, whatever their
    quality, then (without pins) the best item, then always the one farthest from all chosen, the better of equally far
    ones. Never chosen: ``bans``, items with quality below ``floor``, and, with ``copies``, items whose ``features``
    (n, d) have a cosine of at least that with a chosen one. ``places``: (n, k); ``quality``: (n,).

    Raises NotEnoughItems where fewer than ``k`` remain, InvalidInput for rows or pins that cannot be.
    """
    x, values = _checked(places, quality, k, pins, bans)
    allowed = values >= floor
    allowed[list(bans)] = False
    allowed[list(pins)] = False
    units = _units(features, len(x)) if copies is not None else None
    eligible = int(allowed.sum())
    chosen: list[int] = []
    distance = np.full(len(x), np.inf)
    order = np.argsort(-values, kind="stable")  # better first, so that of equally far items the better is found
    while len(chosen) < k:
        row = pins[len(chosen)] if len(chosen) < len(pins) else _farthest(order, allowed, distance)
        if row is None:
            raise _too_few(k, len(chosen), eligible + len(pins), len(x), copies)
        chosen.append(int(row))
        allowed[row] = False
        distance = np.minimum(distance, ((x - x[row]) ** 2).sum(axis=1))
        if units is not None and copies is not None:
            allowed &= units @ units[row] < copies
    return chosen


def _checked(
    places: FloatArray, quality: FloatArray, k: int, pins: Sequence[int], bans: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    x = np.asarray(checks.matrix("places", places), np.float64)
    values = np.asarray(quality, np.float64)
    if values.shape != (len(x),) or not np.isfinite(values).all():
        raise InvalidInput(f"Quality must be one finite number per place ({len(x)}); got shape {values.shape}.")
    wrong = [row for row in (*pins, *bans) if not 0 <= row < len(x)]
    if wrong:
        raise InvalidInput(f"Pins and bans name rows 0 to {len(x) - 1}; got {wrong[0]}.")
    if both := set(pins) & set(bans):
        raise InvalidInput(f"Row {min(both)} is both pinned and banned; take one mark away.")
    if len(set(pins)) != len(pins) or not max(1, len(pins)) <= k:
        raise InvalidInput(f"A set of {k} cannot hold {len(pins)} pins; ask for at least {max(1, len(set(pins)))}.")
    return x, values


def _units(features: FloatArray | None, n: int) -> FloatArray:
    """Rows of length 1 (zeros stay zeros, and so are copies of nothing)."""
    if features is None or len(features) != n:
        given = "none" if features is None else f"{len(features)} rows"
        raise InvalidInput(f"Near-copies are found by features, one row per place ({n}); got {given}.")
    x = np.asarray(checks.matrix("features", features), np.float32)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.where(norms > 0, norms, 1))


def _farthest(order: NDArray[np.int64], allowed: NDArray[np.bool_], distance: FloatArray) -> int | None:
    left = order[allowed[order]]
    return int(left[np.argmax(distance[left])]) if len(left) else None


def _too_few(k: int, chosen: int, eligible: int, n: int, copies: float | None) -> NotEnoughItems:
    why = f"{eligible} of {n} items pass the quality floor and bans"
    if copies is not None:
        why += f", {chosen} of them without near-copies"
    return NotEnoughItems(f"{k} items were asked for, but {why}. Ask for at most {chosen}, or lower the floor.")
