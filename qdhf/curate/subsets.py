"""The most different items: each the farthest from those before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf import checks
from qdhf.curate.pool import PINNED, Pick, Pool, Wish, by_quality
from qdhf.curate.screening import checked_rows
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray


def farthest_points(places: FloatArray, quality: FloatArray, k: int, *, pins: Sequence[int] = ()) -> list[int]:
    """Rows of the ``k`` most different items, in order of choice.

    Farthest-point choice (Gonzalez 1985): at most twice the optimum's largest gap; "meaningful diversity" uses it to
    show few but different options (Cohen et al. 2024, arXiv 2310.16047, section 3). ``pins`` come first, then (without
    pins) the best item, then always the one farthest from all chosen, the better of equally far ones. ``places``: (n, a);
    ``quality``: (n,). Time n·k, memory n.

    Raises NotEnoughItems for fewer than ``k`` items, InvalidInput for a quality, ``k`` or pins that cannot be.
    """
    x = np.asarray(checks.matrix("places", places), np.float64)
    values = np.asarray(quality, np.float64)
    if values.shape != (len(x),) or not np.isfinite(values).all():
        raise InvalidInput(f"Quality must be one finite number per place ({len(x)}); got shape {values.shape}.")
    checked_size(len(x), k, pins)
    order = by_quality(values)  # better first, so that of equally far items the better is found
    rank = np.argsort(order)
    axes = np.ascontiguousarray(x[order].T)  # (a, n)
    chosen: list[int] = []
    distance = np.full(len(x), np.inf)
    first = [int(rank[row]) for row in pins] or [0]
    while len(chosen) < k:
        row = first[len(chosen)] if len(chosen) < len(first) else int(distance.argmax())
        chosen.append(row)
        distance = np.minimum(distance, sum((axis - axis[row]) ** 2 for axis in axes))
        distance[chosen] = -1
    return [int(order[row]) for row in chosen]


def checked_size(n: int, k: int, pins: Sequence[int]) -> None:
    """Raises InvalidInput for a ``k`` below 1 or below the number of pins, NotEnoughItems for one above ``n``."""
    checked_rows(n, pins)
    if not max(1, len(pins)) <= k:
        raise InvalidInput(f"A set of {k} cannot hold {len(pins)} pins; ask for at least {max(1, len(pins))}.")
    if k > n:
        raise NotEnoughItems(f"A set of {k} was asked for; there are {n} items. Ask for at most {n}.")


def most_different(pool: Pool, wish: Wish) -> list[Pick]:
    """:func:`farthest_points` on the map."""
    rows = farthest_points(pool.places, pool.quality, wish.k, pins=wish.pins)
    first = "the best of all" if not wish.pins else PINNED
    reasons = [first, *["farthest from those before it"] * (wish.k - 1)]
    reasons[: len(wish.pins)] = [PINNED] * len(wish.pins)
    return [Pick(row, reason) for row, reason in zip(rows, reasons, strict=True)]
