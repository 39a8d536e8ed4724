"""Who may be chosen at all: not banned, good enough, no copy of something better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdhf.checks import between
from qdhf.curate.pool import Pool, by_quality
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.types import FloatArray, IntArray

BLOCK = 512  # items compared at a time: memory stays at BLOCK × n numbers
SCREEN = 24  # directions that most pairs can be told apart by
CROWDED = 0.02  # share of pairs beyond which it is quicker to compare all in full

WHY = {
    "filter": ("the filter leaves out {}", "widen the filter"),
    "bans": ("{} are banned or swapped out", "take some of these back"),
    "study": ("the study does not count {}, which miss their prompt or copy earlier ones", "let it count them"),
    "floor": ("the quality floor leaves out {}", "lower the floor"),
    "copies": ("{} are near-copies of better ones", "allow closer copies"),
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``floor``: least quality. ``copies``: items whose features have a cosine of at least this, up to 1, with a better
    one that passes are left out; exact copies always are. ``bans``: rows never chosen. ``only``: rows to keep to.
    ``off``: rows that the study does not count."""

    floor: float = -np.inf
    copies: float | None = None
    bans: tuple[int, ...] = ()
    only: tuple[int, ...] | None = None
    off: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Passing:
    """``rows``: what may be chosen, ascending. ``left_out``: how many each limit took of those that the ones before it
    let through, in the order "filter", "bans", "study", "floor", "copies". Their sum and ``rows`` make the whole pool."""

    rows: IntArray
    left_out: dict[str, int]

    def check(self, k: int) -> None:
        """Raises NotEnoughItems below ``k`` items, saying how many pass and which limit holds back most."""
        n, total = len(self.rows), len(self.rows) + sum(self.left_out.values())
        if k <= n:
            return
        most = max(self.left_out, key=lambda name: self.left_out[name])
        if not self.left_out[most]:
            raise NotEnoughItems(f"{k} items were asked for, but there are only {n}. Ask for at most {n}.")
        why, remedy = WHY[most]
        way_on = f"Ask for at most {n}, or {remedy}" if n else remedy.capitalize()
        raise NotEnoughItems(
            f"{k} items were asked for, but {n or 'none'} of {total} pass. What holds back most: "
            f"{why.format(self.left_out[most])}. {way_on}."
        )


def screen(pool: Pool, limits: Limits, pins: Sequence[int] = ()) -> Passing:
    """What of ``pool`` passes ``limits``. ``pins`` pass them all. Raises InvalidInput for rows that cannot be."""
    n = len(pool)
    checked_rows(n, pins, limits.bans)
    pinned = np.zeros(n, bool)
    pinned[list(pins)] = True
    allowed, left_out = np.ones(n, bool), {}
    for name, passes in (
        ("filter", _mask(n, limits.only)),
        ("bans", ~_mask(n, limits.bans)),
        ("study", ~_mask(n, limits.off)),
        ("floor", np.asarray(pool.quality) >= limits.floor),
    ):
        before = allowed.sum()
        allowed &= passes | pinned
        left_out[name] = int(before - allowed.sum())
    order = by_quality(pool.quality)
    order = np.concatenate([np.asarray(pins, np.int64), order[allowed[order] & ~pinned[order]]])
    kept = order[without_copies(pool.features[order], limits.copies, keep=len(pins))]
    left_out["copies"] = len(order) - len(kept)
    return Passing(rows=np.sort(kept), left_out=left_out)


def checked_rows(n: int, pins: Sequence[int], bans: Sequence[int] = ()) -> None:
    """Raises InvalidInput for pins or bans that are no rows of ``n`` items, named twice, or both."""
    wrong = [row for row in (*pins, *bans) if not 0 <= row < n]
    if wrong:
        raise InvalidInput(f"Pins and bans name rows 0 to {n - 1}; got {wrong[0]}.")
    if both := set(pins) & set(bans):
        raise InvalidInput(f"Row {min(both)} is both pinned and banned; take one mark away.")
    if len(set(pins)) != len(pins):
        raise InvalidInput("Each pin is named once; one is named twice.")


def _mask(n: int, rows: Sequence[int] | None) -> NDArray[np.bool_]:
    mask = np.full(n, rows is None)
    mask[list(rows or ())] = True
    return mask


def without_copies(features: FloatArray, cosine: float | None, *, keep: int = 0) -> NDArray[np.bool_]:
    """(n,) which rows stay when, from the first to the last, each that copies one that stays is dropped.

    A copy has the same (n, d) ``features``, or with ``cosine`` a cosine of at least that. The first ``keep`` rows always
    stay; rows of zeros have no direction and copy nothing. n × n numbers are never held: blocks are compared with what
    stays so far. Where few pairs are alike, these are found first by their distance along a few directions, which is never
    larger than the whole distance ‖u − v‖² = 2 − 2·cosine. Raises InvalidInput for a cosine outside 0 to 1.
    """
    x = np.ascontiguousarray(features, np.float32)
    stays = _first_of_each(x, keep)
    if cosine is None:
        return stays
    between("The cosine from which items are copies", cosine, 0.0, 1.0)
    rows = np.flatnonzero(stays)
    norms = np.linalg.norm(x[rows], axis=1, keepdims=True)
    units = x[rows] / np.where(norms > 0, norms, 1)
    stays[rows] = _unlike(units, cosine, keep)
    return stays


def _first_of_each(x: FloatArray, keep: int) -> NDArray[np.bool_]:
    """The first of each bunch of rows that are the same byte for byte; rows of zeros stay."""
    seen: set[bytes] = set()
    stays = np.ones(len(x), bool)
    for row, values in enumerate(x):
        key = values.tobytes()
        stays[row] = row < keep or key not in seen or not values.any()
        seen.add(key)
    return stays


def _unlike(units: FloatArray, cosine: float, keep: int) -> NDArray[np.bool_]:
    n = len(units)
    stays = np.ones(n, bool)
    short = _shortened(units)
    for start in range(0, n, BLOCK):
        block = slice(start, min(start + BLOCK, n))
        copies = _alike(units, short, block, np.flatnonzero(stays[:start]), cosine)
        mutual = units[block] @ units[block].T >= cosine
        for i, row in enumerate(range(start, block.stop)):
            stays[row] = row < keep or not (copies[i] or (mutual[i, :i] & stays[start:row]).any())
    return stays


def _shortened(units: FloatArray) -> FloatArray:
    """(n, ≤ SCREEN + 2): coordinates c along the widest directions of some rows, their squared length, and 1. Times
    :func:`_mirrored` of others it is the squared distance between c and theirs."""
    some = units[:: max(1, len(units) // 512)]
    _, _, axes = np.linalg.svd(some - some.mean(axis=0), full_matrices=False)
    c = units @ axes[:SCREEN].T
    return np.hstack([c, (c**2).sum(axis=1, keepdims=True), np.ones((len(c), 1), np.float32)])


def _mirrored(short: FloatArray) -> FloatArray:
    return np.hstack([-2 * short[:, :-2], short[:, -1:], short[:, -2:-1]])


def _alike(units: FloatArray, short: FloatArray, block: slice, others: IntArray, cosine: float) -> NDArray[np.bool_]:
    """(b,) which rows of the block have at least ``cosine`` with some of the rows ``others``."""
    near = short[block] @ _mirrored(short[others]).T <= 2 * (1 - cosine) + 1e-4  # room for rounding
    rows, columns = np.nonzero(near)
    if len(rows) > CROWDED * near.size:
        return np.asarray((units[block] @ units[others].T >= cosine).any(axis=1))
    found = np.zeros(len(near), bool)
    for at in range(0, len(rows), 8 * BLOCK):
        pairs = slice(at, at + 8 * BLOCK)
        cosines = np.einsum("ij,ij->i", units[block][rows[pairs]], units[others[columns[pairs]]])
        found[rows[pairs][cosines >= cosine]] = True
    return found
