"""Accuracy with its interval, consistency, and what counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.descriptors.validation import consistency, triplet_accuracy, wilson
from qdhf.errors import InvalidInput
from qdhf.planted import answered
from qdhf.types import Answer, Judgment, NewQuestion, Projection, Triplets

LINE = np.array([[0.0], [1.0], [3.0], [-1.0]])
IDENTITY = Projection(weights=np.eye(1), mean=np.zeros(1), scale=1.0)


def triplets(rows: list[list[int]], target: list[float]) -> Triplets:
    return Triplets(items=np.array(rows), target=np.array(target), rater=np.zeros(len(rows), int))


def test_wilson_gives_the_textbook_interval() -> None:
    found = wilson(8, 10)
    assert (found.value, found.n) == (0.8, 10)
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)


def test_wilson_never_leaves_zero_to_one() -> None:
    assert wilson(0, 5).low == pytest.approx(0, abs=1e-12)
    assert wilson(5, 5).high == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_shares_that_cannot_be_are_refused(right: float, n: int) -> None:
    with pytest.raises(InvalidInput, match="A share needs"):
        wilson(right, n)


def test_a_is_closer_where_its_distance_is_smaller() -> None:
    found = triplet_accuracy(IDENTITY, LINE, triplets([[0, 1, 2], [0, 2, 1], [0, 1, 2]], [1, 0, 0]))
    assert found is not None
    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)


def test_ties_of_raters_are_left_out_and_ties_of_maps_count_half() -> None:
    found = triplet_accuracy(IDENTITY, LINE, triplets([[0, 1, 2], [0, 1, 3]], [0.5, 1]))
    assert found is not None
    assert (found.value, found.n) == (0.5, 1)


def test_nothing_but_ties_measures_nothing() -> None:
    assert triplet_accuracy(IDENTITY, LINE, triplets([[0, 1, 2]], [0.5])) is None


def pair(first: Answer, again: Answer, number: int = 0) -> list[Judgment]:
    asked = answered(NewQuestion(reference="r", a="x", b="y", left="a", strategy="informative"), first, number)
    repeat = NewQuestion(reference="r", a="x", b="y", left="b", strategy="repeat", repeat_of=asked.question_id)
    return [asked, answered(repeat, again, number + 1)]


def test_consistency_is_the_share_of_repeats_answered_alike() -> None:
    found = consistency([*pair("a", "a"), *pair("b", "a", 2), *pair("b", "b", 4)])
    assert found is not None
    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)


def test_a_repeat_with_renamed_candidates_is_compared_by_item() -> None:
    first, again = pair("a", "b")
    found = consistency([first, replace(again, a="y", b="x")])
    assert found is not None
    assert found.value == 1


@pytest.mark.parametrize("answers", [("tie", "a"), ("a", "skip")])
def test_undecided_pairs_are_left_out(answers: tuple[Answer, Answer]) -> None:
    assert consistency(pair(*answers)) is None


def test_another_raters_answer_is_no_repeat() -> None:
    first, again = pair("a", "a")
    assert consistency([first, replace(again, rater_id="other")]) is None


def test_no_repeats_no_figure() -> None:
    assert consistency([]) is None
