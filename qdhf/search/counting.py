"""Which items count: those that fit their prompt and are no near copies of an earlier one. The others are kept as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf.types import FloatArray, IntArray, StudyMatrix

COUNTS, OFF, COPY = 0, 1, 2
CHUNK = 256  # rows compared at once
COARSE, SAMPLE = 32, 400  # principal axes that tell far items apart, and the items that they are found from


def rule_out(
    features: FloatArray, measured: FloatArray, *, least: float, alike: float, known: IntArray | None = None
) -> IntArray:
    """(n,) int8 over items by position: COUNTS, OFF (``measured`` (n,) below ``least``) or COPY (a cosine of at least
    ``alike`` between its row of (n, d) ``features`` and that of an earlier item that counts; 1 or more: nothing is a copy).

    ``known``: what was found of the first rows before; later items change nothing about earlier ones.
    """
    n, start = len(measured), 0 if known is None else len(known)
    found = np.zeros(n, np.int8)
    found[:start] = known if known is not None else 0
    found[start:][np.asarray(measured)[start:] < least] = OFF
    if alike < 1 and start < n:
        _find_copies(_unit(features), alike, start, found)
    return found


def _unit(features: FloatArray) -> FloatArray:
    x = np.asarray(features, np.float32)
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def _find_copies(unit: FloatArray, alike: float, start: int, found: IntArray) -> None:
    """Mark copies among rows from ``start`` on. Unit vectors of cosine c lie √(2 − 2c) apart, and no projection lies them
    further apart; so most pairs are told apart in few dimensions, and only the rest is compared in full."""
    coarse = unit @ _principal(unit).T  # (n, COARSE)
    reach = 2 - 2 * alike + 1e-5
    lengths = (coarse**2).sum(axis=1)
    for low in range(start, len(unit), CHUNK):
        high = min(low + CHUNK, len(unit))
        apart = lengths[low:high, None] + lengths[None, :high] - 2 * coarse[low:high] @ coarse[:high].T
        for row in range(low, high):
            near = np.flatnonzero((apart[row - low, :row] <= reach) & (found[:row] == COUNTS))
            if found[row] == COUNTS and len(near) and float((unit[near] @ unit[row]).max()) >= alike:
                found[row] = COPY


def _principal(unit: FloatArray) -> FloatArray:
    """(at most COARSE, d) orthonormal rows: the axes along which a sample of the items varies most."""
    sample = unit[np.linspace(0, len(unit) - 1, min(len(unit), SAMPLE)).round().astype(int)]
    rows = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)[2]
    return np.asarray(rows[:COARSE])


def counts(matrix: StudyMatrix, rows: Sequence[int]) -> tuple[int, int]:
    """How many items in ``rows`` are off their prompt, and how many are near copies."""
    if matrix.ruled_out is None:
        return 0, 0
    told = matrix.ruled_out[list(rows)]
    return int((told == OFF).sum()), int((told == COPY).sum())
