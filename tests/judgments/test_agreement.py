"""How raters answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qdhf.judgments.agreement import rater_report, rater_reports
from qdhf.planted import answered
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
