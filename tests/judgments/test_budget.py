"""Learning curves, what more answers bring, and who gets them."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.judgments.budget import Curve, Point, allocate, fit_curve, largest_gain, worst_first

EASY, HARD = Curve(scale=0.6, fall=0.9, floor=0.03), Curve(scale=1.2, fall=0.5, floor=0.05)


def exact(curve: Curve, counts: tuple[int, ...] = (10, 20, 40, 80), tests: int = 100) -> list[Point]:
    return [Point(answers=n, error=curve.scale * n**-curve.fall + curve.floor, tests=tests) for n in counts]


def test_a_curve_is_found_again_from_its_own_points() -> None:
    found = fit_curve(exact(Curve(scale=0.8, fall=0.5, floor=0.1)))
    assert found is not None
    assert (found.scale, found.fall, found.floor) == pytest.approx((0.8, 0.5, 0.1), abs=1e-6)
    assert found(100) == pytest.approx(0.18)
    assert found.gain(100, 300) == pytest.approx(0.04)


def test_no_error_is_worse_than_a_coin() -> None:
    assert Curve(scale=5, fall=0.5, floor=0.1)(1) == 0.5


def test_scale_and_floor_are_never_negative() -> None:
    rising = fit_curve([Point(answers=n, error=e, tests=10) for n, e in ((10, 0.1), (20, 0.2), (40, 0.3))])
    falling = fit_curve([Point(answers=n, error=e, tests=10) for n, e in ((10, 0.5), (20, 0.1), (40, 0.0))])
    assert rising is not None
    assert falling is not None
    assert rising.scale == 0
    assert rising.floor == pytest.approx(0.2)
    assert falling.floor >= 0
    assert falling.scale > 0


def test_two_counts_make_no_curve() -> None:
    assert fit_curve(exact(EASY, (10, 20))) is None
    assert fit_curve([*exact(EASY, (10, 20)), *exact(EASY, (10,))]) is None


@pytest.mark.parametrize("budget", [0, 1, 4, 37, 100])
@pytest.mark.parametrize("priority", [largest_gain, worst_first])
def test_a_plan_sums_to_its_budget(budget: int, priority: object) -> None:
    plan = allocate({"easy": exact(EASY), "hard": exact(HARD)}, {"easy": 80, "hard": 80}, budget, priority=priority)  # type: ignore[arg-type]
    assert sum(plan.values()) == budget
    assert min(plan.values()) >= 0


def test_with_too_few_points_everyone_gets_the_same() -> None:
    assert allocate({"a": exact(EASY), "b": exact(HARD, (10, 20)), "c": []}, {}, 8) == {"a": 3, "b": 3, "c": 2}


def test_where_nothing_helps_any_more_everyone_gets_the_same() -> None:
    flat = Curve(scale=0.0, fall=0.5, floor=0.2)
    assert allocate({"a": exact(flat), "b": exact(flat)}, {"a": 50, "b": 50}, 10) == {"a": 5, "b": 5}


def test_the_worst_off_comes_first() -> None:
    plan = allocate({"easy": exact(EASY), "hard": exact(HARD)}, {"easy": 80, "hard": 80}, 40)
    assert plan == {"easy": 5, "hard": 35}


@pytest.mark.parametrize(("points", "budget"), [({}, 5), ({"a": []}, -1)])
def test_a_plan_for_nobody_or_of_less_than_nothing_is_refused(points: dict[str, list[Point]], budget: int) -> None:
    with pytest.raises(InvalidInput, match="0 or more answers and at least one group"):
        allocate(points, {}, budget)


def test_the_worst_stratum_ends_better_than_with_even_shares_though_curves_are_measured() -> None:
    """CAPABILITIES row 64: two planted strata, errors measured on 60 answers each, 100 more to give."""
    better = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        points = {
            name: [Point(answers=n, error=rng.binomial(60, curve(n)) / 60, tests=60) for n in (10, 20, 30, 40)]
            for name, curve in (("easy", EASY), ("hard", HARD))
        }
        plan = allocate(points, {"easy": 40, "hard": 40}, 100)
        worst = max(EASY(40 + plan["easy"]), HARD(40 + plan["hard"]))
        better += worst < max(EASY(90), HARD(90))
    assert better >= 8
