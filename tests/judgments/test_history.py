"""Answers sorted as they come and go: always what sorting all of them anew would give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from qdhf.judgments.history import History
from qdhf.judgments.triplets import asked
from qdhf.planted import PlantedWorld
from qdhf.types import Judgment


@pytest.fixture
def answers() -> list[Judgment]:
    """Of two raters in turn, every third about a random question, every fifth a skip, the last asking the first anew."""
    rng = np.random.default_rng(0)
    given = PlantedWorld.make(n=20, d=8, rng=rng).judgments(40, rng=rng)
    made = [
        replace(
            j, rater_id=("ann", "bob")[n % 2], strategy="informative" if n % 3 else "random",
            closer=j.closer if n % 5 else "skip",
        )
        for n, j in enumerate(given)
    ]  # fmt: skip
    return [*made, replace(made[0], id="again", event_id="again", rater_id="bob")]


def contents(history: History, about: Iterable[Judgment]) -> object:
    """All that a history can say of the questions of ``about``."""
    keys = [asked(j) for j in about]
    return (
        list(history.answers), list(history.shareable), [key in history for key in keys],
        [(list(history.of(r)), history.useful(r), [history.has_answered(r, k) for k in keys]) for r in ("ann", "bob")],
    )  # fmt: skip


def test_answers_are_found_by_question_and_rater(answers: list[Judgment]) -> None:
    history = History(answers[1:2])
    assert asked(answers[1]) in history
    assert asked(answers[2]) not in history
    assert list(history.of("bob")) == answers[1:2]
    assert list(history.of("ann")) == list(history.of(None)) == []
    assert history.has_answered("bob", asked(answers[1]))
    assert not history.has_answered("ann", asked(answers[1]))


def test_useful_answers_are_those_that_are_no_skips(answers: list[Judgment]) -> None:
    assert History(answers).useful("bob") == sum(j.rater_id == "bob" and j.closer != "skip" for j in answers)
    assert History(answers).useful("nobody") == 0


def test_only_answered_random_questions_are_shareable(answers: list[Judgment]) -> None:
    odd = replace(answers[3], id="odd", kind="odd", shown=("x", "y", "z"), closer="picked", picked=("x",))
    wanted = [j for j in [*answers, odd] if j.strategy == "random" and j.closer != "skip"]
    assert list(History([*answers, odd]).shareable) == wanted


def test_answers_about_what_is_better_are_kept_apart_as_well(answers: list[Judgment]) -> None:
    better = replace(answers[3], id="better", kind="better", shown=("x", "y"))
    history = History([*answers, better])
    assert list(history.better) == [better]
    history.change((), {"better"})
    assert list(history.better) == []


@pytest.mark.parametrize("seed", range(5))
def test_coming_and_going_gives_what_sorting_anew_gives(answers: list[Judgment], seed: int) -> None:
    rng, history, stands = np.random.default_rng(seed), History(), list[Judgment]()
    for start in range(0, len(answers), 7):
        came = answers[start : start + 7]
        gone = {j.id for j in [*stands, *came] if rng.random() < 0.3}
        history.change(came, gone)
        stands = [j for j in [*stands, *came] if j.id not in gone]
        assert contents(history, answers) == contents(History(stands), answers)


def test_a_question_answered_twice_is_known_until_both_answers_are_gone(answers: list[Judgment]) -> None:
    history = History(answers)
    history.change(gone={answers[0].id})
    assert asked(answers[0]) in history
    assert not history.has_answered("ann", asked(answers[0]))
    history.change(gone={"again", "never seen"})
    assert asked(answers[0]) not in history


def test_what_was_given_out_stays_as_it_was(answers: list[Judgment]) -> None:
    history = History(answers[:10])
    before = history.answers, history.shareable, history.of("ann")
    copies = [list(part) for part in before]
    history.change(answers[10:], {answers[0].id, answers[3].id})
    assert [list(part) for part in before] == copies
