"""How many axes answers speak for."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.axes_count import choose_axes, item_folds
from qdhf.descriptors.likelihood import Likelihood, as_answers
from qdhf.errors import NotEnoughJudgments
from qdhf.planted import judge, random_triplets
from qdhf.types import FloatArray, Triplets


def answers_about(axes: int, n: int, seed: int) -> tuple[FloatArray, Triplets]:
    """Features of which ``axes`` are seen, six are louder and the rest are noise; ``n`` answers."""
    rng = np.random.default_rng(seed)
    human = rng.normal(size=(150, axes))
    features = np.concatenate([human, 2 * rng.normal(size=(150, 6)), 0.1 * rng.normal(size=(150, 10))], axis=1)
    items = random_triplets(150, n, rng)
    target = judge(human, items, rng=rng)
    return features.astype(np.float32), Triplets(items=items, target=target, rater=np.zeros(n, np.int64))


@pytest.mark.slow
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_number_of_planted_axes_is_found(axes: int) -> None:
    features, answers = answers_about(axes, 250, axes)
    assert choose_axes(features, as_answers(answers), rng=np.random.default_rng(0), folds=3).axes == axes


def test_folds_share_no_item() -> None:
    _, answers = answers_about(2, 80, 0)
    folds = item_folds(Likelihood(as_answers(answers)), 5, np.random.default_rng(0))
    assert len(folds) == 5
    for train, test in folds:
        known = set(answers.items[train].ravel().tolist())
        assert all(set(row) - known for row in answers.items[test].tolist())
        assert not set(train.tolist()) & set(test.tolist())


def test_scores_are_given_for_each_number_and_the_fewest_good_ones_win() -> None:
    features, answers = answers_about(1, 120, 1)
    found = choose_axes(features, as_answers(answers), rng=np.random.default_rng(0), most=2, folds=3)
    assert [s.axes for s in found.scores] == [1, 2]
    best = min(s.loss for s in found.scores)
    assert found.scores[found.axes - 1].loss <= best + found.scores[found.axes - 1].error
    assert all(s.loss > 0 for s in found.scores)


def test_few_answers_are_refused_with_how_many_are_needed() -> None:
    features, answers = answers_about(2, 20, 0)
    with pytest.raises(NotEnoughJudgments, match="at least 50 answers about many items; got 20"):
        choose_axes(features, as_answers(answers), rng=np.random.default_rng(0))
