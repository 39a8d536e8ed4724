"""The posterior in standard normal coordinates: its slopes and its information."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.likelihood import Likelihood
from qdhf.descriptors.target import Target
from qdhf.types import Answers, Choices, Triplets


def target(raters: int, weights: bool = False) -> Target:
    rng = np.random.default_rng(1)
    items = np.stack([rng.permutation(8)[:3] for _ in range(12)])
    one = Triplets(items=items, target=rng.choice([0, 0.5, 1.0], 12).astype(np.float32), rater=rng.integers(0, 2, 12))
    pairs = np.stack([np.zeros((3, 4), np.int64), np.tile(np.arange(1, 5), (3, 1))], axis=2)
    answers = Answers(triplets=one, choices=(Choices(pairs=pairs, chosen=2, rater=np.ones(3, np.int64)),))
    likelihood = Likelihood(answers, rng.random(15) + 0.5 if weights else None)
    q = len(likelihood.pairs)
    return Target(likelihood, 0.7 * rng.normal(size=(q, 3)), rng.normal(size=(q, 2)), raters)


@pytest.mark.parametrize("raters", [0, 2])
@pytest.mark.parametrize("weights", [False, True])
def test_the_gradient_is_the_slope_of_the_log_likelihood(raters: int, weights: bool) -> None:
    density = target(raters, weights)
    u = np.random.default_rng(2).normal(size=(4, density.size)) * 0.8
    _, gradient = density(u)
    for i in range(density.size):
        step = np.zeros(density.size)
        step[i] = 1e-6
        slope = (density(u + step)[0] - density(u - step)[0]) / 2e-6
        assert gradient[:, i] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_a_map_does_not_depend_on_the_batch_it_is_in() -> None:
    density = target(2)
    u = np.random.default_rng(2).normal(size=(4, density.size))
    together, alone = density(u)[0], [density(row[None])[0][0] for row in u]
    assert together == pytest.approx(alone)


def test_information_is_the_expected_curvature() -> None:
    """For triplets without lapses: minus the second derivative, averaged over both answers by their chances."""
    rng = np.random.default_rng(4)
    items = np.array([[0, 1, 2]])
    reduced, prior = rng.normal(size=(2, 2)), np.zeros((2, 1))
    u = np.array([0.7, -0.4, 0.0, 0.0, -30.0])

    def density(answer: float) -> Target:
        one = Triplets(items=items, target=np.array([answer], np.float32), rater=np.zeros(1, np.int64))
        return Target(Likelihood(Answers(triplets=one)), reduced, prior)

    chance = float(np.exp(density(1.0)(u[None])[0][0]))
    squared = np.zeros((2, 2))
    for answer, weight in ((1.0, chance), (0.0, 1 - chance)):
        slope = density(answer)(u[None])[1][0, :2]
        squared += weight * np.outer(slope, slope)
    assert density(1.0).information(u) - np.eye(2) == pytest.approx(squared, rel=1e-6)


def test_without_axes_only_the_prior_is_left() -> None:
    whole = target(0)
    alone = Target(whole.likelihood, whole.reduced[:, :0], whole.prior)
    assert alone.size == 3
    u = np.zeros((1, whole.size))
    assert alone(np.zeros((1, 3)))[0] == pytest.approx(whole(u)[0])
