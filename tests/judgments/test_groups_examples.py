"""Questions that divide groups."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import NotEnoughItems
from qdhf.judgments.groups import Axes
from qdhf.judgments.groups_examples import disagreements
from qdhf.types import Projection


def along(axis: int) -> Axes:
    weights = np.zeros((1, 2), np.float32)
    weights[0, axis] = 1
    projection = Projection(weights=weights, mean=np.zeros(2, np.float32), scale=1.0)
    return Axes(projection=projection, steepness=1.0, lapse=0.05)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_most_divided_question_comes_first_with_the_answers_of_both() -> None:
    """By the first axis item 1 is nearer to 0, by the second item 2."""
    x = np.array([[0, 0], [0, 3], [3, 0]], float)
    found = disagreements(x, [along(0), along(1)], 1, rng=rng())
    assert found[0].items == (0, 1, 2)
    expected = 0.05 + 0.9 / (1 + np.exp(-9))
    assert found[0].probabilities == (pytest.approx(expected), pytest.approx(1 - expected))
    assert found[0].gap == pytest.approx(2 * expected - 1)


def test_examples_share_no_item_while_there_are_others() -> None:
    x = rng().normal(size=(60, 2))
    found = disagreements(x, [along(0), along(1)], 6, rng=rng())
    used = [item for each in found for item in each.items]
    assert len(set(used)) == len(used) == 18
    assert [each.gap for each in found] == sorted((each.gap for each in found), reverse=True)
    assert all(each.probabilities[0] >= 0.5 > each.probabilities[1] for each in found)


def test_few_items_give_different_questions_about_the_same_ones() -> None:
    found = disagreements(np.array([[0, 0], [0, 3], [3, 0], [2, 2]], float), [along(0), along(1)], 4, rng=rng())
    assert len({(each.items[0], frozenset(each.items)) for each in found}) == 4


def test_what_people_were_asked_is_looked_at_too() -> None:
    x = rng().normal(size=(2000, 2))
    x[:3] = [[0, 0], [0, 100], [100, 0]]
    assert disagreements(x, [along(0), along(1)], 1, rng=rng(), asked=np.array([[0, 1, 2]]))[0].items == (0, 1, 2)


def test_one_group_is_not_divided() -> None:
    assert disagreements(rng().normal(size=(9, 2)), [along(0)], 4, rng=rng()) == []


def test_two_items_make_no_question() -> None:
    with pytest.raises(NotEnoughItems, match="at least 3 items; got 2"):
        disagreements(np.zeros((2, 2)), [along(0), along(1)], 1, rng=rng())
