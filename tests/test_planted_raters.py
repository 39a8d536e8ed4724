"""Planted groups of raters."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.judgments.answers import to_answers
from qdhf.planted_raters import PlantedGroups


def test_each_rater_answers_by_the_axes_of_the_own_group() -> None:
    world = PlantedGroups.make((2, 1), n=50, d=16, rng=np.random.default_rng(0))
    answers = to_answers(world.matrix().ids, world.judgments(30, rng=np.random.default_rng(1)))
    t = answers.triplets
    assert answers.raters == world.raters == ("rater00", "rater01", "rater02")
    assert np.bincount(t.rater).tolist() == [30, 30, 30]
    for rater, group in enumerate(world.group.tolist()):
        r, a, b = (world.seen[group][t.items[t.rater == rater, i]] for i in range(3))
        nearer = ((r - a) ** 2).sum(axis=1) < ((r - b) ** 2).sum(axis=1)
        np.testing.assert_array_equal(t.target[t.rater == rater], nearer)


def test_what_groups_see_is_in_the_features_and_unrelated() -> None:
    world = PlantedGroups.make((1, 1, 1), n=400, d=24, rng=np.random.default_rng(0))
    both = np.concatenate(world.seen, axis=1)
    known = np.linalg.lstsq(world.features, both, rcond=None)[0]
    np.testing.assert_allclose(world.features @ known, both, atol=0.2)
    assert np.abs(np.corrcoef(both.T) - np.eye(6)).max() < 0.2


@pytest.mark.parametrize("sizes", [(), (3, 0)])
def test_an_empty_group_is_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="at least one rater each"):
        PlantedGroups.make(sizes, rng=np.random.default_rng(0))
