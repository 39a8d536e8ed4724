"""What every way of choosing keeps to, and what one per cell does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.curate.methods import METHODS, choose
from qdhf.curate.pool import Pool, Wish
from qdhf.curate.screening import Limits
from qdhf.errors import InvalidInput, NotEnoughItems
from qdhf.search.archive import place

DIAL = {"quality": 1.0, "axis": -0.5}


def pool_of(n: int = 300, seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    places, quality = rng.normal(size=(n, 2)), rng.random(n)
    return Pool(
        places=places, features=rng.normal(size=(n, 16)).astype(np.float32), quality=quality, dims=(12, 12),
        cells=place(places, np.full(2, -3.0), np.full(2, 3.0), (12, 12)), groups=(places, rng.normal(size=(n, 2))),
        objectives={"quality": quality, "axis": places[:, 0]},
    )  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("seed", range(3))
def test_pins_bans_floor_and_filter_always_hold(name: str, seed: int) -> None:
    pool, rng = pool_of(seed=seed), np.random.default_rng(seed)
    marked = rng.permutation(300)[:40]
    pins, bans, only = marked[:4].tolist(), marked[4:20].tolist(), rng.permutation(300)[:200].tolist()
    limits = Limits(floor=0.3, bans=tuple(bans), only=tuple(only), copies=0.95)
    picks = choose(name, pool, Wish(k=20, pins=tuple(pins), dial=DIAL, seed=seed), limits)
    rows = [pick.row for pick in picks]
    assert rows[:4] == pins
    assert len(set(rows)) == 20
    assert not set(rows) & set(bans)
    assert set(rows[4:]) <= set(only)
    assert (pool.quality[rows[4:]] >= 0.3).all()
    assert [pick.reason == "pinned" for pick in picks] == [True] * 4 + [False] * 16


@pytest.mark.parametrize("name", METHODS)
def test_the_same_wish_gives_the_same_set_for_the_same_reasons(name: str) -> None:
    wish = Wish(k=15, dial=DIAL, seed=5)
    assert choose(name, pool_of(), wish, Limits()) == choose(name, pool_of(), wish, Limits())


@pytest.mark.parametrize("name", METHODS)
def test_what_is_left_out_might_as_well_not_be_there(name: str) -> None:
    """Choosing among the first 200 is choosing from a pool of the first 200, limits or not."""
    pool = pool_of()
    first = np.arange(200)
    among = choose(name, pool, Wish(k=9, dial=DIAL), Limits(only=tuple(range(200))))
    assert among == choose(name, pool.take(first), Wish(k=9, dial=DIAL), Limits())


@pytest.mark.parametrize("name", METHODS)
def test_pins_alone_can_be_the_set(name: str) -> None:
    assert [p.row for p in choose(name, pool_of(), Wish(k=2, pins=(8, 3), dial=DIAL), Limits())] == [8, 3]


@pytest.mark.parametrize("name", METHODS)
def test_a_single_item_can_be_chosen(name: str) -> None:
    assert len(choose(name, pool_of(), Wish(k=1, dial=DIAL), Limits())) == 1


def test_unknown_ways_and_too_many_pins_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no way to choose named “luck”; there are different, representative"):
        choose("luck", pool_of(), Wish(k=1), Limits())
    with pytest.raises(InvalidInput, match="A set of 1 cannot hold 2 pins; ask for at least 2"):
        choose("different", pool_of(), Wish(k=1, pins=(0, 1)), Limits())
    with pytest.raises(InvalidInput, match="A set of 0"):
        choose("different", pool_of(), Wish(k=0), Limits())


def test_the_fair_way_needs_groups() -> None:
    with pytest.raises(InvalidInput, match="needs groups of raters"):
        choose("fair", replace(pool_of(), groups=()), Wish(k=5), Limits())


def test_a_fair_set_says_to_whom_each_item_is_new() -> None:
    said = {pick.reason for pick in choose("fair", pool_of(), Wish(k=40), Limits())}
    assert "new to every group" in said
    assert said <= {"new to every group", "new to group 1", "new to group 2", "the best of the rest"}


def test_one_per_cell_takes_the_best_of_each_and_no_cell_twice() -> None:
    pool = pool_of()
    picks = choose("cells", pool, Wish(k=30), Limits())
    cells = pool.cells[[p.row for p in picks]]
    assert len(set(cells)) == 30
    for pick in picks:
        assert pool.quality[pick.row] == pool.quality[pool.cells == pool.cells[pick.row]].max()
    assert pool.quality[picks[0].row] == pool.quality.max()


def test_few_cells_lie_far_apart() -> None:
    """Along a line of cells the second is at the far end, the third in the middle."""
    pool = pool_of(9)
    line = replace(pool, cells=np.arange(9), dims=(9, 1), quality=np.linspace(1, 0, 9))
    assert [p.row for p in choose("cells", line, Wish(k=3), Limits())] == [0, 8, 4]
    assert choose("cells", line, Wish(k=3), Limits())[1].reason == "the only one in cell 9, 1"


def test_a_pin_stands_for_its_cell_and_more_cells_than_there_are_is_refused() -> None:
    pool = replace(pool_of(4), cells=np.array([0, 0, 1, 1]), quality=np.array([0.1, 0.9, 0.2, 0.8]))
    assert [p.row for p in choose("cells", pool, Wish(k=2, pins=(0,)), Limits())] == [0, 3]
    with pytest.raises(NotEnoughItems, match=r"what passes lies in 2 cells of the map\. Ask for at most 2"):
        choose("cells", pool, Wish(k=3), Limits())


def test_every_way_says_what_it_is_for() -> None:
    assert len({method.title for method in METHODS.values()}) == len(METHODS) == 6
    assert all(". For " in method.purpose and len(method.purpose) < 120 for method in METHODS.values())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"features": np.ones((2, 3))}, "There are 300 places; features must have as many rows, not 2"),
        ({"groups": (np.ones((1, 2)),)}, "group 1 must have as many rows, not 1"),
        ({"quality": np.full(300, np.nan)}, "quality must be one finite number per item"),
        ({"objectives": {"charm": np.ones(2)}}, "charm must be one finite number per item"),
    ],
)
def test_a_pool_has_a_row_for_each_item(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replace(pool_of(), **changed)


def test_ways_differ() -> None:
    sets = [frozenset(p.row for p in choose(name, pool_of(), Wish(k=12, dial=DIAL), Limits())) for name in METHODS]
    assert len(set(sets)) == len(METHODS)
