"""Whether "80 % sure" is right 80 times out of 100."""

from __future__ import annotations

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.types import FloatArray

LEAST_MEASURED = 20  # answers, before a calibration error says anything
BINS, PER_BIN = 10, 10  # at most so many bins, of at least so many answers
STEEPNESSES = np.geomspace(0.01, 100, 60)  # logits per mean |Δ| that are tried
LAPSES = np.linspace(0, 0.25, 6)


def probabilities(gap: FloatArray, steepness: float, lapse: float) -> FloatArray:
    """P(a closer) = lapse + (1 − 2·lapse)·σ(steepness·Δ), Δ of squared distances."""
    sure: FloatArray = 0.5 * (1 + np.tanh(0.5 * steepness * gap))
    return lapse + (1 - 2 * lapse) * sure


def log_losses(gap: FloatArray, target: FloatArray, steepness: float, lapse: float) -> FloatArray:
    """(m,) nats that each answer costs under :func:`probabilities`; ``target`` as in :class:`~qdhf.types.Triplets`."""
    chance = np.clip(probabilities(gap, steepness, lapse), 1e-9, 1 - 1e-9)
    found: FloatArray = -(target * np.log(chance) + (1 - target) * np.log1p(-chance))
    return found


def best_steepness(gap: FloatArray, target: FloatArray) -> tuple[float, float]:
    """The (steepness, lapse) under which answers with gaps ``gap`` (m,) cost least, over a grid; (1, 0) for none.

    A weak pull (half a nat at a factor of e) toward one logit per mean |Δ| keeps few answers from claiming certainty."""
    unit = float(np.abs(gap).mean()) if len(gap) else 0.0
    if unit < 1e-12:
        return 1.0, 0.0
    tried = [
        (float(log_losses(gap, target, s / unit, lapse).sum()) + 0.5 * np.log(s) ** 2 + 4 * lapse, s / unit, lapse)
        for s in STEEPNESSES
        for lapse in LAPSES
    ]
    _, steepness, lapse = min(tried)
    return float(steepness), float(lapse)


def expected_calibration_error(chance: FloatArray, target: FloatArray, bins: int = BINS) -> float:
    """Mean over answers of |confidence − share right|, by bins of equal mass (Naeini et al. 2015, "Obtaining well
    calibrated probabilities using Bayesian binning", with equal mass for equal width). 0 is perfect, ½ the worst.

    ``chance``: (m,) P(a closer); confidence is that of the likelier candidate. ``target``: (m,), graded answers count by
    their share. Raises InvalidInput where there are fewer answers than ``bins``.
    """
    if not 1 <= bins <= len(chance):
        raise InvalidInput(f"A calibration error over {bins} bins needs at least as many answers; got {len(chance)}.")
    confidence = np.maximum(chance, 1 - chance)
    right = np.where(chance >= 0.5, target, 1 - target)
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(abs(float(confidence[p].sum() - right[p].sum())) for p in parts) / len(chance))


def calibration(chance: FloatArray, target: FloatArray) -> float | None:
    """Expected calibration error of ``chance`` (m,), P(a closer), on answers ``target``; "can't tell" is left out.

    In bins of 10 answers or more, 10 bins at most. None below 20 answers: then chance alone makes an error of 0.1."""
    told = target != 0.5
    n = int(told.sum())
    return (
        expected_calibration_error(chance[told], target[told], min(BINS, n // PER_BIN)) if n >= LEAST_MEASURED else None
    )
