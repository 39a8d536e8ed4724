"""The direction dial."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.curate.directed import BREADTH, along, directed
from qdhf.curate.pool import Pool, Wish
from qdhf.errors import InvalidInput

RNG = np.random.default_rng(0)
OBJECTIVES = {"quality": RNG.random(50), "round": RNG.normal(size=50)}


def test_one_dial_alone_gives_the_order_of_its_objective_and_the_other_way_round_the_reverse() -> None:
    for name, values in OBJECTIVES.items():
        assert np.argsort(along(OBJECTIVES, {name: 0.3})).tolist() == np.argsort(values).tolist()
        assert along(OBJECTIVES, {name: -1}) == pytest.approx(-along(OBJECTIVES, {name: 1}))


def test_the_scale_of_an_objective_does_not_matter() -> None:
    scaled = {"quality": 100 * OBJECTIVES["quality"] - 3, "round": OBJECTIVES["round"]}
    dial = {"quality": 1.0, "round": -0.5}
    assert along(scaled, dial) == pytest.approx(along(OBJECTIVES, dial))


def test_the_value_is_the_product_with_a_direction_of_length_1() -> None:
    z = {name: (v - v.mean()) / v.std() for name, v in OBJECTIVES.items()}
    wanted = (3 * z["quality"] - 4 * z["round"]) / 5
    assert along(OBJECTIVES, {"quality": 0.6, "round": -0.8}) == pytest.approx(wanted)


def test_the_set_is_of_the_best_in_the_direction_and_the_very_best_is_first() -> None:
    places = RNG.normal(size=(50, 2))
    pool = Pool(
        places=places, features=places, quality=OBJECTIVES["quality"], cells=np.zeros(50, int), dims=(1, 1),
        objectives=OBJECTIVES,
    )  # fmt: skip
    picks = directed(pool, Wish(k=5, dial={"round": 1.0}))
    order = np.argsort(-OBJECTIVES["round"]).tolist()
    assert picks[0].row == order[0]
    assert picks[0].reason == "number 1 of 50 in your direction"
    assert {p.row for p in picks} <= set(order[: 5 * BREADTH])
    pinned = directed(pool, Wish(k=2, dial={"round": 1.0}, pins=(order[-1],)))
    assert pinned[0].reason == "pinned"
    assert pinned[0].row == order[-1]


@pytest.mark.parametrize(
    ("dial", "message"),
    [
        ({"charm": 1.0}, "nothing named “charm” to dial; there are quality, round"),
        ({"quality": 0.0}, "Nothing is dialled"),
        ({}, "Nothing is dialled"),
        ({"quality": float("nan")}, "Nothing is dialled"),
    ],
)
def test_dials_that_say_nothing_are_refused(dial: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        along(OBJECTIVES, dial)
