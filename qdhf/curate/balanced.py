"""A set with a share of every kind, larger where a kind is good: diversify, then conquer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdhf import checks
from qdhf.curate.pool import PINNED, Pick, Pool, Wish
from qdhf.curate.subsets import checked_size
from qdhf.types import FloatArray, IntArray

KINDS, ROUNDS = 64, 4  # as in the paper's code
STARTS = 3  # of which the one that ends best is kept
MOVES = 50  # of the middles of kinds


def kinds(places: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """(n,) kind of each of (n, a) ``places``: k-means (Lloyd 1982) from k-means++ starts (Arthur & Vassilvitskii 2007).

    At most ``count`` kinds, numbered from 0 without gaps. Time n·count, memory n·count."""
    x = np.asarray(checks.matrix("places", places), np.float64)
    found, _ = min((_moved(x, _starts(x, count, rng)) for _ in range(STARTS)), key=lambda made: made[1])
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _moved(x: FloatArray, middles: FloatArray) -> tuple[IntArray, float]:
    """The nearest middle of each (n,) once they have moved to where they stay, and the sum of squared distances."""
    found, own = np.full(len(x), -1), (x**2).sum()
    for _ in range(MOVES):
        squared = (middles**2).sum(axis=1) - 2 * x @ middles.T  # (n, count), less what all have in common
        nearest = squared.argmin(axis=1)
        if (nearest == found).all():
            break
        found = nearest
        sizes = np.bincount(found, minlength=len(middles))
        sums = np.stack([np.bincount(found, x[:, a], len(middles)) for a in range(x.shape[1])], axis=1)
        middles = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], middles)
    return found, float(own + squared.min(axis=1).sum())


def _starts(x: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """(≤ count, a) places, each drawn with a chance in proportion to its squared distance from those before."""
    rows = [int(rng.integers(len(x)))]
    left = ((x - x[rows[0]]) ** 2).sum(axis=1)
    while len(rows) < count and left.sum() > 0:
        rows.append(int(rng.choice(len(x), p=left / left.sum())))
        left = np.minimum(left, ((x - x[rows[-1]]) ** 2).sum(axis=1))
    return x[rows]


@dataclass(frozen=True, kw_only=True)
class BalancedSet:
    """``rows``: in order of choice; ``kinds`` (n,): of all items; ``weights``: of each kind after the last round."""

    rows: tuple[int, ...]
    kinds: IntArray
    weights: FloatArray


def balanced_set(
    places: FloatArray,
    quality: FloatArray,
    k: int,
    *,
    rng: np.random.Generator,
    pins: tuple[int, ...] = (),
    most: int = KINDS,
) -> BalancedSet:
    """``k`` rows in rounds: each kind gets a share of a round by how good what was drawn of it so far is.

    "Diversify and Conquer" (Yu et al. 2024, arXiv 2409.11378, algorithm 1, as in its code): k-means kinds; equal rounds;
    the first gives each kind the same, later ones wⱼ ∝ exp(mean quality of what was drawn of kind j); inside a kind by
    chance, without replacement. A kind of junk fades. Three differences: quality is first brought to mean 0 and standard
    deviation 1 over all items, as theirs was a reward of no fixed scale; places of a round go to the kinds that are
    farthest below their share instead of by lot, so that sizes are those of the weights and the set has exactly ``k``;
    there are at most ``k`` // 2 kinds, and ``most``. ``pins`` come first and count. Raises NotEnoughItems, InvalidInput.
    """
    checked_size(len(places), k, pins)
    found = kinds(places, max(1, min(most, k // 2)), rng)
    z = standardised(quality)
    waiting = _queues(found, pins, rng)
    count = len(waiting)
    weights, share, taken = np.full(count, 1 / count), np.zeros(count), np.zeros(count)
    rows = list(pins)
    np.add.at(taken, found[rows], 1)
    left = k - len(pins)
    for turn in range(ROUNDS):
        seats = left * (turn + 1) // ROUNDS - left * turn // ROUNDS
        share += weights * (seats + (len(pins) if turn == 0 else 0))
        rows += _drawn(waiting, share, taken, seats)
        weights = _weights(found, z, rows, count)
    return BalancedSet(rows=tuple(rows), kinds=found, weights=weights)


def standardised(values: FloatArray) -> FloatArray:
    """(n,) with mean 0 and standard deviation 1; zeros where all are the same."""
    x = np.asarray(values, np.float64)
    spread = float(x.std())
    return np.asarray(
        (x - x.mean()) / spread if spread > 1e-12 * max(1.0, float(np.abs(x).max())) else np.zeros_like(x)
    )


def _queues(found: IntArray, pins: tuple[int, ...], rng: np.random.Generator) -> list[list[int]]:
    """For each kind its rows but ``pins``, in an order drawn by chance; taken from the end."""
    order = rng.permutation(len(found))
    order = order[~np.isin(order, pins)]
    return [order[found[order] == kind].tolist() for kind in range(int(found.max()) + 1)]


def _drawn(waiting: list[list[int]], share: FloatArray, taken: FloatArray, seats: int) -> list[int]:
    """``seats`` rows, each of the kind that is farthest below its share and has some left; updates what is given."""
    rows = []
    for _ in range(seats):
        behind = np.where([bool(queue) for queue in waiting], share - taken, -np.inf)
        kind = int(behind.argmax())
        rows.append(waiting[kind].pop())
        taken[kind] += 1
    return rows


def _weights(found: IntArray, z: FloatArray, rows: list[int], count: int) -> FloatArray:
    """wⱼ ∝ exp(mean z of the rows of kind j); a kind of which there are none yet keeps to the mean of all."""
    drawn = np.bincount(found[rows], minlength=count)
    mean = np.bincount(found[rows], z[rows], count) / np.maximum(drawn, 1)
    weights = np.exp(mean)
    return np.asarray(weights / weights.sum())


def balanced(pool: Pool, wish: Wish) -> list[Pick]:
    """:func:`balanced_set` on the map."""
    found = balanced_set(pool.places, pool.quality, wish.k, rng=np.random.default_rng(wish.seed), pins=wish.pins)
    size, taken = np.bincount(found.kinds), np.bincount(found.kinds[list(found.rows)])
    return [
        Pick(row, PINNED if row in wish.pins else _said(int(taken[kind]), int(size[kind])))
        for row, kind in ((row, int(found.kinds[row])) for row in found.rows)
    ]


def _said(taken: int, size: int) -> str:
    if size == 1:
        return "the only one of its kind"
    return f"{'one' if taken == 1 else f'one of {taken}'} taken from {size} of a kind"
