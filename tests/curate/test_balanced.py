"""Some of every kind, more of the good ones."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.curate.balanced import balanced_set, kinds, standardised


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten kinds of 100 items each; kind 9 is junk."""
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(10), 100)
    places = 8.0 * np.stack([kind % 5, kind // 5], axis=1) + 0.3 * rng.normal(size=(1000, 2))
    return kind, places, np.where(kind == 9, 0.1, 0.6) + 0.05 * rng.normal(size=1000)


@pytest.mark.parametrize("seed", range(5))
def test_junk_fades_and_the_rest_stays_balanced(seed: int) -> None:
    kind, places, quality = world(seed)
    found = balanced_set(places, quality, 400, rng=np.random.default_rng(seed), most=10)
    taken = np.bincount(kind[list(found.rows)], minlength=10)
    assert len(set(found.rows)) == 400
    assert found.weights[np.bincount(found.kinds[kind == 9]).argmax()] < 0.01
    assert taken[9] <= 0.03 * 400  # a tenth of the first round, and hardly any later
    assert 400 / 10 / 2 <= taken[:9].min() <= taken[:9].max() <= 2 * 400 / 10


def test_weights_are_the_exponentials_of_mean_quality() -> None:
    """Two kinds, all of which is drawn: the last weights follow from the means of all."""
    places = np.array([[0.0], [0.1], [9.0], [9.1]])
    quality = np.array([1.0, 3.0, 5.0, 7.0])
    found = balanced_set(places, quality, 4, rng=np.random.default_rng(0))
    z = (quality - 4) / np.sqrt(5)
    wanted = {0: np.exp(z[:2].mean()), 2: np.exp(z[2:].mean())}
    for row, weight in wanted.items():
        assert found.weights[found.kinds[row]] == pytest.approx(weight / sum(wanted.values()))


def test_the_scale_of_quality_does_not_matter() -> None:
    _, places, quality = world(0)
    one, two = (balanced_set(places, q, 60, rng=np.random.default_rng(1)).rows for q in (quality, 1000 * quality - 7))
    assert one == two


def test_another_seed_draws_others_and_the_same_seed_the_same() -> None:
    _, places, quality = world(0)
    sets = [balanced_set(places, quality, 30, rng=np.random.default_rng(seed)).rows for seed in (1, 1, 2)]
    assert sets[0] == sets[1] != sets[2]


def test_a_pin_counts_for_its_kind() -> None:
    """Two kinds, two places each: two pins of one kind leave the places to the other."""
    places = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]])
    found = balanced_set(places, np.ones(6), 4, rng=np.random.default_rng(0), pins=(2, 0))
    assert found.rows[:2] == (2, 0)
    assert {row > 2 for row in found.rows[2:]} == {True}


def test_every_item_can_be_taken() -> None:
    _, places, quality = world(0)
    assert sorted(balanced_set(places, quality, 1000, rng=np.random.default_rng(0)).rows) == list(range(1000))


def test_planted_kinds_are_found() -> None:
    kind, places, _ = world(0)
    found = kinds(places, 10, np.random.default_rng(3))
    pairs = set(zip(kind.tolist(), found.tolist(), strict=True))
    assert len(np.unique(found)) <= 10
    assert len(pairs) <= 12  # nearly every planted kind is one found kind


def test_fewer_places_than_kinds_make_fewer_kinds() -> None:
    found = kinds(np.array([[0.0], [0.0], [1.0], [0.0]]), 3, np.random.default_rng(0))
    assert found[0] == found[1] == found[3] != found[2]
    assert set(found) == {0, 1}


def test_what_is_all_the_same_is_standardised_to_zeros() -> None:
    assert standardised(np.full(5, 0.1)).tolist() == [0] * 5
    assert standardised(np.array([1.0, 3.0])).tolist() == [-1, 1]
