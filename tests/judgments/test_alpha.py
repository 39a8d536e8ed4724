"""Krippendorff's alpha against his own worked examples, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.judgments.alpha import nominal_alpha

N = -1
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: 4 observers, 12 units, missing values
TWELVE = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
# the same, section A: 2 observers, 10 units, two values
TEN = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_four_observers_with_missing_values_as_published() -> None:
    found = nominal_alpha(TWELVE, rng=rng())
    assert found is not None
    # by hand: 40 pairable values (9 ones, 13 twos, 10 threes, 5 fours, 3 fives), Σ o_cc = 32, Σ n_c(n_c − 1) = 344
    assert found.value == pytest.approx((39 * 32 - 344) / (40 * 39 - 344), abs=1e-12)
    assert round(found.value, 3) == 0.743
    assert (found.units, found.agreement) == (11, pytest.approx(32 / 40))


def test_two_observers_two_values_as_published() -> None:
    found = nominal_alpha(TEN, rng=rng())
    assert found is not None
    assert found.value == pytest.approx(1 - 19 * 4 / (14 * 6), abs=1e-12)  # 20 values, 14 zeros, 4 units that differ
    assert round(found.value, 3) == 0.095
    assert found.agreement == pytest.approx(0.6)


def test_perfect_agreement_is_one_and_so_is_its_interval() -> None:
    found = nominal_alpha(np.array([[0, 1, 0, 1], [0, 1, 0, 1]]), rng=rng())
    assert found is not None
    assert (found.value, found.low, found.high, found.agreement) == (1.0, 1.0, 1.0, 1.0)


def test_constant_disagreement_is_below_chance() -> None:
    found = nominal_alpha(np.array([[0, 1, 0, 1], [1, 0, 1, 0]]), rng=rng())
    assert found is not None
    assert found.value == pytest.approx(1 - 7 * 8 / (2 * 16))


def test_coins_agree_as_chance_does_and_the_interval_says_so() -> None:
    found = nominal_alpha(rng().integers(0, 2, (3, 400)), rng=rng())
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert found.high - found.low < 0.2


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Two raters who both tell a fair coin's side, each wrong with probability 0.2: alpha = (1 − 2·0.2)²."""
    draw = np.random.default_rng(1)
    hits = 0
    for _ in range(100):
        truth = draw.integers(0, 2, 80)
        given = truth ^ (draw.random((2, 80)) < 0.2)
        found = nominal_alpha(given.astype(int), rng=draw, draws=500)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.36 <= found.high
    assert hits >= 88


def test_names_that_mean_nothing_do_not_matter() -> None:
    draw = np.random.default_rng(2)
    given = draw.integers(0, 2, (2, 30))
    renamed = given ^ (draw.random(30) < 0.5)
    first, second = (nominal_alpha(v, rng=rng(), same=[(0, 1)]) for v in (given, renamed))
    assert first is not None
    assert second is not None
    assert first.value == pytest.approx(second.value, abs=1e-12)
    assert nominal_alpha(given, rng=rng()) != nominal_alpha(renamed, rng=rng())


def test_agreeing_on_the_first_each_time_is_agreement_where_names_mean_nothing() -> None:
    always = np.zeros((2, 5), int)
    assert nominal_alpha(always, rng=rng()) is None
    found = nominal_alpha(always, rng=rng(), same=[(0, 1)])
    assert found is not None
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_without_two_answers_to_the_same_there_is_nothing_to_say() -> None:
    assert nominal_alpha(np.array([[0, N], [N, 1]]), rng=rng()) is None
    assert nominal_alpha(np.zeros((0, 0), int), rng=rng()) is None


def test_one_unit_gives_a_value_without_an_interval() -> None:
    found = nominal_alpha(np.array([[0], [1]]), rng=rng())
    assert found is not None
    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_the_interval_is_the_same_each_time() -> None:
    assert nominal_alpha(TWELVE, rng=rng()) == nominal_alpha(TWELVE, rng=rng())


@pytest.mark.parametrize("values", [np.array([[0.5, 1]]), np.array([[-2, 1]]), np.array([0, 1])])
def test_values_that_are_no_names_are_refused(values: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        nominal_alpha(values, rng=rng())
