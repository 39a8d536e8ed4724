"""How raters answer: consistency, side bias, answers too fast to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qdhf.descriptors.validation import consistency, wilson
from qdhf.types import Accuracy, Judgment

TOO_FAST_MS = 400  # below this nobody has compared three pictures


@dataclass(frozen=True, kw_only=True)
class RaterReport:
    """One rater in figures; None where nothing was there to measure.

    ``consistency``: share of repeats answered alike. ``left``: share of choices that fell on the left side, 0.5 for a
    rater without side bias. ``fast``: share of timed answers under ``TOO_FAST_MS``. ``answers`` counts
    ties and skips too.
    """

    rater_id: str
    answers: int
    ties: int
    skips: int
    consistency: Accuracy | None
    left: Accuracy | None
    fast: Accuracy | None
    median_ms: float | None

    @property
    def biased(self) -> bool:
        """Whether even the interval of the left share excludes one half."""
        return self.left is not None and not self.left.low <= 0.5 <= self.left.high


def _share(hits: Sequence[bool]) -> Accuracy | None:
    return wilson(sum(hits), len(hits)) if hits else None


def rater_report(rater_id: str, judgments: Sequence[Judgment]) -> RaterReport:
    """The report on one rater, from all answers of a study (other raters' are left out here)."""
    own = [j for j in judgments if j.rater_id == rater_id]
    times = sorted(j.response_ms for j in own if j.response_ms is not None)
    middle = len(times) // 2
    return RaterReport(
        rater_id=rater_id,
        answers=len(own),
        ties=sum(j.closer == "tie" for j in own),
        skips=sum(j.closer == "skip" for j in own),
        consistency=consistency(own),
        left=_share([j.closer == j.left for j in own if j.closer in ("a", "b")]),
        fast=_share([ms < TOO_FAST_MS for ms in times]),
        median_ms=(times[middle] + times[~middle]) / 2 if times else None,
    )


def rater_reports(judgments: Sequence[Judgment]) -> list[RaterReport]:
    """One report per rater who answered, in order of their first answer."""
    return [rater_report(rater, judgments) for rater in dict.fromkeys(j.rater_id for j in judgments)]
