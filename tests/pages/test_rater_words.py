"""What the raters page says of people, and what the editor says of versions."""

from __future__ import annotations

from dataclasses import replace

from pages._ui.guide_editor import changes
from pages._ui.rater_table import concerns
from qdhf.descriptors.validation import wilson
from qdhf.judgments.agreement import RaterReport
from qdhf.judgments.positions import Positions
from qdhf.studio.rating import RaterView
from qdhf.types import Guide, GuideExample, Rater, now

REPORT = RaterReport(
    rater_id="r", answers=40, ties=0, skips=0, consistency=None, left=wilson(20, 40), left_p=1.0, fast=None, unsure=None,
    median_ms=None, pace=None,
)  # fmt: skip
EXAMPLE = GuideExample(reference="r", a="a", b="b", closer="a")


def said(**changed: object) -> list[str]:
    rater = Rater(id="r", study_id="s", name="Ann", created_at=now())
    report = replace(REPORT, **changed)  # type: ignore[arg-type]
    return concerns(RaterView(rater=rater, report=report, agrees=None, guide=0, practice=None, exclusion=None))


def test_nothing_is_said_of_somebody_careful() -> None:
    assert said() == []


def test_each_habit_is_said_in_words() -> None:
    assert said(left=wilson(2, 40), left_p=1e-6) == [
        "chose the right side far more often than chance would, which looks like a habit"
    ]
    first = Positions(kind="odd", answers=20, shares=(0.9, 0.1, 0.0), p=1e-5)
    last = Positions(kind="grid", answers=20, shares=(0.1, 0.2, 0.2, 0.5), p=1e-5)
    assert said(positions=(first, last)) == [
        "picked the first of three far more often than chance would (90% of the picks), which looks like a habit",
        "picked the fourth of each grid far more often than chance would (50% of the picks), which looks like a habit",
    ]
    assert said(fast=wilson(10, 40)) == ["gave 25% of the answers too fast to have looked at the pictures"]
    assert said(consistency=wilson(1, 10)) == ["chose the same picture again in 1 of 10 repeated questions"]


def test_what_changed_between_versions_is_said() -> None:
    before = Guide(study_id="s")
    assert changes(before, replace(before, version=1)) == "Nothing changed."
    assert changes(before, replace(before, text="x", pick=3)) == "Changed: the text, how to ask."
    after = replace(before, aspects=("colour",), examples=(EXAMPLE,), practice=(EXAMPLE, EXAMPLE))
    assert changes(before, after) == (
        "Changed: the senses to compare in, examples (0 before, 1 now), practice questions (0 before, 2 now)."
    )
    assert changes(after, replace(after, examples=(replace(EXAMPLE, why="red"),))) == "Changed: examples."
