"""What the search knows of a map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.search.archive import view_of
from qdhf.search.proposals import LEARN_FROM, firsts, novelty, rows_to_load, search_state
from qdhf.search.proposing import propose
from qdhf.types import StudyMatrix
from tests.search.small_world import populated, without_latents


def test_a_state_holds_elites_and_recent_items_only() -> None:
    state, view = populated(900)
    rows = rows_to_load(view)
    assert len(state.known) == len(rows) < 900
    assert {p.item for p in state.elites} == {f"i{r:04d}" for r in view.elite_rows}
    assert {f"i{r:04d}" for r in range(500, 900)} <= {p.item for p in state.known}
    assert all(p.cell == view.cells[int(p.item[1:])] for p in state.known)
    assert state.predictor is not None
    assert len(state.predictor.unit) == LEARN_FROM


def test_a_state_knows_what_every_cell_holds() -> None:
    state, view = populated(100)
    assert np.isnan(state.held).sum() == 400 - len(view.filled)
    assert {p.cell: p.quality for p in state.elites} == {
        int(c): pytest.approx(float(state.held[c])) for c in view.filled
    }


def test_items_without_a_genome_are_no_parents() -> None:
    view = view_of(np.zeros((1, 2)), np.ones(1), -np.ones(2), np.ones(2), (2, 2))
    matrix = StudyMatrix(ids=("x",), positions=np.arange(1), features=np.zeros((1, 1)), quality=np.ones(1))
    state = search_state(view, matrix, {}, prompts=())
    assert state.elites == ()
    assert propose(state, 1, np.random.default_rng(0)).proposals[0].genome.prompt == ""


def test_who_came_first_and_who_was_better() -> None:
    opened, bettered = firsts(np.array([3, 3, 1, 3, 3]), np.array([0.5, 0.4, 0.1, 0.6, 0.6]))
    assert opened.tolist() == [True, False, True, False, False]
    assert bettered.tolist() == [False, False, False, True, False]


def test_novelty_is_the_mean_distance_to_the_nearest() -> None:
    x = np.array([[0.0], [1.0], [3.0], [10.0]])
    assert novelty(x, 2) == pytest.approx([2.0, 1.5, 2.5, 8.0])
    assert novelty(x[:2], 5) == pytest.approx([1.0, 1.0])
    assert novelty(x[:1]).tolist() == [0.0]
    assert novelty(x[:0]).tolist() == []


def test_predictions_need_latents_of_one_size() -> None:
    state, _ = populated(20)
    assert without_latents(state).predictor is None
    odd = replace(state, latents_of=lambda g: np.zeros((4, 4 + g.seed % 2)) + 1)
    assert odd.predictor is None


def test_one_target_at_a_time_keeps_the_predictions() -> None:
    state, _ = populated(20)
    one = state.aiming_at(len(state.targets) + 1)
    assert one.targets == (state.targets[1],)
    assert one.predictor is state.predictor
