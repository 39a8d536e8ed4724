"""The card of a set equals what one computes from it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from qdhf.curate.card import set_card, summary
from qdhf.curate.subsets import farthest_points
from qdhf.descriptors.descriptor import learn
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.metrics.vendi import vendi_places
from qdhf.planted import PlantedWorld
from qdhf.types import Fit, StudyMatrix


@pytest.fixture(scope="module")
def study() -> tuple[StudyMatrix, Fit]:
    matrix = PlantedWorld.make(n=1200, rng=np.random.default_rng(0)).matrix()
    return matrix, learn(matrix, [], None, encoder="e", study_id="s", key="k", seed=0)


def test_figures_equal_recomputation(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    rows = np.array([3, 5, 100, 700])
    found = set_card(matrix, fit, rows, rng=np.random.default_rng(0))["set"]
    places = fit.projection(matrix.features[rows])
    assert found["items"] == 4
    assert found["quality_mean"] == pytest.approx(float(matrix.quality[rows].mean()))
    assert found["quality_min"] == float(matrix.quality[rows].min())
    assert list(found["vendi"].values()) == pytest.approx(list(vendi_places(places).values()))
    assert found["vendi"].keys() == {"0.5", "1", "2"}


def test_a_chosen_set_is_more_diverse_than_a_random_one(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    rows = farthest_points(fit.projection(matrix.features), matrix.quality, 20)
    card = set_card(matrix, fit, np.array(rows), rng=np.random.default_rng(0))
    assert card["set"]["vendi"]["1"] > card["random"]["vendi"]["1"]
    assert card["set"]["coverage"] > card["random"]["coverage"]
    assert (card["random"]["items"], card["pool"]["items"]) == (20, 1200)


def test_the_card_is_plain_and_repeats_itself(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    one, two = (set_card(matrix, fit, np.arange(5), rng=np.random.default_rng(1)) for _ in range(2))
    assert json.loads(json.dumps(one)) == two


def test_doubling_a_set_leaves_its_diversity(study: tuple[StudyMatrix, Fit]) -> None:
    places = np.random.default_rng(0).normal(size=(30, 2))
    low, high = np.full(2, -3.0), np.full(2, 3.0)
    once = summary(places, np.ones(30), low, high, (5, 5))
    twice = summary(np.repeat(places, 2, axis=0), np.ones(60), low, high, (5, 5))
    assert twice["vendi"] == pytest.approx(once["vendi"], rel=1e-5)
    assert twice["coverage"] == once["coverage"]


def test_empty_sets_and_unknown_rows_are_refused(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    with pytest.raises(NotEnoughItems, match="the set is empty"):
        set_card(matrix, fit, np.array([], int), rng=np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="rows 0 to 1200; the study has 1200"):
        set_card(matrix, fit, np.array([0, 1200]), rng=np.random.default_rng(0))
