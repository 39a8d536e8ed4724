"""The card of a set: quality and diversity, beside the pool it came from and a random set of its size.

Sets are judged on separate axes, quality and diversity, and compared, never summed (the QDC view of data sets).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.metrics.vendi import ORDERS, vendi_places
from qdhf.search.archive import place
from qdhf.types import Fit, FloatArray, IntArray, StudyMatrix

POOL_ITEMS = 1000  # the Vendi scores of larger sets are those of so many evenly spaced items


def summary(
    places: FloatArray, quality: FloatArray, low: FloatArray, high: FloatArray, dims: tuple[int, ...]
) -> dict[str, Any]:
    """Plain figures of one set: ``items``, ``quality_mean``, ``quality_min``, ``vendi`` by order q, ``coverage``.

    ``coverage``: share of the map's cells that hold an item. (n, k) ``places``, (n,) ``quality``, n ≥ 1.
    """
    n = len(places)
    some = np.linspace(0, n - 1, min(n, POOL_ITEMS)).round().astype(np.int64)
    scores = vendi_places(places[some])
    cells = place(places, low, high, dims)
    return {
        "items": n,
        "quality_mean": float(np.mean(quality, dtype=np.float64)),
        "quality_min": float(np.min(quality)),
        "vendi": {f"{q:g}": scores[q] for q in ORDERS},
        "coverage": len(np.unique(cells)) / int(np.prod(dims)),
    }


def set_card(
    matrix: StudyMatrix, fit: Fit, rows: IntArray, *, rng: np.random.Generator, dims: tuple[int, ...] = (10, 10)
) -> dict[str, dict[str, Any]]:
    """:func:`summary` of the ``"set"`` (``rows`` of ``matrix``), of its ``"pool"`` (all items) and of a ``"random"``
    set of the same size. Raises NotEnoughItems for an empty set, InvalidInput for rows that are not there."""
    chosen = np.asarray(rows, np.int64)
    if not len(chosen):
        raise NotEnoughItems("A set's card needs at least 1 item; the set is empty. Choose some first.")
    if chosen.min() < 0 or chosen.max() >= len(matrix):
        raise InvalidInput(f"The set names rows {chosen.min()} to {chosen.max()}; the study has {len(matrix)} items.")
    places = fit.projection(matrix.features)
    random = rng.choice(len(matrix), len(chosen), replace=False)
    sets = {"set": chosen, "pool": np.arange(len(matrix)), "random": random}
    return {name: summary(places[r], matrix.quality[r], fit.low, fit.high, dims) for name, r in sets.items()}
