"""How raters answer: consistency, side bias, speed and pace; and how far they agree with each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from qdhf.descriptors.validation import consistency, wilson
from qdhf.judgments.alpha import Alpha, nominal_alpha
from qdhf.judgments.positions import Positions, positions
from qdhf.judgments.triplets import asked, chosen
from qdhf.types import Accuracy, Judgment

TOO_FAST_MS = 400  # below this nobody has compared three pictures
MANY_TOO_FAST = 0.05  # share of answers
UNSURE = 0.75  # share of repeats answered alike
RARE = 0.01  # probability of a habit by chance
PAUSE = timedelta(minutes=5)  # a longer gap between two answers ends a sitting
ENOUGH_SHARED = 20  # questions, before an interval says much


@dataclass(frozen=True, kw_only=True)
class RaterReport:
    """One rater in figures; None where nothing was there to measure.

    ``consistency``: share of repeats answered alike. ``left``: share of choices that fell on the left side, 0.5 for a
    rater without side bias, and ``left_p``, the probability of a share at least as far from 0.5 by chance (exact
    binomial test, two-sided). ``fast``: share of timed answers under ``TOO_FAST_MS``. ``unsure``: share of "can't tell"
    among answers without skips. ``pace``: answers per minute within sittings. ``answers`` counts ties and skips too.
    ``positions``: the same as ``left`` for questions that show three or more to choose from.
    """

    rater_id: str
    answers: int
    ties: int
    skips: int
    consistency: Accuracy | None
    left: Accuracy | None
    left_p: float | None
    fast: Accuracy | None
    unsure: Accuracy | None
    median_ms: float | None
    pace: float | None
    positions: tuple[Positions, ...] = ()

    @property
    def biased(self) -> bool:
        """Whether so uneven sides or places come about by chance in less than one of a hundred raters."""
        return self.favours_side or bool(self.favours_places)

    @property
    def favours_side(self) -> bool:
        return self.left_p is not None and self.left_p < self._rare

    @property
    def favours_places(self) -> list[Positions]:
        """The kinds of questions in which some place is picked too often."""
        return [each for each in self.positions if each.p is not None and each.p < self._rare]

    @property
    def _rare(self) -> float:
        """``RARE`` shared among as many tests as there are (Bonferroni)."""
        tests = (self.left_p is not None) + sum(each.p is not None for each in self.positions)
        return RARE / max(1, tests)

    @property
    def hasty(self) -> bool:
        """Whether clearly more than ``MANY_TOO_FAST`` of the answers came too fast."""
        return self.fast is not None and self.fast.low > MANY_TOO_FAST

    @property
    def inconsistent(self) -> bool:
        """Whether clearly fewer than ``UNSURE`` of the repeats were answered alike."""
        return self.consistency is not None and self.consistency.high < UNSURE


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far raters agree. ``alpha`` is None where nobody answered what another did; ``shared``: questions that two or
    more answered; ``raters``: how many took part in those; ``note``: what is needed, empty where enough is there."""

    alpha: Alpha | None
    shared: int
    raters: int
    note: str


def _share(hits: Sequence[bool]) -> Accuracy | None:
    return wilson(sum(hits), len(hits)) if hits else None


def rater_report(rater_id: str, judgments: Sequence[Judgment]) -> RaterReport:
    """The report on one rater, from all answers of a study (other raters' are left out here).

    Sides are those of "a or b" questions; of other kinds ``positions`` tells the places."""
    own = [j for j in judgments if j.rater_id == rater_id]
    times = sorted(j.response_ms for j in own if j.response_ms is not None)
    middle = len(times) // 2
    left = _share([j.closer == j.left for j in own if j.closer in ("a", "b")])
    return RaterReport(
        rater_id=rater_id,
        answers=len(own),
        ties=sum(j.closer == "tie" for j in own),
        skips=sum(j.closer == "skip" for j in own),
        consistency=consistency(own),
        left=left,
        left_p=_chance_of(left) if left else None,
        fast=_share([ms < TOO_FAST_MS for ms in times]),
        unsure=_share([j.closer == "tie" for j in own if j.closer != "skip"]),
        median_ms=(times[middle] + times[~middle]) / 2 if times else None,
        pace=pace([j.created_at for j in own]),
        positions=positions(own),
    )


def _chance_of(left: Accuracy) -> float:
    """Two-sided probability of a binomial count at least as far from n/2, each side being as likely."""
    from scipy.special import bdtr

    hits = round(left.value * left.n)
    return min(1.0, 2 * float(bdtr(min(hits, left.n - hits), left.n, 0.5)))


def pace(times: Sequence[datetime], least: int = 1) -> float | None:
    """Answers per minute between the first and the last of each sitting; None for fewer than ``least`` gaps in sittings."""
    gaps = [later - earlier for earlier, later in pairwise(sorted(times))]
    within = [gap / timedelta(minutes=1) for gap in gaps if gap <= PAUSE]
    return len(within) / sum(within) if len(within) >= least and sum(within) > 0 else None


def rater_reports(judgments: Sequence[Judgment]) -> list[RaterReport]:
    """One report per rater who answered, in order of their first answer."""
    own: dict[str, list[Judgment]] = {}
    for j in judgments:
        own.setdefault(j.rater_id, []).append(j)
    return [rater_report(rater, theirs) for rater, theirs in own.items()]


def agreement(judgments: Sequence[Judgment], *, rng: np.random.Generator) -> Agreement:
    """Krippendorff's alpha over the "a or b" questions that several raters answered.

    A unit is a reference with its two candidates, however they were arranged; its values are the candidates. Which of
    them is "the first" means nothing, so chance is taken to choose either as often. Left out, as in ``consistency``:
    "can't tell" (it names neither; its share stands in the report on the rater) and skips. Of a rater's answers to the
    same unit the first counts: repeats measure the rater, not the agreement between raters.
    """
    shared = _shared(judgments)
    raters = sorted({rater for answers in shared for rater in answers})
    values = np.array([[answers.get(rater, -1) for answers in shared] for rater in raters], np.int64)
    alpha = nominal_alpha(values, rng=rng, same=[(0, 1)]) if shared else None
    return Agreement(alpha=alpha, shared=len(shared), raters=len(raters), note=_needed(judgments, len(shared)))


def _shared(judgments: Sequence[Judgment]) -> list[dict[str, int]]:
    """Of each unit that two or more raters answered, which candidate each of them chose."""
    units: dict[object, dict[str, int]] = {}
    for j in judgments:
        choice = chosen(j)
        if j.kind == "triplet" and choice is not None:
            units.setdefault(asked(j), {}).setdefault(j.rater_id, int(choice == max(j.a, j.b)))
    return [answers for answers in units.values() if len(answers) >= 2]


def with_others(judgments: Sequence[Judgment], others: Collection[str]) -> dict[str, Accuracy]:
    """How often each rater chose what another did: the share of pairs (a question, one of ``others``) that agree, by
    rater id; of those who share none, nothing. Chance gives 0.5. Questions and answers as in :func:`agreement`."""
    same: dict[str, list[bool]] = {}
    for answers in _shared(judgments):
        for rater, choice in answers.items():
            told = [choice == theirs for other, theirs in answers.items() if other != rater and other in others]
            same.setdefault(rater, []).extend(told)
    return {rater: wilson(sum(told), len(told)) for rater, told in same.items() if told}


@dataclass(frozen=True, kw_only=True)
class Unanimous:
    """A question that all of ``people`` answered alike. ``items``: ids of the reference, the nearer and the farther one."""

    items: tuple[str, str, str]
    people: int


def unanimous(judgments: Sequence[Judgment]) -> list[Unanimous]:
    """Triplets that two or more raters answered, all alike; those of most raters first, then the oldest.

    Of each rater the first answer to a question counts, as in :func:`agreement`; "can't tell" is an answer like none,
    skips are none."""
    units: dict[object, dict[str, tuple[str, str, str] | None]] = {}
    for j in judgments:
        if j.kind == "triplet" and j.closer != "skip":
            farther = {"a": j.b, "b": j.a}.get(j.closer)
            said = None if farther is None else (j.reference, chosen(j) or "", farther)
            units.setdefault(asked(j), {}).setdefault(j.rater_id, said)
    found = [
        Unanimous(items=said, people=len(answers))
        for answers in units.values()
        if len(answers) >= 2 and len(set(answers.values())) == 1 and (said := next(iter(answers.values())))
    ]
    return sorted(found, key=lambda each: -each.people)


def _needed(judgments: Sequence[Judgment], shared: int) -> str:
    """One sentence on what agreement still needs."""
    if len({j.rater_id for j in judgments}) < 2:
        return "Agreement needs a second person: ask somebody else to answer some questions."
    if shared == 0:
        return f"No question has been answered by two people yet. About {ENOUGH_SHARED} shared questions are needed."
    if shared < ENOUGH_SHARED:
        few = "1 shared question is" if shared == 1 else f"{shared} shared questions are"
        return f"{few} few: about {ENOUGH_SHARED} make the figure reliable."
    return ""
