"""Several measures of quality as one: a weighted mean, or the weakest in proportion to its weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, How


def combine(measures: Mapping[str, FloatArray], weights: Mapping[str, float], how: How = "sum") -> FloatArray:
    """(n,) float32 from (n,) ``measures`` in [0, 1], by name; those without a weight do not count.

    "sum": Σ wᵢ·fᵢ / Σ wᵢ. "weakest": 1 − max wᵢ·(1 − fᵢ) / max wᵢ, the weighted Chebyshev distance from the best there
    could be (Miettinen 1999, sec. 3.4): an item is as good as where it falls short the most. With one measure both are
    that measure. Raises InvalidInput for negative weights, weights of no measure, or none above zero."""
    unknown = sorted(set(weights) - set(measures))
    if unknown:
        raise InvalidInput(f"There is no measure {unknown[0]!r}; there are {', '.join(sorted(measures))}.")
    used = {name: weight for name, weight in weights.items() if weight != 0}
    if not used or min(used.values()) < 0 or not np.isfinite(list(used.values())).all():
        raise InvalidInput(f"Weights are numbers of 0 or more, at least one above 0; got {dict(weights)}.")
    values = np.stack([np.asarray(measures[name], np.float64) for name in used])
    shares = np.array(list(used.values()))[:, None]
    if how == "sum":
        return np.asarray((shares * values).sum(axis=0) / shares.sum(), np.float32)
    return np.asarray(1 - (shares * (1 - values)).max(axis=0) / shares.max(), np.float32)
