"""Decisions of a run."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput
from qdhf.search.loop import batch_left, refit_due


def test_a_refit_is_due_after_enough_new_answers() -> None:
    assert [refit_due(n, 100, 20) for n in (90, 119, 120, 200)] == [False, False, True, True]


def test_refits_can_be_switched_off() -> None:
    assert not refit_due(1000, 0, 0)


def test_the_last_batch_is_what_is_left() -> None:
    assert [batch_left(20, made, 8) for made in (0, 8, 16, 20, 25)] == [8, 8, 4, 0, 0]


def test_batches_need_a_size() -> None:
    with pytest.raises(InvalidInput, match="batch must lie between 1"):
        batch_left(10, 0, 0)
