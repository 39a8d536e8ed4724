"""Early signs of axes that claim too much, and how many answers would settle it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from qdhf.descriptors.descriptor import learn
from qdhf.descriptors.monitoring import (
    about,
    answers_to_mend,
    answers_to_settle,
    crowding,
    newest_elites,
    occupancy,
    over_fitted,
    tens,
)
from qdhf.descriptors.validation import triplet_accuracy, wilson
from qdhf.planted import PlantedWorld, answered
from qdhf.types import FitReport, FloatArray, NewQuestion, Projection, StudyMatrix, Triplets


def report(train: tuple[float, int], held: tuple[float, int], method: str = "logistic") -> FitReport:
    return FitReport(
        method=method, n_train=train[1], n_held_out=held[1], held_out=wilson(*held), baseline=None, train=wilson(*train),
        consistency=None, strength=1.0, lapse=0.0, seconds=0.0,
    )  # fmt: skip


def test_occupancy_is_exact_on_hand_counts() -> None:
    found = occupancy(np.array([0, 0, 1, 2]), 10)
    assert found is not None
    assert found.entropy == pytest.approx(1.5 * math.log(2) / math.log(4))
    assert (found.top, found.n) == (1.0, 4)
    assert occupancy(np.zeros(8, int), 10) is not None
    assert occupancy(np.zeros(8, int), 10).entropy == 0  # type: ignore[union-attr]
    even = occupancy(np.arange(10), 10)
    assert even is not None
    assert (even.entropy, even.top) == (pytest.approx(1), 0.5)


def test_one_item_occupies_nothing_worth_measuring() -> None:
    assert occupancy(np.array([3]), 10) is None


def test_crowding_fires_when_the_latest_items_fall_into_few_cells() -> None:
    rng = np.random.default_rng(0)
    spread, low, high = rng.uniform(0, 1, (60, 2)), np.zeros(2), np.ones(2)
    crowd = crowding(np.concatenate([spread, 0.01 * spread]), low, high, (10, 10))
    calm = crowding(np.concatenate([spread, rng.uniform(0, 1, (60, 2))]), low, high, (10, 10))
    assert crowd is not None
    assert crowd.fires
    assert crowd.latest.top == 1.0
    assert calm is not None
    assert not calm.fires
    assert crowding(spread[:39], low, high, (10, 10)) is None


def over_trained(features: FloatArray, triplets: Triplets) -> Projection:
    """As many free weights as it takes to learn 30 answers by heart, without a prior."""
    r, a, b = (features[triplets.items[:, i]].astype(float) for i in range(3))
    sign = np.where(triplets.target > 0.5, 1.0, -1.0)

    def loss(w: FloatArray) -> tuple[float, FloatArray]:
        za, zb = (r - a) @ w.reshape(2, -1).T, (r - b) @ w.reshape(2, -1).T
        gap = sign * ((zb**2).sum(axis=1) - (za**2).sum(axis=1))
        slope = -(sign / (1 + np.exp(np.clip(gap, -50, 50))))[:, None]
        return float(np.logaddexp(0, -gap).sum()), 2 * ((slope * zb).T @ (r - b) - (slope * za).T @ (r - a)).ravel()

    start = np.random.default_rng(0).normal(size=2 * features.shape[1]) * 0.1
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return Projection(weights=found.x.reshape(2, -1), mean=np.zeros(features.shape[1]), scale=1.0)


@pytest.mark.parametrize("seed", range(5))
def test_thirty_noisy_answers_learned_by_heart_fire(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = PlantedWorld.make(rng=rng)
    train, held = world.triplets(30, rng=rng, flip=0.2), world.triplets(40, rng=rng, flip=0.2)
    axes = over_trained(world.features, train)
    shares = [triplet_accuracy(axes, world.features, t) for t in (train, held)]
    counts = [(a.value * a.n, a.n) for a in shares if a is not None]
    found = report(*counts)
    assert over_fitted(found)
    assert answers_to_mend(found) >= 50


@pytest.mark.parametrize("seed", range(3))
def test_three_hundred_clean_answers_stay_silent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = PlantedWorld.make(rng=rng)
    answers = world.judgments(300, rng=rng) + world.judgments(60, rng=rng, strategy="random")
    fit = learn(world.matrix(), answers, None, encoder="e", study_id="s", key="k", seed=0)
    assert not over_fitted(fit.report)


def test_a_gap_counts_only_where_it_is_large_and_certain_and_something_was_learned() -> None:
    assert over_fitted(report((100, 100), (60, 100)))
    assert not over_fitted(report((100, 100), (90, 100)))  # small
    assert not over_fitted(report((10, 10), (3, 4)))  # uncertain
    assert not over_fitted(report((100, 100), (60, 100), method="pca"))


def test_answers_to_mend_follow_the_curve_where_there_is_one() -> None:
    found = report((100, 100), (70, 100))
    assert answers_to_mend(found) == 500  # the gap of 0.3 falls to 0.05 at 600
    assert answers_to_mend(found, (1.0, 0.5)) == 300  # 1/√n is 0.05 at 400
    assert answers_to_mend(found, (0.1, 1.0)) == 10


@pytest.mark.parametrize(("given", "said"), [(-5, 10), (0, 10), (10, 10), (11, 20), (1e9, 2000)])
def test_counts_are_said_in_tens(given: float, said: int) -> None:
    assert tens(given) == said


def test_a_place_twice_as_uncertain_as_wanted_takes_four_times_the_answers() -> None:
    assert answers_to_settle(2.0, 50) == 150
    assert answers_to_settle(1.0, 50) is None
    assert answers_to_settle(1.0, 50, goal=0.5) == 150


def test_the_newest_elites_are_the_last_quarter() -> None:
    n = 9
    matrix = StudyMatrix(
        ids=tuple(f"i{k}" for k in range(n)), positions=np.arange(n), features=np.zeros((n, 2), np.float32),
        quality=np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1], np.float32),
    )  # fmt: skip
    cells = np.array([0, 1, 2, 3, 4, 5, 6, 7, 0])  # the last item is no elite
    assert newest_elites(matrix, cells, 10) == {"i6", "i7"}
    assert newest_elites(matrix, np.zeros(n, int), 10) == set()


def test_judgments_about_items_are_those_that_show_one() -> None:
    one, two = (
        answered(NewQuestion(reference=r, a="a", b="b", left="a", strategy="random"), "a", i)
        for i, r in enumerate(("x", "y"))
    )
    assert about([one, two], {"x"}) == [one]
    assert about([one, two], {"b"}) == [one, two]
