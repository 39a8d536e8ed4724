"""Krippendorff's alpha: agreement beyond chance, for any number of raters and missing answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, IntArray

DRAWS = 2000  # of the bootstrap
LEAST_UNITS = 2  # below, resampling units says nothing about their spread


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """``value``: 1 for perfect agreement, 0 for what chance gives, below 0 for systematic disagreement. ``low`` and
    ``high``: its 95 % bootstrap interval, None where it cannot be had. ``agreement``: share of pairs of answers to the
    same unit that agree, in [0, 1], chance not taken off. ``units``: how many have two answers or more."""

    value: float
    low: float | None
    high: float | None
    agreement: float
    units: int


def nominal_alpha(
    values: IntArray, *, rng: np.random.Generator, same: Sequence[tuple[int, int]] = (), draws: int = DRAWS
) -> Alpha | None:
    """Alpha of (raters, units) nominal ``values``, 0 and up, −1 where a rater gave none.

    Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", C: α = 1 − (n − 1)·Σ_{c≠k} o_ck / Σ_{c≠k} n_c·n_k
    over the coincidence matrix o, to which a unit with m values adds each ordered pair of them, divided by m − 1. The
    interval takes the 2.5 % and 97.5 % quantiles over resampled units; his own bootstrap resamples pairs, which are
    not independent. ``same``: pairs of values whose names are arbitrary in each unit ("the first", "the second"); what
    chance gives is then computed as if either name had been as likely.

    None where no unit has two values, or only one value was ever given, whose name means something: then nothing could
    have differed.
    """
    given = checks.matrix("values", values).astype(np.int64)
    if (given != values).any() or (given.size and given.min() < -1):
        raise InvalidInput("Nominal values are whole numbers from 0, or −1 where there is none.")
    kinds = 1 + max(int(given.max(initial=0)), *(max(pair) for pair in same), 0)
    each = _coincidences(given, kinds, same)
    if not len(each):
        return None
    whole = _alphas(each.sum(axis=0)[None])[0]
    if np.isnan(whole):
        return None
    low = high = None
    if len(each) >= LEAST_UNITS:
        counts = rng.multinomial(len(each), np.full(len(each), 1 / len(each)), draws)  # (draws, units)
        found = _alphas(np.tensordot(counts, each, 1))
        low, high = (float(q) for q in np.nanquantile(found, [0.025, 0.975]))
    return Alpha(value=float(whole), low=low, high=high, agreement=_agreement(each), units=len(each))


def _coincidences(given: IntArray, kinds: int, same: Sequence[tuple[int, int]]) -> FloatArray:
    """(units with two values or more, kinds, kinds) coincidence matrices."""
    counts = np.stack([(given == kind).sum(axis=0) for kind in range(kinds)], axis=1).astype(np.float64)
    counts = counts[counts.sum(axis=1) >= 2]
    each = counts[:, :, None] * counts[:, None, :]
    at = np.arange(kinds)
    each[:, at, at] -= counts
    each /= (counts.sum(axis=1) - 1)[:, None, None]
    for one, other in same:
        order = at.copy()
        order[[one, other]] = other, one
        each = 0.5 * (each + each[:, order][:, :, order])
    return np.asarray(each)


def _alphas(matrices: FloatArray) -> FloatArray:
    """(draws,) alphas of (draws, kinds, kinds) coincidence matrices; NaN where only one value occurs."""
    totals = matrices.sum(axis=2)
    n = totals.sum(axis=1)
    different = n - np.trace(matrices, axis1=1, axis2=2)
    chance = n**2 - (totals**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = np.where(chance > 1e-9, 1 - (n - 1) * different / chance, np.nan)
    return found


def _agreement(each: FloatArray) -> float:
    total = each.sum(axis=0)
    return float(np.trace(total) / total.sum())
