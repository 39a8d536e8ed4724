"""Decisions of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qdhf.search.loop import barren, batch_size, ended, refit_due
from qdhf.types import Iteration, RunSpec, Share, now

SPEC = RunSpec(kind="illuminate", budget=20)
NOTHING, OPENED, BETTERED = (
    {"fresh": Share(share=1.0, made=8, opened=o, bettered=b)} for o, b in ((0, 0), (1, 0), (0, 1))
)


def iterations(*shares: dict[str, Share], seconds: float = 30.0) -> list[Iteration]:
    return [
        Iteration(
            run_id="r", index=n, items=8, failed=0, fit_version=1, coverage=0.1, qd_score=1.0, seconds=seconds, hits=0,
            aimed=0, message="", created_at=now(), shares=each,
        )
        for n, each in enumerate(shares)
    ]  # fmt: skip


def test_a_refit_is_due_after_enough_new_answers() -> None:
    assert [refit_due(n, 100, 20) for n in (90, 119, 120, 200)] == [False, False, True, True]


def test_refits_can_be_switched_off() -> None:
    assert not refit_due(1000, 0, 0)


def test_the_last_batch_is_what_is_left() -> None:
    assert [batch_size(SPEC, index) for index in range(5)] == [8, 8, 4, 0, 0]


def test_a_run_ends_with_its_pictures() -> None:
    assert [ended(SPEC, iterations(*[OPENED] * n)) for n in range(4)] == [None, None, None, "images"]


def test_a_run_ends_with_the_batch_in_which_its_minutes_are_over() -> None:
    spec = replace(SPEC, budget=1000, minutes=1.0)
    assert [ended(spec, iterations(*[OPENED] * n)) for n in range(4)] == [None, None, "minutes", "minutes"]
    assert ended(replace(spec, minutes=0.0), iterations(*[OPENED] * 9)) is None


@pytest.mark.parametrize("news", [OPENED, BETTERED])
def test_a_run_ends_when_nothing_new_has_come_for_a_while(news: dict[str, Share]) -> None:
    spec = replace(SPEC, budget=1000, patience=3)
    assert ended(spec, iterations(news, NOTHING, NOTHING)) is None
    assert ended(spec, iterations(NOTHING, NOTHING, news, NOTHING, NOTHING)) is None
    assert ended(spec, iterations(news, NOTHING, NOTHING, NOTHING)) == "nothing new"
    assert ended(replace(spec, patience=0), iterations(*[NOTHING] * 50)) is None


def test_before_there_is_a_map_nothing_can_be_new() -> None:
    assert barren(iterations({}, {}, NOTHING)) == 1
    assert barren(iterations({}, {}, {})) == 0
