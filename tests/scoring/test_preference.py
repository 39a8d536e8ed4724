"""What people call better, learned from pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.planted import PlantedWorld, answered
from qdhf.scoring.objectives import combine
from qdhf.scoring.preference import LEAST, Pairs, learn_preference, preference_accuracy, to_pairs
from qdhf.types import FloatArray, NewQuestion


def world(seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Features, and a utility that lies in them."""
    planted = PlantedWorld.make(n=300, d=64, rng=np.random.default_rng(seed))
    return planted.features, 2.0 * planted.human[:, 0]


def pairs(utility: FloatArray, m: int, seed: int) -> Pairs:
    rng = np.random.default_rng(seed)
    items = np.array([rng.choice(len(utility), 2, replace=False) for _ in range(m)])
    chance = expit(utility[items[:, 0]] - utility[items[:, 1]])
    return Pairs(items=items, target=(rng.random(m) < chance).astype(float))


def accuracy(count: int, seed: int) -> float:
    features, utility = world(seed)
    found = learn_preference(features, pairs(utility, count, seed))
    test = pairs(utility, 2000, seed + 100)
    sure = replace(test, target=(utility[test.items[:, 0]] > utility[test.items[:, 1]]).astype(float))
    right, told = preference_accuracy(found, features, sure)
    return right / told


def test_a_hundred_answers_find_what_is_better_and_more_find_it_better() -> None:
    few, some, many = (np.mean([accuracy(count, seed) for seed in range(4)]) for count in (30, 100, 400))
    assert few < some < many
    assert some > 0.75
    assert many > 0.85


def test_answers_that_say_nothing_make_no_wild_preference() -> None:
    features, utility = world()
    coin = pairs(np.zeros_like(utility), 60, 3)
    found = learn_preference(features, coin)
    assert np.ptp(found(features)) < 0.5
    taught = learn_preference(features, pairs(3 * utility, 60, 3))
    assert np.ptp(taught(features)) > 0.7


def test_a_typical_item_is_preferred_half_of_the_time() -> None:
    features, utility = world()
    found = learn_preference(features, pairs(utility, 100, 1))
    values = found(features)
    assert float(np.median(values)) == pytest.approx(0.5, abs=1e-3)
    assert values.min() > 0
    assert values.max() < 1
    order = found.utility(features)
    assert (np.argsort(order) == np.argsort(values, kind="stable")).mean() > 0.95


def test_sides_do_not_matter_and_cannot_tell_holds_back() -> None:
    features, utility = world()
    some = pairs(utility, 80, 2)
    turned = Pairs(items=some.items[:, ::-1], target=1 - some.target)
    assert learn_preference(features, turned).weights == pytest.approx(
        learn_preference(features, some).weights, abs=1e-6
    )
    unsure = Pairs(items=np.concatenate([some.items] * 2), target=np.concatenate([some.target, np.full(80, 0.5)]))
    assert np.ptp(learn_preference(features, unsure)(features)) < np.ptp(learn_preference(features, some)(features))


def test_answers_become_pairs() -> None:
    ids = ("x", "y", "z")

    def given(a: str, b: str, closer: str, number: int, kind: str = "better", grade: float = 1.0) -> object:
        question = NewQuestion(reference=a, a=a, b=b, left="b", strategy="random")
        return replace(answered(question, closer, number), kind=kind, shown=(a, b), grade=grade)  # type: ignore[arg-type]

    found = to_pairs(ids, [
        given("x", "y", "a", 0), given("y", "z", "b", 1), given("x", "z", "tie", 2), given("x", "z", "skip", 3),
        given("x", "y", "a", 4, kind="triplet"), given("x", "gone", "a", 5), given("z", "y", "a", 6, grade=0.5),
    ])  # type: ignore[list-item]  # fmt: skip
    assert found.items.tolist() == [[0, 1], [1, 2], [0, 2], [2, 1]]
    assert found.target.tolist() == [1.0, 0.0, 0.5, 0.75]


def test_too_few_answers_are_named() -> None:
    features, utility = world()
    few = pairs(utility, LEAST, 0)
    few.target[0] = 0.5
    with pytest.raises(NotEnoughJudgments, match=f"there are {LEAST - 1}"):
        learn_preference(features, few)


def test_measures_are_summed_or_the_weakest_decides() -> None:
    measures = {"agreement": np.array([1.0, 0.2, 0.6]), "preference": np.array([0.0, 0.8, 0.6]), "other": np.zeros(3)}
    weights = {"agreement": 3.0, "preference": 1.0, "other": 0.0}
    assert combine(measures, weights) == pytest.approx([0.75, 0.35, 0.6])
    assert combine(measures, weights, "weakest") == pytest.approx([2 / 3, 0.2, 0.6])
    for how in ("sum", "weakest"):
        assert combine(measures, {"preference": 2.0}, how) == pytest.approx([0.0, 0.8, 0.6])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({}, "at least one above 0"), ({"agreement": 0.0}, "at least one above 0"), ({"agreement": -1.0}, "0 or more"),
        ({"agreement": float("nan")}, "numbers of 0 or more"), ({"beauty": 1.0}, "no measure 'beauty'"),
    ],
)  # fmt: skip
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        combine({"agreement": np.ones(2)}, weights)
