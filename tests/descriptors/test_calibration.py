"""Probabilities, their steepness, and whether they can be taken at their word."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.calibration import (
    best_steepness,
    calibration,
    expected_calibration_error,
    log_losses,
    probabilities,
)
from qdhf.errors import InvalidInput


def test_probabilities_are_logistic_between_the_lapses() -> None:
    found = probabilities(np.array([0.0, np.log(3), -1e4, 1e4]), 1.0, 0.1)
    np.testing.assert_allclose(found, [0.5, 0.1 + 0.8 * 0.75, 0.1, 0.9])


def test_an_answer_costs_the_log_of_its_probability_and_grades_weigh_both() -> None:
    found = log_losses(np.array([np.log(3)] * 3), np.array([1.0, 0.0, 0.75]), 1.0, 0.0)
    np.testing.assert_allclose(
        found, -np.array([np.log(0.75), np.log(0.25), 0.75 * np.log(0.75) + 0.25 * np.log(0.25)])
    )


def test_steepness_and_lapse_are_found_again() -> None:
    rng = np.random.default_rng(0)
    gap = rng.normal(size=4000)
    target = (rng.random(4000) < probabilities(gap, 4.0, 0.1)).astype(float)
    steepness, lapse = best_steepness(gap, target)
    assert steepness == pytest.approx(4.0, rel=0.25)
    assert lapse == pytest.approx(0.1, abs=0.05)


def test_nothing_to_measure_gives_a_steepness_of_one() -> None:
    assert best_steepness(np.zeros(0), np.zeros(0)) == (1.0, 0.0)
    assert best_steepness(np.zeros(3), np.ones(3)) == (1.0, 0.0)


def test_the_error_is_the_distance_of_confidence_and_share_right() -> None:
    assert expected_calibration_error(np.full(10, 0.8), np.array([1.0] * 8 + [0.0] * 2), 1) == pytest.approx(0)
    assert expected_calibration_error(np.full(10, 0.8), np.array([1.0] * 5 + [0.0] * 5), 1) == pytest.approx(0.3)
    # sure of b is the same confidence
    assert expected_calibration_error(np.full(10, 0.2), np.array([0.0] * 8 + [1.0] * 2), 1) == pytest.approx(0)


def test_bins_hold_equally_many_answers_of_like_confidence() -> None:
    chance = np.array([0.9] * 5 + [0.6] * 5)
    target = np.array([1.0, 1, 1, 1, 0] + [1.0, 1, 1, 1, 0])  # 0.8 of either: off by 0.1 and by 0.2
    assert expected_calibration_error(chance, target, 2) == pytest.approx(0.15)


def test_more_bins_than_answers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least as many answers; got 3"):
        expected_calibration_error(np.full(3, 0.8), np.ones(3), 4)


def test_calibration_starts_at_twenty_answers_that_tell() -> None:
    chance, target = np.full(25, 0.75), np.array([1.0, 1.0, 1.0, 0.0] * 6 + [0.5])
    target[:5] = 0.5  # 19 are left
    assert calibration(chance, target) is None
    target[:1] = 1.0  # 20: two bins of ten, in which 8 and 7 are right
    assert calibration(chance, target) == pytest.approx((0.5 + 0.5) / 20)
