"""How emitters share a batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.proposals import Parent, SearchState
from qdhf.search.sharing import AIMING, DOUBT, FLOOR, HALF_LIFE, PICKED, allot, shares, yields

NAMES = ("fresh", "mutation", "targeted", "conditioned", "prompt")


def items(state: SearchState, emitter: str, n: int, *, opened: bool = False, bettered: bool = False) -> list[Parent]:
    one = state.elites[0]
    return [replace(one, genome=replace(one.genome, emitter=emitter), opened=opened, bettered=bettered)] * n


def test_yields_are_cells_opened_an_item_with_doubt(state: SearchState) -> None:
    known = items(state, "targeted", 1, opened=True) + items(state, "fresh", 1)
    older = 0.5 ** (1 / HALF_LIFE)
    average = (older + 0.1) / (1 + older + 1)
    found = yields(known, ["targeted", "fresh", "mutation"])
    assert found["targeted"] == pytest.approx((older + DOUBT * average) / (older + DOUBT))
    assert found["fresh"] == pytest.approx(DOUBT * average / (1 + DOUBT))
    assert found["mutation"] == pytest.approx(average)


def test_a_better_elite_is_worth_a_quarter_of_a_new_cell(state: SearchState) -> None:
    opened = yields(items(state, "fresh", 400, opened=True), ["fresh"])["fresh"]
    bettered = yields(items(state, "fresh", 400, bettered=True), ["fresh"])["fresh"]
    assert bettered / opened == pytest.approx(0.25, abs=0.01)


def test_who_earns_more_gets_more_and_none_falls_below_the_floor(state: SearchState) -> None:
    poor = [p for name in NAMES if name != "mutation" for p in items(state, name, 40)]
    before, after = shares([], NAMES), shares(poor + items(state, "mutation", 40, opened=True), NAMES)
    assert after["mutation"] > 2 * before["mutation"]
    for found in (before, after):
        assert sum(found.values()) == pytest.approx(1)
        assert min(found.values()) >= FLOOR


def test_late_in_a_run_little_more_still_counts(state: SearchState) -> None:
    rare = items(state, "fresh", 40) + items(state, "prompt", 38) + items(state, "prompt", 2, opened=True)
    found = shares(rare, ["fresh", "prompt"])
    assert found["prompt"] > 1.5 * found["fresh"]


def test_picked_cells_get_most_of_the_batch(state: SearchState) -> None:
    lazy = items(state, "targeted", 60) + items(state, "fresh", 60, opened=True)
    found = shares(lazy, NAMES, picked=True)
    assert sum(found[name] for name in AIMING) == pytest.approx(PICKED)
    assert sum(found.values()) == pytest.approx(1)
    assert shares(lazy, ["fresh", "mutation"], picked=True) == shares(lazy, ["fresh", "mutation"])


def test_a_lone_emitter_has_it_all(state: SearchState) -> None:
    assert shares([], ["fresh"]) == {"fresh": pytest.approx(1)}


@pytest.mark.parametrize("n", [0, 1, 7, 100])
def test_allotted_slots_add_up(n: int) -> None:
    assert sum(allot(n, {"x": 0.5, "y": 0.3, "z": 0.2}, np.random.default_rng(0)).values()) == n


def test_allotted_shares_hold_on_average() -> None:
    rng, parts = np.random.default_rng(0), {"x": 0.55, "y": 0.4, "z": 0.05}
    total = Counter[str]()
    for _ in range(4000):
        total.update(allot(3, parts, rng))
    for name, part in parts.items():
        assert total[name] / 12_000 == pytest.approx(part, abs=0.02)
