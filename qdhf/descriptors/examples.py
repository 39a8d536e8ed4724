"""Which items show what an axis means."""

from __future__ import annotations

import numpy as np

from qdhf.types import FloatArray, IntArray

ENDS = (0.02, 0.98)  # quantiles between which the examples lie
OFF = 0.5  # how much being off the middle of the other axes counts, beside being off one's place on this
ALIKE = 0.15  # of the median distance of two items: nearer ones are near-copies


def along(places: FloatArray, features: FloatArray, axis: int, count: int) -> IntArray:
    """Up to ``count`` rows of (n, k) ``places``, by place along ``axis``: typical ones, spread evenly from end to end.

    Typical is near the middle on the other axes, so that only this axis changes along the strip. Of items whose (n, d)
    ``features`` are nearly the same, one is taken. Few items give fewer examples.
    """
    if not len(places) or count < 1:
        return np.zeros(0, np.int64)
    width = np.maximum(places.std(axis=0), 1e-12)
    z = (places - np.median(places, axis=0)) / width
    off = np.sqrt((np.delete(z, axis, axis=1) ** 2).sum(axis=1))
    first, last = np.quantile(z[:, axis], ENDS)
    goals = np.linspace(first, last, min(count, len(z)))
    alike = ALIKE * _usual_distance(features)
    chosen: list[int] = []
    for goal in goals[_ends_first(len(goals))]:
        order = np.argsort(np.abs(z[:, axis] - goal) + OFF * off, kind="stable")
        row = next((int(r) for r in order if r not in chosen and _differs(features, int(r), chosen, alike)), None)
        if row is not None:
            chosen.append(row)
    rows = np.array(chosen, np.int64)
    return rows[np.argsort(places[rows, axis], kind="stable")]


def _ends_first(n: int) -> IntArray:
    """0 … n − 1 from the outside in, so that the ends get the clearest examples."""
    order = np.arange(n)
    return order[np.argsort(-np.abs(order - (n - 1) / 2), kind="stable")]


def _differs(features: FloatArray, row: int, chosen: list[int], alike: float) -> bool:
    if not chosen:
        return True
    return bool((np.linalg.norm(features[chosen] - features[row], axis=1) > alike).all())


def _usual_distance(features: FloatArray, most: int = 200) -> float:
    """Median distance of two of at most ``most`` evenly spaced items; 0 for one."""
    some = features[np.linspace(0, len(features) - 1, min(len(features), most)).round().astype(int)]
    i, j = np.triu_indices(len(some), 1)
    return float(np.median(np.linalg.norm(some[i] - some[j], axis=1))) if len(i) else 0.0
