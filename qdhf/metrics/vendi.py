"""Vendi scores: how many different items a set is worth.

The exponential of the Rényi entropy of order q of the eigenvalues of K/n, K a similarity kernel with unit diagonal
(Friedman & Dieng 2023, arXiv 2210.02410, definition 3.1, for q = 1; Pasarkar & Dieng 2024, arXiv 2310.12952, for other
q). n copies of one item count 1, n items without likeness n. Small q heeds rare items, large q common ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf import checks
from qdhf.descriptors.blas import one_thread
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray

ORDERS = (0.5, 1.0, 2.0)
RESIDUE = 1e-12  # of a kernel entry, left out
LENGTH = 0.5  # of the kernel on places, whose spread over the first population is about 1 along each axis


def hill_number(shares: FloatArray, q: float) -> float:
    """(Σ pᵢ^q)^(1/(1−q)) of shares ≥ 0 that sum to 1: their effective number (Hill 1973, eq. 7).

    q = 1 is the exponential of Shannon's entropy, q = ∞ one over the largest share, q = 0 the number of shares above 0.
    Non-increasing in q. Raises InvalidInput for q < 0.
    """
    if not q >= 0:
        raise InvalidInput(f"The order q must be 0 or more; got {q!r}.")
    p = np.asarray(shares, np.float64)
    p = p[p > 0]
    if q == 1:
        return float(np.exp(-(p * np.log(p)).sum()))
    if np.isinf(q):
        return float(1 / p.max())
    return float(np.exp(np.log((p**q).sum()) / (1 - q)))


def _scores(kernel: FloatArray, orders: Sequence[float]) -> dict[float, float]:
    """Scores by order, from a matrix with the kernel's non-zero eigenvalues."""
    values = np.linalg.eigvalsh(kernel)
    values = np.where(values > 10 * len(kernel) * np.finfo(np.float64).eps * values[-1], values, 0.0)  # rounding
    shares = values / values.sum()
    return {q: hill_number(shares, q) for q in orders}


def _rows(name: str, value: FloatArray) -> FloatArray:
    x = np.asarray(checks.matrix(name, value), np.float64)
    if not len(x):
        raise NotEnoughItems(f"A Vendi score needs at least 1 item; {name} has none.")
    return x


def vendi_kernel(kernel: FloatArray, orders: Sequence[float] = ORDERS) -> dict[float, float]:
    """Vendi scores by order of a symmetric positive semi-definite (n, n) kernel with unit diagonal."""
    k = _rows("the kernel", kernel)
    if k.shape[0] != k.shape[1] or not np.allclose(np.diag(k), 1):
        raise InvalidInput(f"A Vendi score needs a square kernel with ones on its diagonal; got shape {k.shape}.")
    return _scores(k, orders)


def vendi_places(places: FloatArray, orders: Sequence[float] = ORDERS, *, length: float = LENGTH) -> dict[float, float]:
    """Vendi scores by order of (n, k) ``places`` under exp(−d²/2ℓ²), ℓ = ``length`` in units of the map.

    ℓ belongs to the map, not to the set, so that scores of two sets on one map can be compared. Eigenvalues come from
    a pivoted Cholesky factor of rank r, in O(n·r²); r is far below n on a map with few axes.
    """
    if not (np.isfinite(length) and length > 0):
        raise InvalidInput(f"The kernel's length must be above 0; got {length!r}.")
    x = _rows("places", places)
    with one_thread():
        factor = _gaussian_factor(x / length)
        return _scores(factor.T @ factor, orders)


def _gaussian_factor(x: FloatArray) -> FloatArray:
    """L (n, r) with LLᵀ = exp(−‖xᵢ − xⱼ‖²/2) to within ``RESIDUE`` in every entry.

    Cholesky with diagonal pivots (Harbrecht, Peters & Schneider 2012, algorithm 1): no n×n matrix is made.
    """
    n = len(x)
    columns = np.empty((n, n), order="F") if n <= 64 else np.empty((n, 64), order="F")
    left, rank = np.ones(n), 0
    while rank < n and left[pivot := int(left.argmax())] > RESIDUE:
        if rank == columns.shape[1]:
            columns = np.concatenate([columns, np.empty_like(columns)], axis=1)
        row = np.exp(-0.5 * ((x - x[pivot]) ** 2).sum(axis=1))
        column = (row - columns[:, :rank] @ columns[pivot, :rank]) / np.sqrt(left[pivot])
        columns[:, rank] = column
        left, rank = left - column**2, rank + 1
    return columns[:, :rank]


def vendi_cosine(features: FloatArray, orders: Sequence[float] = ORDERS) -> dict[float, float]:
    """Vendi scores by order of (n, d) ``features`` under their cosine, through the smaller of n×n and d×d.

    Rows of zeros are alike among themselves and unlike all others.
    """
    x = _rows("features", features)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.hstack([x / np.where(norms > 0, norms, 1), norms == 0])
    with one_thread():
        return _scores(x @ x.T if len(x) <= x.shape[1] else x.T @ x, orders)
