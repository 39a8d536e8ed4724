"""Items that have something to do with one, and are not the same again.

After "Beyond Nearest Neighbors: Semantic Compression and Graph-Augmented Retrieval" (Raja & Vats 2025), which asks a graph
over vectors instead of the nearest neighbours; the weights are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qdhf.checks import between, matrix
from qdhf.descriptors.projection import principal_axes
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEAREST = 15  # edges from each item, before they are made mutual
SHORT = 64  # directions that items are compared along where features have more
LEARN_FROM = 2000  # evenly spaced items that these directions are taken from
NUMBERS = 8_000_000  # similarities in memory at once: 32 MB
DAMPING = 0.85  # of a walk: the share of steps along an edge; the others start anew
TOLERANCE = 1e-10  # sum of changes at which the walk has settled
COPIES = 0.9  # cosine from which two items are the same again
MIX = 0.5  # how much likeness counts against the walk


def directions(features: FloatArray) -> FloatArray:
    """(n, at most 64) float32 unit rows: how (n, d) ``features`` differ from their mean; a row without any difference is 0.

    Features of more than 64 numbers are turned to their 64 principal axes first, which keep nearly all of what tells items
    apart and make comparing 10,000 of them quick."""
    x = np.asarray(matrix("The features", features), np.float32)
    x = x - x.mean(axis=0) if len(x) else x
    if x.shape[1] > SHORT and len(x) > 1:
        some = x[np.linspace(0, len(x) - 1, min(len(x), LEARN_FROM)).round().astype(int)]
        x = x @ principal_axes(some, SHORT).axes.T.astype(np.float32)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.where(lengths > 1e-6 * max(float(lengths.max(initial=0)), 1e-12), lengths, np.inf))


def nearest_graph(units: FloatArray, k: int = NEAREST) -> csr_array:
    """(n, n) symmetric weights: the cosine of (n, d) unit rows where it is positive and either is among the ``k`` nearest of
    the other; nothing on the diagonal. Blocks are compared one after the other: memory stays small."""
    from scipy.sparse import csr_array

    n = len(units)
    near = min(k, n - 1)
    if near < 1:
        return csr_array((n, n), dtype=np.float64)
    rows, columns, values = [], [], []
    size = max(1, NUMBERS // n)
    for start in range(0, n, size):
        alike = units[start : start + size] @ units.T  # (size, n)
        own = np.arange(len(alike))
        alike[own, start + own] = -np.inf
        best = np.argpartition(alike, n - near, axis=1)[:, n - near :]
        rows.append(np.repeat(start + own, near))
        columns.append(best.ravel())
        values.append(np.take_along_axis(alike, best, axis=1).ravel())
    weights = np.maximum(np.concatenate(values).astype(np.float64), 0.0)
    graph = csr_array((weights, (np.concatenate(rows), np.concatenate(columns))), shape=(n, n))
    graph = graph.maximum(graph.T).tocsr()
    graph.eliminate_zeros()
    return graph


def pagerank_from(graph: csr_array, row: int, *, damping: float = DAMPING) -> FloatArray:
    """(n,) where a walker is found who starts at ``row`` and, before each step, goes back there with chance
    1 − ``damping``; else follows an edge of (n, n) ``graph`` in proportion to its weight. Sums to 1.

    Personalised PageRank (Page, Brin, Motwani & Winograd 1999, section 6): p = (1 − c)·e + c·Pᵀp, by power iteration.
    From an item without edges the walker goes back to the start. Raises InvalidInput for no such row."""
    n = graph.shape[0]
    if not 0 <= row < n:
        raise InvalidInput(f"The graph has rows 0 to {n - 1}; got {row}.")
    between("The damping", damping, 0.0, 0.999)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    steps = graph.T.tocsr()
    at = np.zeros(n)
    at[row] = 1.0
    while True:
        onward = damping * (steps @ (at / np.where(degree > 0, degree, np.inf)))
        onward[row] += 1.0 - onward.sum()  # who starts anew, and who stood where no edge leads on
        if float(np.abs(onward - at).sum()) < TOLERANCE:
            return np.asarray(onward)
        at = onward


def related(
    units: FloatArray, graph: csr_array, row: int, count: int = 8, *, mix: float = MIX, copies: float = COPIES
) -> list[int]:
    """Up to ``count`` rows that have to do with ``row`` and with each other differ, the most related first.

    Relation is mix·cosine + (1 − mix)·walk, the cosine no less than 0 and the walk (:func:`pagerank_from`) as a share of
    its largest value beside the start. The best is taken, with it everything whose cosine to it is above ``copies`` is out,
    and so on; what is that close to ``row`` itself is out from the beginning. ``units``, ``graph``: see
    :func:`directions`, :func:`nearest_graph`. Raises InvalidInput for no such row."""
    walk = pagerank_from(graph, row)
    walk[row] = 0.0
    relation = mix * np.maximum(units @ units[row], 0.0) + (1 - mix) * walk / max(float(walk.max(initial=0)), 1e-300)
    free = units @ units[row] <= copies
    free[row] = False
    chosen: list[int] = []
    while len(chosen) < count and free.any():
        best = int(np.where(free, relation, -np.inf).argmax())
        chosen.append(best)
        free &= units @ units[best] <= copies
        free[best] = False
    return chosen
