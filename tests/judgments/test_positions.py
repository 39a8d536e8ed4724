"""Whether a rater favours places."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from qdhf.judgments.agreement import rater_report
from qdhf.judgments.positions import positions, uneven
from qdhf.planted import answered
from qdhf.types import Answer, Judgment, NewQuestion

IDS = tuple("rabcdefghijkl")


def picked(kind: str, places: tuple[int, ...], number: int = 0, candidates: int = 8) -> Judgment:
    """An answer that picked these places among three, or among a grid's candidates."""
    shown = IDS[:3] if kind == "odd" else IDS[: 1 + candidates]
    question = NewQuestion(reference="r", a="a", b="b", left="a", strategy="informative")
    choices = shown if kind == "odd" else shown[1:]
    closer: Answer = "picked" if places else "tie"
    chosen = tuple(choices[place] for place in places)
    return replace(answered(question, closer, number), kind=kind, shown=shown, picked=chosen)  # type: ignore[arg-type]


def odd(*places: int) -> list[Judgment]:
    return [picked("odd", (place,), n) for n, place in enumerate(places)]


def test_shares_tell_where_picks_fell() -> None:
    (found,) = positions([*odd(0, 0, 2, 0), picked("odd", ())])
    assert (found.kind, found.answers, found.shares, found.favourite) == ("odd", 4, (0.75, 0.0, 0.25), 0)
    (grid,) = positions([picked("grid", (1, 2), candidates=4), picked("grid", (3, 1), candidates=4)])
    assert (grid.kind, grid.answers, grid.shares, grid.favourite) == ("grid", 2, (0, 0.5, 0.25, 0.25), 1)
    assert [p.kind for p in positions([picked("grid", (0,)), *odd(1)])] == ["odd", "grid"]
    assert positions([]) == ()


@pytest.mark.parametrize("counts", [(3, 0, 0), (2, 1, 0), (1, 1, 1), (5, 1, 0), (2, 2, 3), (4, 3, 1)])
def test_the_chance_of_uneven_odd_ones_is_exact(counts: tuple[int, int, int]) -> None:
    """Against every way in which as many picks can fall on three places."""
    places = [place for place, count in enumerate(counts) for _ in range(count)]
    squares = sum(count**2 for count in counts)
    ways = list(product(range(3), repeat=len(places)))
    as_uneven = sum(sum(way.count(place) ** 2 for place in range(3)) >= squares for way in ways)
    (found,) = positions(odd(*places))
    assert found.p == pytest.approx(as_uneven / len(ways), rel=1e-9)


def test_beyond_what_is_counted_out_the_two_tests_agree() -> None:
    """Past 60 answers chi-square takes over; at the border they tell nearly the same."""
    (exact,) = positions(odd(*[0] * 27, *[1] * 17, *[2] * 16))
    (approximate,) = positions(odd(*[0] * 28, *[1] * 17, *[2] * 16))
    assert exact.p is not None
    assert approximate.p is not None
    assert exact.p == pytest.approx(0.1625, abs=0.02)
    assert approximate.p == pytest.approx(float(np.exp(-uneven(61, np.array([28, 17, 16])) / 2)), rel=1e-9)


def test_two_picks_of_a_grid_never_share_a_place() -> None:
    """Over all pairs of six places the statistic has the mean of chi-square with five degrees of freedom: 5."""
    pairs = [(i, j) for i in range(6) for j in range(i)]
    values = [uneven(1, np.bincount(pair, minlength=6)) for pair in pairs]
    assert np.mean(values) == pytest.approx(5)
    rng = np.random.default_rng(3)
    sums = []
    for _ in range(4000):
        chosen = np.argsort(rng.random((30, 6)), axis=1)[:, :2]
        sums.append(uneven(30, np.bincount(chosen.ravel(), minlength=6)))
    assert np.mean(np.array(sums) > 11.07) == pytest.approx(0.05, abs=0.012)  # 11.07: 95 % of chi-square with 5


def test_few_grids_tell_nothing_and_many_tell_a_habit() -> None:
    few = positions([picked("grid", (0, 1), n) for n in range(19)])
    assert few[0].p is None
    many = positions([picked("grid", (0, 1), n) for n in range(20)])
    assert many[0].p is not None
    assert many[0].p < 1e-6


def test_grids_of_several_sizes_are_judged_together() -> None:
    rng = np.random.default_rng(5)
    large = [picked("grid", tuple(rng.permutation(8)[:2].tolist()), n) for n in range(40)]
    small = [picked("grid", (int(rng.integers(4)),), n, candidates=4) for n in range(25)]
    (both,) = positions([*large, *small])
    assert (both.answers, len(both.shares)) == (65, 8)
    assert both.p is not None
    assert both.p > 0.05
    (habit,) = positions([*large, *[picked("grid", (0,), n, candidates=4) for n in range(25)]])
    assert habit.p is not None
    assert habit.p < 1e-4


def test_a_rater_who_names_the_first_picture_again_and_again_is_told() -> None:
    report = rater_report("ann", [replace(j, rater_id="ann") for j in odd(*[0] * 12, 1, 2, 1)])
    assert [each.favourite for each in report.favours_places] == [0]
    assert report.biased
    assert not report.favours_side
    fair = rater_report("ann", [replace(j, rater_id="ann") for j in odd(*[0, 1, 2] * 5)])
    assert not fair.biased
    assert fair.positions[0].p == 1.0


def test_several_tests_share_the_chance_of_a_false_alarm() -> None:
    """13 of 15 on the left happens to 0.7 % of careful raters: rare by itself, no longer beside a second test."""
    question = NewQuestion(reference="r", a="x", b="y", left="a", strategy="informative")
    sides = [answered(question, "a" if n < 13 else "b", n, rater="ann") for n in range(15)]
    alone = rater_report("ann", sides)
    assert alone.left_p == pytest.approx(0.0074, abs=1e-4)
    assert alone.biased
    beside = rater_report("ann", [*sides, *(replace(j, rater_id="ann") for j in odd(0, 1, 2))])
    assert not beside.biased
