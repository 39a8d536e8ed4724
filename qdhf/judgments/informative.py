"""Which of many questions would tell most about the map."""

from __future__ import annotations

import numpy as np

from qdhf.descriptors.posterior import chances, information
from qdhf.types import Draws, FloatArray, IntArray, Projection

CLOSE_SHARE = 1 / 3  # of the candidates, by margin, are close enough calls to ask where there are no draws
SHORTLIST = 12  # times as many questions as wanted are looked at for copies of each other


def margins(places: FloatArray, triplets: IntArray) -> FloatArray:
    """(m,) |‖r − b‖² − ‖r − a‖²| on (n, k) ``places``: 0 where the map cannot tell the candidates apart."""
    r, a, b = (places[triplets[:, i]] for i in range(3))
    found: FloatArray = np.abs(((r - b) ** 2).sum(axis=1) - ((r - a) ** 2).sum(axis=1))
    return found


def by_margin(projection: Projection, features: FloatArray, triplets: IntArray) -> IntArray:
    """Positions of ``triplets`` (m, 3), over rows of (n, d) ``features``, in the order to ask them while nothing was
    learned yet: close calls on the map first, in random order as given, then the rest; copies last."""
    places = projection(features)
    same = (places[triplets[:, 1]] == places[triplets[:, 2]]).all(axis=1)
    order = np.argsort(np.where(same, np.inf, margins(places, triplets)), kind="stable")
    close = round(CLOSE_SHARE * int((~same).sum()))
    return np.concatenate([np.sort(order[:close]), order[close:]])


def by_information(draws: Draws, features: FloatArray, triplets: IntArray, n: int) -> IntArray:
    """The same where maps were drawn: the ``n`` that together tell most about the map, then the rest by what each tells.

    Each question's worth is the mutual information of its answer and the map (BALD). Taken one by one, the best tell the
    same thing; so each next one is the one least explained by those taken, by the log-determinant of what draws say
    about them over the noise of the answers (the Gaussian form of BatchBALD, Kirsch et al. 2019, arXiv 1906.08158; for
    metric learning: Kumari et al. 2020, arXiv 2005.10008).
    """
    chance = chances(draws, draws(features), triplets)
    order = np.argsort(-information(chance), kind="stable")
    short = order[: SHORTLIST * n]
    chosen = short[_apart(chance[:, short], min(n, len(short)))]
    return np.concatenate([chosen, order[~np.isin(order, chosen)]])


def _apart(chance: FloatArray, n: int) -> IntArray:
    """Positions of ``n`` columns of (s, m) probabilities, greedily by the determinant of I + covariance / noise."""
    noise = np.sqrt((chance * (1 - chance)).mean(axis=0) * len(chance))
    signal = (chance - chance.mean(axis=0)) / np.maximum(noise, 1e-9)
    left = (signal**2).sum(axis=0)
    explained, taken = np.zeros((n, chance.shape[1])), np.empty(n, np.int64)
    for j in range(n):
        best = taken[j] = int(np.argmax(left))
        shared = signal[:, best] @ signal - explained[:j, best] @ explained[:j]
        explained[j] = shared / np.sqrt(1 + max(float(left[best]), 0.0))
        left = left - explained[j] ** 2
        left[taken[: j + 1]] = -np.inf
    return taken
