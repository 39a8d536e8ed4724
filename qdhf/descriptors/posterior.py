"""How sure a map is: what its draws say of places and answers, and which answers would tell most."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from qdhf.descriptors.maps import RawDraws
from qdhf.types import Draws, FloatArray, IntArray, Projection

KEPT = 48  # draws that are stored with a fit


def settle(raw: RawDraws, projection: Projection, features: FloatArray, most: int = KEPT) -> Draws:
    """``most`` of the draws, each turned (or mirrored), scaled and shifted onto ``projection`` of (n, d) ``features``.

    A draw is known up to these; what is left of its differences is what answers leave open. Orthogonal Procrustes as in
    :func:`~qdhf.descriptors.alignment.align`. Draws are taken in proportion to their share.
    """
    edges = np.cumsum(raw.share) / raw.share.sum()
    taken = np.minimum(np.searchsorted(edges, (np.arange(most) + 0.5) / most), len(raw) - 1)
    coefficients, lapse = raw.coefficients[taken], raw.lapse[taken]
    reduced = (np.asarray(features, np.float64) - raw.mean) @ raw.basis.T  # (n, b)
    places = reduced @ coefficients.transpose(0, 2, 1)  # (s, n, k)
    goal = projection(features)
    centre, middle = places.mean(axis=1, keepdims=True), goal.mean(axis=0)
    u, _, vt = np.linalg.svd(np.einsum("snk,nl->skl", places - centre, goal - middle))
    size = np.maximum(np.linalg.norm(places - centre, axis=(1, 2)), 1e-12)
    scale = float(np.linalg.norm(goal - middle)) / size  # (s,)
    turn = (u @ vt).transpose(0, 2, 1) * scale[:, None, None]  # (s, k, k)
    offset = middle - np.einsum("skl,sl->sk", turn, centre[:, 0])
    single = {"basis": raw.basis, "mean": raw.mean, "coefficients": turn @ coefficients, "offset": offset}
    single |= {"steepness": 1 / np.maximum(scale, 1e-12) ** 2, "lapse": lapse}
    return Draws(**{name: np.asarray(value, np.float32) for name, value in single.items()})


def spread(draws: Draws, features: FloatArray) -> FloatArray:
    """(n, k) standard deviation, over draws, of the places of (n, d) ``features``: what the answers leave open."""
    found: FloatArray = draws(features).std(axis=0)
    return found


def chances(draws: Draws, places: FloatArray, triplets: IntArray) -> FloatArray:
    """(s, m) probability by each draw that a is closer, for (m, 3) rows of ``places`` (s, n, k), its map of the items."""
    r, a, b = (places[:, triplets[:, i]] for i in range(3))
    gap = ((r - b) ** 2).sum(axis=2) - ((r - a) ** 2).sum(axis=2)
    lapse = draws.lapse[:, None]
    found: FloatArray = lapse + (1 - 2 * lapse) * expit(draws.steepness[:, None] * gap)
    return found


def probabilities(draws: Draws, features: FloatArray, triplets: IntArray) -> FloatArray:
    """(m,) probability that a is closer, over everything that the answers leave possible; ``triplets``: (m, 3) rows of
    (n, d) ``features``."""
    used, where = np.unique(triplets, return_inverse=True)
    found: FloatArray = chances(draws, draws(features[used]), where.reshape(-1, 3)).mean(axis=0)
    return found


def entropy(chance: FloatArray) -> FloatArray:
    """Bits of a yes-or-no answer with that probability."""
    p = np.clip(chance, 1e-9, 1 - 1e-9)
    bits: FloatArray = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return bits


def information(chance: FloatArray) -> FloatArray:
    """(m,) bits that an answer is expected to tell about the map, from (s, m) probabilities by draw.

    The mutual information of answer and map, H(mean p) − mean H(p) (Houlsby et al. 2011, arXiv 1112.5745, eq. 2): large
    where the draws disagree, each of them sure. A near tie on every draw is uncertain, too, but tells nothing.
    """
    found: FloatArray = entropy(chance.mean(axis=0)) - entropy(chance).mean(axis=0)
    return found
