"""The best in a direction that people dial, and different among themselves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qdhf.curate.balanced import standardised
from qdhf.curate.pool import PINNED, Pick, Pool, Wish
from qdhf.curate.subsets import farthest_points
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray

BREADTH = 3  # times as many as are wanted: the best, of which the most different are taken


def along(objectives: Mapping[str, FloatArray], dial: Mapping[str, float]) -> FloatArray:
    """(n,) how far each item lies in the direction of ``dial``: v·z, v the dial at length 1.

    Directional preference alignment (Wang et al. 2024, arXiv 2402.18571, section 3: a preference is a unit vector v of
    the rewards' space, valued by v·r). Here each of the (n,) ``objectives`` is first brought to mean 0 and standard
    deviation 1, so that its scale does not matter. Raises InvalidInput for an unknown name or where nothing is dialled.
    """
    unknown = sorted(set(dial) - set(objectives))
    if unknown:
        raise InvalidInput(f"There is nothing named “{unknown[0]}” to dial; there are {', '.join(objectives)}.")
    used = {name: float(weight) for name, weight in dial.items() if weight}
    if not used or not np.isfinite(list(used.values())).all():
        raise InvalidInput("Nothing is dialled: move at least one dial away from the middle.")
    v = np.array(list(used.values()))
    z = np.stack([standardised(objectives[name]) for name in used], axis=1)  # (n, objectives)
    return np.asarray(z @ (v / np.linalg.norm(v)))


def directed(pool: Pool, wish: Wish) -> list[Pick]:
    """The most different ones of the best ``BREADTH``·k in the direction; the very best first."""
    score = along(pool.objectives, wish.dial)
    order = np.argsort(-score, kind="stable")
    place = np.empty(len(pool), np.int64)
    place[order] = np.arange(1, len(pool) + 1)
    free = order[~np.isin(order, wish.pins)]
    rows = np.concatenate([np.asarray(wish.pins, np.int64), free[: BREADTH * wish.k]])
    chosen = farthest_points(pool.places[rows], score[rows], wish.k, pins=range(len(wish.pins)))
    return [
        Pick(int(row), PINNED if row in wish.pins else f"number {place[row]} of {len(pool)} in your direction")
        for row in rows[chosen]
    ]
