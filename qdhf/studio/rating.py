"""People who answer: how, how far they agree, whether they are of several minds, and sets that are fair to all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from qdhf.checks import between
from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.types import (
    Accuracy,
    Answers,
    Exclusion,
    IntArray,
    Item,
    Person,
    PracticeRound,
    Rater,
    Study,
    StudyMatrix,
)

if TYPE_CHECKING:
    from qdhf.judgments.agreement import Agreement, RaterReport
    from qdhf.judgments.groups import Groups

REMEMBERED = 8  # studies whose groups are kept
POINTS = 100  # of a line that shows a rater's progress


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question that groups answer differently. ``probabilities``: by group, that ``a`` is said to be closer."""

    reference: Item
    a: Item
    b: Item
    probabilities: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FairChoice:
    """A set fair to all groups, beside one for everyone. Coverage by group, in [0, 1]: the share of the ``regions`` of
    its map in which there are items at all that the set shows."""

    items: list[Item]
    for_everyone: list[Item]
    coverage: tuple[float, ...]
    coverage_for_everyone: tuple[float, ...]
    regions: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Minds:
    """Groups of raters as found from the answers so far; ``members``: the raters of each group."""

    groups: Groups
    members: list[list[Rater]]


@dataclass(frozen=True, kw_only=True)
class RaterView:
    """One who answers. ``agrees``: share of shared questions answered as others do who are not left out; ``guide``: latest
    version of the instructions that an answer was given by; ``practice``: the latest round. None: nothing to tell."""

    rater: Rater
    report: RaterReport
    agrees: Accuracy | None
    guide: int
    practice: PracticeRound | None
    exclusion: Exclusion | None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """That a rater had given ``answers`` standing answers by ``time``."""

    name: str
    time: datetime
    answers: int


class Rating:
    """Use-cases of the raters page."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning
        self._known: OrderedDict[tuple[str, int, str], Minds] = OrderedDict()

    def reports(self, study: Study) -> list[tuple[Rater, RaterReport]]:
        """Everyone who answered, with their report, in order of the first answer."""
        return self._learning.raters(study)

    def people(self, study: Study) -> list[RaterView]:
        """Everyone who answered, those left out as well, in order of the first answer."""
        from qdhf.judgments.agreement import with_others

        answers, out = self._store.judgments.standing(study.id), self.excluded(study)
        reports, rounds = self._learning.raters(study), self._store.guides.rounds(study.id)
        agree = with_others(answers, {rater.id for rater, _ in reports} - out.keys())
        guides: dict[str, int] = {}
        for answer in answers:
            guides[answer.rater_id] = max(answer.guide, guides.get(answer.rater_id, 0))
        return [
            RaterView(
                rater=rater, report=report, agrees=agree.get(rater.id), guide=guides[rater.id],
                practice=rounds.get(rater.id), exclusion=out.get(rater.id),
            )
            for rater, report in reports
        ]  # fmt: skip

    def progress(self, study: Study) -> list[Progress]:
        """How each rater's answers grew, skips left out: up to about ``POINTS`` points each, the last one among them."""
        names = {rater.id: rater.name for rater in self._store.judgments.raters(study.id)}
        times: dict[str, list[datetime]] = {}
        for answer in self._store.judgments.standing(study.id):
            if answer.closer != "skip":
                times.setdefault(answer.rater_id, []).append(answer.created_at)
        found = []
        for rater, own in times.items():
            own.sort()
            step = -(-len(own) // POINTS)
            kept = sorted({*range(0, len(own), step), len(own) - 1})
            found += [Progress(name=names[rater], time=own[n], answers=n + 1) for n in kept]
        return found

    def excluded(self, study: Study) -> dict[str, Exclusion]:
        """Those whose answers are left out of what is learned, by rater id."""
        return self._store.exclusions.excluded(study.id)

    def exclude(self, rater: Rater, reason: str, by: Person) -> None:
        """Leave a rater's answers out of what is learned from now on; they stay on record, and the rater can go on.
        Raises InvalidInput, NotFound."""
        self._store.exclusions.exclude(rater.id, True, reason, by.label)

    def let_in(self, rater: Rater, by: Person) -> None:
        """Take an exclusion back. Raises NotFound."""
        self._store.exclusions.exclude(rater.id, False, "", by.label)

    def agreement(self, study: Study) -> Agreement:
        """How far raters agree on questions that several of them answered."""
        from qdhf.judgments.agreement import agreement

        return agreement(self._learning.answers(study), rng=np.random.default_rng(study.seed))

    def missing(self, study: Study) -> str:
        """What must be there before groups can be looked for, as a sentence; empty where all is."""
        from qdhf.judgments.groups import LEAST_ANSWERS, LEAST_RATERS, with_enough

        answers = self._answers(study)
        ready = len(with_enough(answers).raters)
        if ready >= LEAST_RATERS:
            return ""
        return (
            f"This needs at least {LEAST_RATERS} people with {LEAST_ANSWERS} answers each, skips left out; so far "
            f"{'one person has' if ready == 1 else 'nobody has' if not ready else f'{ready} people have'} that many."
        )

    def groups(self, study: Study) -> Minds:
        """Look for groups among the raters: seconds of work, remembered until another answer comes in.

        Raises NotEnoughJudgments."""
        from qdhf.judgments.groups import find_groups

        known, key = self.known_groups(study), self._key(study)
        if known is not None:
            return known
        matrix = self._learning.matrices.of(study)
        found = find_groups(matrix.features, self._answers(study), rng=np.random.default_rng(study.seed))
        raters = {rater.id: rater for rater in self._store.judgments.raters(study.id)}
        members = [[raters[r] for r in group.raters if r in raters] for group in found.groups]
        self._known[key] = Minds(groups=found, members=members)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return self._known[key]

    def known_groups(self, study: Study) -> Minds | None:
        """The groups where they have been looked for since the last answer, else None."""
        return self._known.get(self._key(study))

    def examples(self, study: Study, minds: Minds, count: int = 4) -> list[Example]:
        """Questions that the groups would answer most differently, about items that are not banned."""
        from qdhf.judgments.groups_examples import disagreements

        matrix, rows = self._allowed(study)
        found = disagreements(
            matrix.features[rows], [g.axes for g in minds.groups.groups], count, rng=np.random.default_rng(study.seed)
        )
        made = []
        for each in found:
            reference, a, b = self._items(matrix, rows[list(each.items)].tolist())
            made.append(Example(reference=reference, a=a, b=b, probabilities=each.probabilities))
        return made

    def fair(self, study: Study, minds: Minds, k: int = 9) -> FairChoice:
        """``k`` items that give the group worst off as much as can be, beside ``k`` chosen on everyone's axes.

        Each map is cut into about twice as many regions as there are items to choose; both sets are chosen alike, and
        the better of equally useful items is taken. Raises NotEnoughItems."""
        from qdhf.curate.fair import fair_set, regions

        between("The number of items to choose", k, 1, 1000)
        matrix, rows = self._allowed(study)
        features, quality = matrix.features[rows], matrix.quality[rows]
        best = np.argsort(-quality, kind="stable")[:k]
        pooled = fair_set(
            [regions(minds.groups.everyone.projection(features), k)], quality, k, pooled=best.tolist()
        ).rows
        cells = [regions(group.axes.projection(features), k) for group in minds.groups.groups]
        found = fair_set(cells, quality, k, pooled=pooled)
        return FairChoice(
            items=self._items(matrix, rows[list(found.rows)].tolist()),
            for_everyone=self._items(matrix, rows[list(found.pooled)].tolist()),
            coverage=found.coverage, coverage_for_everyone=found.pooled_coverage,
            regions=tuple(len(np.unique(each)) for each in cells),
        )  # fmt: skip

    def _answers(self, study: Study) -> Answers:
        from qdhf.judgments.answers import to_answers

        return to_answers(self._learning.matrices.of(study).ids, self._learning.answers(study))

    def _key(self, study: Study) -> tuple[str, int, str]:
        answers = self._learning.answers(study)
        return study.id, len(answers), answers[-1].id if answers else ""

    def _allowed(self, study: Study) -> tuple[StudyMatrix, IntArray]:
        """The study's matrix, and its rows without banned items."""
        matrix, marks = self._learning.matrices.of(study), self._store.collections.marks(study.id)
        return matrix, np.array([row for row, item in enumerate(matrix.ids) if marks.get(item) != "ban"], np.int64)

    def _items(self, matrix: StudyMatrix, rows: Sequence[int]) -> list[Item]:
        return self._store.items.many([matrix.ids[row] for row in rows])
