"""Who may be chosen at all."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.curate.pool import Pool
from qdhf.curate.screening import Limits, screen, without_copies
from qdhf.errors import InvalidInput, NotEnoughItems


def pool_of(features: np.ndarray, quality: np.ndarray) -> Pool:
    n = len(quality)
    return Pool(
        places=np.arange(2.0 * n).reshape(n, 2), features=features, quality=quality, cells=np.zeros(n, int), dims=(2, 2)
    )


def plain_copies(features: np.ndarray, cosine: float, keep: int) -> list[bool]:
    """What the docstring says, one row after the other."""
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    units = features / np.where(norms > 0, norms, 1)
    stays: list[bool] = []
    for row, unit in enumerate(units):
        others = units[[i for i, s in enumerate(stays) if s]]
        stays.append(row < keep or not (others @ unit >= cosine).any())
    return stays


@pytest.mark.parametrize("cosine", [0.999, 0.9, 0.2])
def test_copies_are_found_as_by_comparing_one_by_one(cosine: float) -> None:
    """Over several blocks; at 0.2 so many pairs are alike that all are compared in full."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1300, 40)).astype(np.float32)
    features[rng.integers(0, 1300, 500)] = features[:500] + 0.02 * rng.normal(size=(500, 40))
    features[7] = 0
    stays = without_copies(features, cosine, keep=3)
    assert stays.tolist() == plain_copies(features, cosine, 3)
    assert 20 < stays.sum() < 1250


def test_exact_copies_go_whatever_the_cosine_but_rows_without_direction_stay() -> None:
    features = np.array([[0.1, 0.3], [0.1, 0.3], [0, 0], [0, 0], [1, 0], [0.1, 0.3]], np.float32)
    assert without_copies(features, None).tolist() == [True, False, True, True, True, False]
    assert without_copies(features, 1.0, keep=2).tolist() == [True, True, True, True, True, False]


def test_of_near_copies_the_better_stays_and_a_pin_stays_anyhow() -> None:
    features = np.array([[1, 0], [1, 0.01], [0, 1]], np.float32)
    pool = pool_of(features, np.array([0.2, 0.9, 0.5]))
    assert screen(pool, Limits(copies=0.99)).rows.tolist() == [1, 2]
    assert screen(pool, Limits(copies=0.99), pins=[0]).rows.tolist() == [0, 2]
    assert screen(pool, Limits(copies=0.99), pins=[0, 1]).rows.tolist() == [0, 1, 2]


def test_each_limit_is_counted_once_and_all_add_up() -> None:
    features = np.eye(6, dtype=np.float32)
    features[5] = features[4]
    pool = pool_of(features, np.array([0.9, 0.8, 0.1, 0.2, 0.7, 0.6]))
    found = screen(pool, Limits(floor=0.5, copies=0.99, bans=(1,), only=(0, 1, 2, 4, 5)))
    assert found.rows.tolist() == [0, 4]
    assert found.left_out == {"filter": 1, "bans": 1, "study": 0, "floor": 1, "copies": 1}
    assert screen(pool, Limits(off=(0, 1)), pins=[1]).left_out == {
        "filter": 0, "bans": 0, "study": 1, "floor": 0, "copies": 1,
    }  # fmt: skip
    assert screen(pool, Limits(floor=0.5, only=(0,)), pins=[3]).rows.tolist() == [0, 3]
    assert screen(pool, Limits(only=())).rows.tolist() == []


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (
            Limits(floor=2.5),
            "3 of 6 pass. What holds back most: the quality floor leaves out 3. Ask for at most 3, or lower",
        ),
        (
            Limits(bans=(0, 1)),
            "4 of 6 pass. What holds back most: 2 are banned or swapped out. Ask for at most 4, or take",
        ),
        (Limits(off=(0, 3)), "4 of 6 pass. What holds back most: the study does not count 2, which miss their prompt"),
        (Limits(only=(0,)), "1 of 6 pass. What holds back most: the filter leaves out 5. Ask for at most 1, or widen"),
        (Limits(copies=0.0), "1 of 6 pass. What holds back most: 5 are near-copies of better ones. Ask for at most 1"),
        (Limits(only=()), r"but none of 6 pass\. What holds back most: the filter leaves out 6\. Widen the filter\."),
        (Limits(), "there are only 6. Ask for at most 6"),
    ],
)
def test_too_few_items_say_how_many_pass_and_what_holds_back_most(limits: Limits, most: str) -> None:
    pool = pool_of(np.arange(1, 13, dtype=np.float32).reshape(6, 2), np.arange(6.0))
    with pytest.raises(NotEnoughItems, match=most):
        screen(pool, limits).check(7)


def test_as_many_as_pass_are_enough() -> None:
    screen(pool_of(np.eye(3, dtype=np.float32), np.arange(3.0)), Limits(floor=1)).check(2)


@pytest.mark.parametrize(
    ("pins", "bans", "message"),
    [
        ([1], (1,), "Row 1 is both pinned and banned"),
        ([3], (), "rows 0 to 2; got 3"),
        ([], (-1,), "rows 0 to 2; got -1"),
        ([1, 1], (), "one is named twice"),
    ],
)
def test_impossible_marks_are_refused(pins: list[int], bans: tuple[int, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        screen(pool_of(np.eye(3, dtype=np.float32), np.arange(3.0)), Limits(bans=bans), pins)


def test_a_cosine_is_from_0_to_1() -> None:
    with pytest.raises(InvalidInput, match=r"must lie between 0 and 1; got 1\.5"):
        without_copies(np.eye(2, dtype=np.float32), 1.5)
