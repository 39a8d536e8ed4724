"""The published recipe, step by step: what it trains on, how it starts, when it stops."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.as_published import STEP, fit_as_published
from qdhf.types import FloatArray, Triplets


def answers(n: int, target: FloatArray) -> Triplets:
    items = np.random.default_rng(1).permuted(np.tile(np.arange(30), (n, 1)), axis=1)[:, :3]
    return Triplets(items=items, target=target.astype(np.float32), rater=np.zeros(n, np.int64))


@pytest.fixture
def features() -> FloatArray:
    return np.random.default_rng(0).normal(size=(30, 16))


def test_it_starts_from_uniform_weights_and_steps_by_a_thousandth(features: FloatArray) -> None:
    fit = fit_as_published(features, answers(20, np.ones(20)), rng=np.random.default_rng(3), most_epochs=1)
    start = np.random.default_rng(3).uniform(-0.25, 0.25, (2, 16))  # 1 / sqrt(16)
    np.testing.assert_allclose(np.abs(fit.weights - start), STEP, rtol=1e-3)
    assert fit.scale == 1


def test_the_newest_quarter_decides_when_to_stop_and_teaches_nothing(features: FloatArray) -> None:
    target = np.random.default_rng(2).integers(0, 2, 40).astype(float)
    others = np.where(np.arange(40) < 30, target, 1 - target)
    fits = [
        fit_as_published(features, answers(40, t), rng=np.random.default_rng(0), most_epochs=11).weights
        for t in (target, others)
    ]
    np.testing.assert_array_equal(*fits)
    early = np.where(np.arange(40) < 29, target, 1 - target)
    fit = fit_as_published(features, answers(40, early), rng=np.random.default_rng(0), most_epochs=11)
    assert not np.array_equal(fit.weights, fits[0])


def test_it_stops_once_the_newest_ten_accuracies_are_below_the_ten_before(features: FloatArray) -> None:
    target = np.random.default_rng(2).integers(0, 2, 40).astype(float)
    at = {
        n: fit_as_published(features, answers(40, target), rng=np.random.default_rng(0), most_epochs=n).weights
        for n in (12, 500, 1000)
    }
    assert not np.array_equal(at[12], at[500])  # it goes on for a while
    np.testing.assert_array_equal(at[500], at[1000])  # and stopped before
