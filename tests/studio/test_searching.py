"""The search in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qdhf.search.emitters import EMITTERS
from qdhf.studio.searching import WAYS, aims, moments, saving, ways
from qdhf.types import Iteration, Screened, Share, now

PLAIN = Iteration(
    run_id="r", index=0, items=8, failed=0, fit_version=1, coverage=0.1, qd_score=1.0, seconds=1.0, hits=0, aimed=0,
    message="", created_at=now(),
)  # fmt: skip


def test_every_emitter_has_words() -> None:
    assert set(WAYS) == set(EMITTERS)


def test_ways_add_up_over_the_run_and_show_todays_shares() -> None:
    first = {"fresh": Share(share=0.6, made=4, opened=2), "mutation": Share(share=0.4, made=4, bettered=1)}
    last = {"mutation": Share(share=0.3, made=2, opened=1), "targeted": Share(share=0.7, made=6, opened=3)}
    found = ways([PLAIN, replace(PLAIN, shares=first), replace(PLAIN, shares=last)])
    assert [(w.words, w.share, w.made, w.opened, w.bettered) for w in found] == [
        ("Steps towards a place", 0.7, 6, 3, 0), ("Small changes", 0.3, 6, 1, 1), ("New samples", 0.0, 4, 2, 0),
    ]  # fmt: skip
    assert found[1].gain == pytest.approx(2 / 6)


def test_runs_from_before_emitters_were_told_apart_say_nothing() -> None:
    assert ways([PLAIN]) == []
    assert saving([PLAIN]) is None
    assert aims([PLAIN]) is None


def test_savings_are_what_unseen_pictures_would_have_gained_less() -> None:
    one = replace(PLAIN, screened=Screened(candidates=56, rendered=7, promised=4.0, average=1.0, gained=3))
    found = saving([one, PLAIN, one])
    assert found is not None
    assert (found.candidates, found.rendered, found.promised, found.gained) == (112, 14, 8.0, 6)
    assert found.saved == pytest.approx(0.75)


def test_aims_add_up() -> None:
    assert aims([replace(PLAIN, aimed=5, near=4, hits=1), PLAIN, replace(PLAIN, aimed=3, near=1, hits=1)]) == (8, 5, 2)


def test_moments_add_pictures_up_and_name_every_way_each_time() -> None:
    first = {"fresh": Share(share=0.6), "mutation": Share(share=0.4)}
    last = {"mutation": Share(share=0.3), "targeted": Share(share=0.7)}
    before = replace(PLAIN, fit_version=None)
    found = moments([before, replace(PLAIN, shares=first), replace(PLAIN, shares=last, coverage=0.2, items=4)])
    assert [(m.pictures, m.coverage) for m in found] == [(16, 0.1), (20, 0.2)]
    assert [m.shares for m in found] == [
        {"New samples": 0.6, "Small changes": 0.4, "Steps towards a place": 0.0},
        {"New samples": 0.0, "Small changes": 0.3, "Steps towards a place": 0.7},
    ]


def test_of_many_moments_some_are_shown_and_always_the_last() -> None:
    found = moments([PLAIN] * 1001, most=100)
    assert len(found) <= 100
    assert found[-1].pictures == 8008
    assert moments([]) == []
