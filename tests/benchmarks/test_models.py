"""The figures of the shipped models, on cases where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.models import auc, copies, derangement, share_within, top5


def test_nothing_stays_in_its_place() -> None:
    order = derangement(50, np.random.default_rng(0))
    assert sorted(order) == list(range(50))
    assert (order != np.arange(50)).all()


def test_top5_counts_names_that_at_most_four_others_beat() -> None:
    cosines = np.array([[0.9, 0, 0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.2, 0.1, 0.3, 0.4, 0.5, 0.6]])
    assert top5(cosines, [0, 1, 1]) == pytest.approx(2 / 3)


def test_auc_is_one_where_right_names_always_win_and_half_by_chance() -> None:
    rng = np.random.default_rng(0)
    assert auc(np.eye(20), rng) == 1
    assert auc(1 - np.eye(20), rng) == 0
    assert auc(np.zeros((20, 20)), rng) == 0.5
    assert auc(rng.normal(size=(2000, 2000)), rng) == pytest.approx(0.5, abs=0.03)


def test_points_of_the_same_kind_lie_within_and_others_do_not() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(60, 5)) + [9, 0, 0, 0, 0], rng.normal(size=(60, 5)) - [9, 0, 0, 0, 0]
    assert share_within(one, one) == 1
    assert share_within(two, one) == 0


def test_only_pictures_on_top_of_drawings_count_as_copies() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(20, 8)).repeat(2, axis=0) + rng.normal(size=(40, 8)) * 0.05  # two styles of 20 concepts
    records = [{"label": str(i // 2)} for i in range(40)]
    made = np.concatenate([drawn[:5], rng.normal(size=(15, 8)) * 0.01 - drawn[:15]])
    assert copies(made, drawn, records) == pytest.approx(5 / 20)
