"""The card of a set equals what one computes from it."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from qdhf.curate.card import DRAWS, ORDERS, SAMPLE, SetCard, figures_of, flat, set_card, smallest_gap
from qdhf.curate.subsets import farthest_points
from qdhf.descriptors.descriptor import learn
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.metrics.vendi import vendi_cosine, vendi_places
from qdhf.planted import PlantedWorld
from qdhf.types import Fit, StudyMatrix

DIMS = (10, 10)


@pytest.fixture(scope="module")
def study() -> tuple[StudyMatrix, Fit]:
    matrix = PlantedWorld.make(n=1200, rng=np.random.default_rng(0)).matrix()
    return matrix, learn(matrix, [], None, encoder="e", study_id="s", key="k", seed=0)


def card_of(study: tuple[StudyMatrix, Fit], rows: object, seed: int = 0) -> SetCard:
    return set_card(*study, np.asarray(rows), rng=np.random.default_rng(seed), dims=DIMS)


def test_figures_equal_recomputation(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    rows = [3, 5, 100, 700]
    found = card_of(study, rows).chosen
    places, quality = fit.projection(matrix.features[rows]), matrix.quality[rows]
    cell = (fit.high - fit.low) / 10
    cells = {tuple(np.clip((place - fit.low) // cell, 0, 9)) for place in places}
    assert found.items == 4
    assert found.quality_mean == pytest.approx(float(quality.mean()))
    assert found.quality_min == float(quality.min())
    assert found.quantiles == pytest.approx(np.quantile(quality, [0.1, 0.5, 0.9]))
    assert found.learned == pytest.approx(vendi_places(places, ORDERS))
    assert found.features == pytest.approx(vendi_cosine(matrix.features[rows], ORDERS))
    assert found.coverage == len(cells) / 100
    assert found.gap == pytest.approx(min(np.linalg.norm((a - b) / cell) for a, b in combinations(places, 2)))


def test_a_chosen_set_is_ahead_of_every_random_one_in_diversity(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    card = card_of(study, farthest_points(fit.projection(matrix.features), matrix.quality, 20))
    assert card.ahead(lambda f: f.learned[1.0]) == DRAWS
    assert card.ahead(lambda f: f.coverage) == DRAWS
    assert card.ahead(lambda f: f.gap) == DRAWS
    assert (card.pool.items, len(card.random), card.random[0].items) == (1200, DRAWS, 20)


def test_a_random_set_is_ahead_of_about_half_of_the_others(study: tuple[StudyMatrix, Fit]) -> None:
    rng = np.random.default_rng(7)
    ahead = [card_of(study, rng.choice(1200, 8, replace=False)).ahead(lambda f: f.quality_mean) for _ in range(8)]
    assert 0.25 * DRAWS < np.mean(ahead) < 0.75 * DRAWS


def test_the_whole_pool_is_ahead_of_nothing(study: tuple[StudyMatrix, Fit]) -> None:
    card = card_of(study, np.arange(1200))
    assert card.ahead(lambda f: f.learned[1.0]) == card.ahead(lambda f: f.quality_mean) == 0
    assert card.chosen.coverage == card.pool.coverage


def test_chance_is_the_mean_and_spread_of_the_draws(study: tuple[StudyMatrix, Fit]) -> None:
    card = card_of(study, [1, 2, 3])
    values = [r.coverage for r in card.random]
    assert card.chance(lambda f: f.coverage) == pytest.approx((np.mean(values), np.std(values)))
    assert len(set(values)) > 1
    assert card.chance(lambda f: None) is None
    assert card.ahead(lambda f: None) == 0


def test_the_table_is_plain_and_repeats_itself(study: tuple[StudyMatrix, Fit]) -> None:
    one, two = (flat(card_of(study, np.arange(5), seed=1)) for _ in range(2))
    assert json.loads(json.dumps(one)) == two
    assert list(one) == ["set", "pool", "random", "random ±"]
    assert {tuple(column) for column in one.values()} == {tuple(one["set"])}
    assert {"items", "quality_mean", "vendi 0.5", "vendi inf", "vendi_features 1", "coverage", "gap"} <= set(one["set"])
    assert (one["random"]["items"], one["random ±"]["items"]) == (5, 0)


def test_a_single_item_has_no_gap(study: tuple[StudyMatrix, Fit]) -> None:
    card = card_of(study, [4])
    assert card.chosen.gap is None
    assert {column["gap"] for name, column in flat(card).items() if name != "pool"} == {"–"}


def test_doubling_a_set_leaves_its_diversity(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    places = fit.projection(matrix.features)
    once, twice = (figures_of(matrix, places, rows, fit, DIMS) for rows in (np.arange(30), np.repeat(np.arange(30), 2)))
    assert twice.learned == pytest.approx(once.learned, rel=1e-5)
    assert twice.features == pytest.approx(once.features, rel=1e-5)
    assert (twice.coverage, twice.gap) == (once.coverage, 0)


def test_large_sets_are_measured_on_evenly_spaced_items(study: tuple[StudyMatrix, Fit]) -> None:
    matrix, fit = study
    places = fit.projection(matrix.features)
    some = np.linspace(0, 1199, SAMPLE).round().astype(int)
    assert card_of(study, [0]).pool.learned == pytest.approx(vendi_places(places[some], ORDERS))


def test_the_smallest_gap_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    for axes in (1, 2, 3):
        x = rng.normal(size=(60, axes))
        assert smallest_gap(x) == pytest.approx(min(np.linalg.norm(a - b) for a, b in combinations(x, 2)))
    assert smallest_gap(np.array([[0.0, 0], [0, 9], [5, 5], [0, 1]])) == 1
    assert smallest_gap(np.zeros((3, 2))) == 0


def test_empty_sets_and_unknown_rows_are_refused(study: tuple[StudyMatrix, Fit]) -> None:
    with pytest.raises(NotEnoughItems, match="the set is empty"):
        card_of(study, np.array([], int))
    with pytest.raises(InvalidInput, match="rows 0 to 1200; the study has 1200"):
        card_of(study, [0, 1200])
