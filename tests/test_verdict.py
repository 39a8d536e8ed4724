"""The sentences of the Descriptors page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pages._ui import verdict
from qdhf.descriptors.validation import wilson
from qdhf.studio.advice import Group, Health, Plan
from qdhf.types import FitReport

WELL = Health(over_fitted=None, settle=None, crowded=None)
REPORT = FitReport(
    method="logistic", n_train=100, n_held_out=50, held_out=wilson(39, 50), baseline=wilson(30, 50), train=wilson(90, 100),
    consistency=wilson(17, 20), strength=1.0, lapse=0.0, seconds=0.0,
)  # fmt: skip
UNKNOWN = replace(REPORT, held_out=None, baseline=None, consistency=None)


@pytest.mark.parametrize(
    ("report", "start"),
    [
        (REPORT, "These axes predict 78 % of answers they never saw (65–87 %)."),
        (replace(REPORT, held_out=wilson(28, 50)), "Not better than a coin for certain: the axes predict 56 %"),
        (replace(REPORT, held_out=wilson(9, 9)), "The axes follow your answers. How well is not known yet"),
        (UNKNOWN, "The axes follow your answers. How well is not known yet"),
        (replace(UNKNOWN, method="pca", n_train=0, n_held_out=0), "Nobody has been asked yet."),
        (replace(UNKNOWN, method="pca", n_train=4), "Too few answers to learn from yet."),
    ],
)
def test_the_headline_says_how_sure_the_axes_are(report: FitReport, start: str) -> None:
    assert verdict.headline(report).startswith(start)


def test_the_comparison_names_what_answers_brought_and_what_is_left() -> None:
    assert verdict.comparison(REPORT) == (
        "Without your answers it would be 60 %. Asked the same again, people agree with themselves 85 % of the time, so "
        "there is more to learn."
    )
    near = verdict.comparison(replace(REPORT, consistency=wilson(16, 20)))
    assert near.endswith("80 % of the time, so there is little left to learn.")
    assert "no more than without your answers (80 %)" in verdict.comparison(replace(REPORT, baseline=wilson(40, 50)))
    assert verdict.comparison(replace(REPORT, method="pca")) == verdict.comparison(UNKNOWN) == ""


def test_how_many_more_answers_would_change_the_map_is_said() -> None:
    report = replace(REPORT, spread=1.3)
    said = verdict.place(report, replace(WELL, settle=60))
    assert said == "An item's place on the map is known to about 1.3 cells; about 60 more answers would make that 1."
    assert verdict.place(replace(REPORT, spread=0.98), WELL).endswith(
        "1 cell: more answers would hardly change the map."
    )
    assert verdict.place(REPORT, WELL) == ""


def test_warnings_are_said_only_when_they_are_due() -> None:
    report = replace(REPORT, train=wilson(30, 30), held_out=wilson(22, 40))
    assert verdict.over_fitted(report, replace(WELL, over_fitted=120)) == (
        "The axes may be over-fitted: they get 100 % of the answers they learned from right, but only 55 % of those they "
        "never saw, little more than without any answers. About 120 more answers would mend it."
    )
    assert verdict.over_fitted(report, WELL) == verdict.crowded(WELL) == ""
    assert "five cells hold 70 % of them" in verdict.crowded(replace(WELL, crowded=0.7))


def test_certainty_is_judged_by_no_more_than_its_answers_can_tell() -> None:
    assert "after 20 surprise questions" in verdict.calibration(REPORT)
    assert "right about 80 % of the time (off by 4 %)" in verdict.calibration(replace(REPORT, calibration=0.04))
    assert "As far as 50 answers can tell" in verdict.calibration(replace(REPORT, calibration=0.1))
    assert "rough guide: it is off by about 20 %" in verdict.calibration(replace(REPORT, calibration=0.2))


@pytest.mark.parametrize(
    ("new", "old", "start"),
    [
        (90, 92, "It keeps what it knew: 90 % of the earlier answers still hold (92 % before)."),
        (95, 70, "It even gets more of the earlier answers right: 95 %; the version before got 70 %."),
        (70, 95, "Of the answers that the version before learned from, this one gets 70 % right; that one got 95 %."),
    ],
)
def test_what_became_of_earlier_answers_is_said(new: int, old: int, start: str) -> None:
    report = replace(REPORT, retention=wilson(new, 100), retention_before=wilson(old, 100))
    assert verdict.retention(report).startswith(start)
    assert verdict.retention(REPORT) == ""


def plan(gains: dict[int, float], **groups: int) -> Plan:
    return Plan(
        answers=50, curve=[], points=[], gains=gains,
        groups=[Group(name=name, have=10, answers=n) for name, n in groups.items()],
    )  # fmt: skip


def test_a_plan_reads_as_a_request() -> None:
    assert verdict.spending(plan({}, lions=25, cats=15)) == "Ask 40 more: 25 about “lions”, 15 about “cats”."
    assert verdict.spending(plan({}, a=30, b=2, c=3)) == "Ask 35 more: 30 about “a”, 5 about the others."
    assert verdict.spending(plan({}, a=7, b=6)) == "Ask 13 more, about everything alike."
    assert verdict.spending(plan({})) == ""


def test_gains_are_told_in_points() -> None:
    said = verdict.forecast(plan({25: 0.004, 50: 0.01, 100: 0.05}))
    assert (
        said == "Predicted gain in accuracy: +0.4 points with 25 more, +1 point with 50 more, +5 points with 100 more."
    )
    assert verdict.forecast(plan({25: 0.001, 50: 0.002})).startswith("More answers would hardly")
    assert verdict.forecast(plan({})).startswith("The answers so far do not tell")


def test_words_of_users_stay_words() -> None:
    assert verdict.plain("*a* [b](c) :red[d] $e$") == r"\*a\* \[b\]\(c\) \:red\[d\] \$e\$"


@pytest.mark.parametrize(
    ("found", "words"), [(1, "for one axis so far"), (2, "for 2 axes: as many as"), (3, "for 3 axes, more than the 2")]
)
def test_the_number_of_axes_is_told_beside_the_map_s(found: int, words: str) -> None:
    assert f"The answers speak {words}" in verdict.axes(found, 2)
