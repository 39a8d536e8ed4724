"""A set that stands for all: every item has somebody like it in the set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf import checks
from qdhf.curate.pool import PINNED, Pick, Pool, Wish, by_quality
from qdhf.curate.subsets import checked_size
from qdhf.metrics.vendi import LENGTH
from qdhf.types import FloatArray, IntArray

BLOCK = 32  # items whose likeness to all is worked out at a time: small enough for the processor's cache
PAIRS = 10**8  # n²·k up to which single exchanges are tried after greed
EQUAL = 1e-5  # gains that differ by less than this share are equal: of a pair that serve each other, either will do
NONE = 1e-12  # below this an item counts as not stood for at all


def likeness(places: FloatArray, others: FloatArray, *, length: float = LENGTH) -> FloatArray:
    """(n, m) exp(−d²/2ℓ²) of (n, a) ``places`` and (m, a) ``others``, float32: the kernel of the Vendi score."""
    x, y = (np.asarray(p, np.float32) / np.float32(length * 2**0.5) for p in (places, others))
    squared = np.zeros((len(x), len(y)), np.float32)
    for axis in range(x.shape[1]):
        gap = np.subtract.outer(x[:, axis], np.ascontiguousarray(y[:, axis]))
        squared += np.multiply(gap, gap, out=gap)
    return np.exp(np.negative(squared, out=squared), out=squared)


def facility_location(places: FloatArray, quality: FloatArray, k: int, *, pins: Sequence[int] = ()) -> list[int]:
    """``k`` rows that greedily maximise F(S) = Σᵢ max_{s∈S} sim(i, s), in order of choice, the better of equals first.

    Facility location on the learned likeness is monotone and submodular, so the greedy set reaches (1 − 1/e) of the best
    possible (Nemhauser, Wolsey & Fisher 1978, section 4). It is the coverage term of semantic compression (Raja & Vats
    2025, arXiv 2507.19715); its diversity term is left out, as it is not submodular. After each choice only what the
    items add whose best likeness it raised is worked out anew, for the candidates near enough to matter: the same set as
    by plain greed, sooner than by Minoux's (1978) lazy one, as on a map nearly all gains fall together. ``pins`` come
    first. Time n² once, then about n times the items raised; memory ``BLOCK``·n. Raises NotEnoughItems, InvalidInput.
    """
    checked_size(len(places), k, pins)
    order = np.argsort(np.asarray(checks.matrix("places", places))[:, 0], kind="stable")  # neighbours beside each other
    making = _Making(np.asarray(places, np.float32)[order])
    back, rank = np.argsort(order), np.argsort(by_quality(quality))[order]
    chosen = [int(back[row]) for row in pins]
    for row in chosen:
        making.served = np.maximum(making.served, making.alike(row))
    making.start()
    making.gains[chosen] = -np.inf
    while len(chosen) < k:
        best = making.gains.max()  # a rounding error below 0 where there is nothing left to gain
        equals = np.flatnonzero(making.gains >= best - EQUAL * abs(best))
        row = int(equals[rank[equals].argmin()])
        making.take(row)
        chosen.append(row)
    return [int(order[row]) for row in chosen]


class _Making:
    """``x`` (n, a), by the first axis; ``served`` (n,): each item's likeness to the nearest chosen one; ``gains`` (n,):
    what each would add to F."""

    def __init__(self, x: FloatArray) -> None:
        self.x, self.first = x, np.ascontiguousarray(x[:, 0], np.float64)
        self.served, self.gains = np.zeros(len(x), np.float32), np.zeros(len(x))

    def alike(self, row: int) -> FloatArray:
        return np.asarray(likeness(self.x[row : row + 1], self.x)[0])

    def start(self) -> None:
        """Work all gains out: all pairs are gone through, each once where nothing is chosen yet, as likeness is mutual."""
        fresh = not self.served.any()
        for at in range(0, len(self.x), BLOCK):
            end = min(at + BLOCK, len(self.x))
            alike = likeness(self.x[at:end], self.x[at if fresh else 0 :])
            if fresh:
                self.gains[at:] += alike.sum(axis=0, dtype=np.float64)
                self.gains[at:end] += alike[:, end - at :].sum(axis=1, dtype=np.float64)
            else:
                self.gains += _above(alike, self.served[at:end])

    def take(self, row: int) -> None:
        """Choose ``row`` and bring the gains up to date."""
        before, after = self.served, np.maximum(self.served, self.alike(row))
        raised = np.flatnonzero(after > before)
        for at in range(0, len(raised), BLOCK):
            self._update(raised[at : at + BLOCK], before, after)
        self.served = after
        self.gains[row] = -np.inf

    def _update(self, rows: IntArray, before: FloatArray, after: FloatArray) -> None:
        reach = np.full(len(rows), np.inf)  # farther than this a candidate was no better for the item than what it had
        some = before[rows] > NONE
        reach[some] = LENGTH * np.sqrt(-2 * np.log(before[rows][some].astype(np.float64))) + 1e-3
        low = np.searchsorted(self.first, (self.first[rows] - reach).min())
        high = np.searchsorted(self.first, (self.first[rows] + reach).max(), side="right")
        alike = likeness(self.x[rows], self.x[low:high])
        self.gains[low:high] -= _above(alike, before[rows]) - _above(alike, after[rows])


def _above(alike: FloatArray, level: FloatArray) -> FloatArray:
    """(m,) Σᵢ max(simᵢⱼ − levelᵢ, 0) over the rows of (b, m) ``alike``."""
    more = alike - level[:, None]
    return np.asarray(np.maximum(more, 0, out=more).sum(axis=0, dtype=np.float64))  # exact sums: they are taken back


def exchanged(places: FloatArray, rows: Sequence[int], *, keep: int = 0) -> list[int]:
    """``rows`` with single ones beyond the first ``keep`` exchanged for others while that raises F (Cornuejols, Fisher &
    Nemhauser 1977, the interchange heuristic). Time n² a try, memory n²: for small n."""
    similar, chosen = likeness(places, places), list(rows)
    for _ in range(len(rows)):
        before = list(chosen)
        for at in range(keep, len(chosen)):
            others = chosen[:at] + chosen[at + 1 :]
            served = similar[others].max(axis=0, initial=0)
            gains = _above(similar, served)
            if gains.max() > gains[chosen[at]] * (1 + 1e-9):
                chosen[at] = int(gains.argmax())
        if chosen == before:
            break
    return chosen


def stood_for(places: FloatArray, rows: Sequence[int]) -> list[int]:
    """For each of ``rows`` how many of all (n, a) ``places`` are nearest to it, itself included."""
    x = np.asarray(places, np.float32)
    nearest = [likeness(x[i : i + 4096], x[list(rows)]).argmax(axis=1) for i in range(0, len(x), 4096)]
    return [int(n) for n in np.bincount(np.concatenate(nearest), minlength=len(rows))]


def representative(pool: Pool, wish: Wish) -> list[Pick]:
    """:func:`facility_location` on the map, then :func:`exchanged` where there are few enough items for that."""
    rows = facility_location(pool.places, pool.quality, wish.k, pins=wish.pins)
    if len(pool) ** 2 * wish.k <= PAIRS:
        rows = exchanged(pool.places, rows, keep=len(wish.pins))
    counts = stood_for(pool.places, rows)
    return [
        Pick(row, PINNED if row in wish.pins else f"stands for {n} like it" if n > 1 else "stands for itself alone")
        for row, n in zip(rows, counts, strict=True)
    ]
