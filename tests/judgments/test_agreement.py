"""How raters answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from qdhf.judgments.agreement import Agreement, agreement, rater_report, rater_reports, unanimous
from qdhf.planted import EPOCH, answered
from qdhf.types import Answer, Judgment, NewQuestion


def answer(closer: Answer, number: int = 0, *, rater: str = "ann", ms: int | None = 2000) -> Judgment:
    question = NewQuestion(reference="r", a="x", b="y", left="a", strategy="informative")
    return replace(answered(question, closer, number, rater=rater), response_ms=ms)


def test_counts_and_times_of_one_rater() -> None:
    given = [answer("a", ms=100), answer("b", ms=300), answer("tie", ms=900), answer("skip", ms=None)]
    report = rater_report("ann", [*given, answer("a", rater="bob")])
    assert (report.answers, report.ties, report.skips, report.median_ms) == (4, 1, 1, 300)
    assert report.fast is not None
    assert (report.fast.value, report.fast.n) == (pytest.approx(2 / 3), 3)
    assert report.left is not None
    assert (report.left.value, report.left.n) == (0.5, 2)
    assert report.consistency is None


def test_choosing_left_every_time_is_bias() -> None:
    assert rater_report("ann", [answer("a", i) for i in range(20)]).biased
    assert not rater_report("ann", [answer("a" if i % 2 else "b", i) for i in range(20)]).biased
    assert not rater_report("ann", [answer("a")]).biased


def test_raters_come_in_order_of_their_first_answer() -> None:
    given = [answer("a", rater="bob"), answer("a", rater="ann"), answer("b", 1, rater="bob")]
    assert [(r.rater_id, r.answers) for r in rater_reports(given)] == [("bob", 2), ("ann", 1)]


def test_a_rater_without_answers_has_no_figures() -> None:
    report = rater_report("nobody", [])
    assert (report.answers, report.left, report.fast, report.median_ms, report.biased) == (0, None, None, None, False)


def at(seconds: float, number: int, closer: Answer = "a") -> Judgment:
    return replace(answer(closer, number), created_at=EPOCH + timedelta(seconds=seconds))


def test_pace_counts_time_within_sittings_alone() -> None:
    """Two sittings an hour apart: 2 steps in 20 s, then 1 in 10 s, so 3 answers in half a minute."""
    given = [at(s, i) for i, s in enumerate([0, 10, 20, 3620, 3630])]
    assert rater_report("ann", given).pace == pytest.approx(6)
    assert rater_report("ann", given[::-1]).pace == pytest.approx(6)
    assert rater_report("ann", given[2:4]).pace is None
    assert rater_report("ann", [at(0, 0), at(0, 1)]).pace is None


def test_the_chance_of_a_side_is_that_of_a_coin() -> None:
    report = rater_report("ann", [answer("a" if i < 9 else "b", i) for i in range(10)])
    assert report.left_p == pytest.approx(2 * 11 / 1024)  # 0, 1, 9 or 10 heads of 10
    assert not report.biased
    assert rater_report("ann", [answer("a" if i < 10 else "b", i) for i in range(20)]).left_p == 1.0
    assert rater_report("ann", [answer("tie")]).left_p is None


def test_many_answers_too_fast_are_told() -> None:
    assert rater_report("ann", [answer("a", i, ms=200) for i in range(10)]).hasty
    assert not rater_report("ann", [answer("a", i, ms=200 if i == 0 else 2000) for i in range(20)]).hasty


def repeats(same: int, other: int) -> list[Judgment]:
    firsts = [answer("a", i) for i in range(same + other)]
    again = [
        replace(answer("a" if i < same else "b", 100 + i), repeat_of=first.question_id)
        for i, first in enumerate(firsts)
    ]
    return firsts + again


def test_repeats_that_differ_are_told_once_they_are_many() -> None:
    assert rater_report("ann", repeats(4, 8)).inconsistent
    assert not rater_report("ann", repeats(11, 1)).inconsistent
    assert not rater_report("ann", repeats(1, 1)).inconsistent


def odd(rater: str, number: int) -> Judgment:
    asked = answer("skip", number, rater=rater)
    return replace(asked, kind="odd", closer="picked", shown=("r", "x", "y"), picked=("x",))


def test_odd_one_out_has_no_side_and_no_part_in_agreement() -> None:
    given = [odd("ann", 0), odd("bob", 0)]
    report = rater_report("ann", given)
    assert (report.answers, report.left, report.left_p, report.biased) == (1, None, None, False)
    assert report.unsure is not None
    assert (report.unsure.value, report.unsure.n) == (0, 1)
    assert agreed(given).shared == 0


def about(number: int, picks: str, rater: str, swapped: bool = False) -> Judgment:
    """An answer to the ``number``-th question: ``picks`` is "x" or "y", or an answer that names neither."""
    a, b = ("y", "x") if swapped else ("x", "y")
    closer = {f"{a}": "a", f"{b}": "b"}.get(picks, picks)
    question = NewQuestion(reference=f"r{number}", a=a, b=b, left="a", strategy="random")
    return answered(question, closer, number, rater=rater)  # type: ignore[arg-type]


def agreed(given: list[Judgment]) -> Agreement:
    return agreement(given, rng=np.random.default_rng(0))


def test_agreement_looks_at_what_was_chosen_however_it_was_arranged() -> None:
    given = [about(i, "x" if i % 2 else "y", "ann") for i in range(8)]
    given += [about(i, "x" if i % 2 else "y", "bob", swapped=True) for i in range(8)]
    found = agreed(given)
    assert found.alpha is not None
    assert (found.alpha.value, found.alpha.agreement, found.shared, found.raters) == (1.0, 1.0, 8, 2)


def test_alpha_takes_either_candidate_as_likely() -> None:
    """Both choose x nine times of ten, disagreeing twice: chance is a coin all the same, so that
    α = 1 − (n − 1)/n · 0.2 / 0.5 with n = 20."""
    given = [about(i, "y" if i == 0 else "x", "ann") for i in range(10)]
    given += [about(i, "y" if i == 1 else "x", "bob") for i in range(10)]
    found = agreed(given).alpha
    assert found is not None
    assert (found.value, found.agreement) == (pytest.approx(1 - 19 / 20 * 0.2 / 0.5), pytest.approx(0.8))


def test_of_a_raters_answers_to_the_same_the_first_counts_and_ties_do_not() -> None:
    given = [about(0, "x", "ann"), about(0, "y", "ann", swapped=True), about(0, "x", "bob"), about(0, "tie", "cleo")]
    found = agreed(given)
    assert found.alpha is not None
    assert (found.alpha.agreement, found.shared, found.raters) == (1.0, 1, 2)


def test_without_overlap_it_says_what_is_needed() -> None:
    assert "second person" in agreed([about(0, "x", "ann")]).note
    apart = agreed([about(0, "x", "ann"), about(1, "x", "bob")])
    assert (apart.alpha, apart.shared) == (None, 0)
    assert "No question has been answered by two people" in apart.note
    few = agreed([about(0, "x", "ann"), about(0, "x", "bob")])
    assert few.note.startswith("1 shared question is few")
    enough = [about(i, "x", rater) for i in range(20) for rater in ("ann", "bob")]
    assert agreed(enough).note == ""


def of(rater: str, closer: Answer, number: int, *, swapped: bool = False, reference: str = "r") -> Judgment:
    question = NewQuestion(reference=reference, a="x", b="y", left="a", strategy="informative")
    turned = replace(question, a="y", b="x") if swapped else question
    return answered(turned, closer, number, rater=rater)


def test_unanimous_questions_are_those_that_everybody_answered_alike() -> None:
    given = [
        of("ann", "a", 0), of("bob", "b", 1, swapped=True),
        of("ann", "a", 2, reference="s"), of("bob", "b", 3, reference="s"),
        of("ann", "b", 4, reference="t"), of("bob", "b", 5, reference="t"), of("cem", "b", 6, reference="t"),
        of("ann", "a", 7, reference="u"), of("ann", "a", 8, reference="u"),
        of("ann", "a", 9, reference="v"), of("bob", "tie", 10, reference="v"),
        of("ann", "tie", 11, reference="w"), of("bob", "tie", 12, reference="w"),
        of("ann", "a", 13, reference="z"), of("bob", "skip", 14, reference="z"), of("cem", "a", 15, reference="z"),
    ]  # fmt: skip
    assert [(u.items, u.people) for u in unanimous(given)] == [
        (("t", "y", "x"), 3), (("r", "x", "y"), 2), (("z", "x", "y"), 2),
    ]  # fmt: skip
