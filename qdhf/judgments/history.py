"""A study's standing answers, sorted by what the choice of questions asks of them.

Answers come one by one and are many: sorting all of them anew for each question would cost more than the choice itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from qdhf.judgments.triplets import Asked, asked
from qdhf.types import Judgment


class History:
    """Answers, oldest first, as they come and go.

    One thread at a time may change it; others may read meanwhile. Sequences that it gave out never change: each change
    makes new ones.
    """

    def __init__(self, answers: Iterable[Judgment] = ()) -> None:
        self.answers: Sequence[Judgment] = []
        self.shareable: Sequence[Judgment] = []  # answers to random questions: what other raters may be asked as well
        self.better: Sequence[Judgment] = []  # answers to "which is better?"
        self._own: dict[str, Sequence[Judgment]] = {}
        self._asked: Counter[Asked] = Counter()
        self._own_asked: dict[str, Counter[Asked]] = {}
        self.change(answers)

    def __len__(self) -> int:
        return len(self.answers)

    def __contains__(self, question: Asked) -> bool:
        """Whether anyone's standing answer is about ``question`` (see :func:`~qdhf.judgments.triplets.asked`)."""
        return question in self._asked

    def of(self, rater_id: str | None) -> Sequence[Judgment]:
        """A rater's answers, oldest first."""
        return self._own.get(rater_id or "", ())

    def has_answered(self, rater_id: str | None, question: Asked) -> bool:
        return question in self._own_asked.get(rater_id or "", ())

    def useful(self, rater_id: str) -> int:
        """How many answers of a rater are no skips."""
        return sum(j.closer != "skip" for j in self.of(rater_id))

    def change(self, came: Iterable[Judgment] = (), gone: Collection[str] = ()) -> None:
        """Add the answers that ``came`` and take out those whose ids are in ``gone``; ids that are not here do no harm."""
        if gone:
            self._take_out(frozenset(gone))
        fresh = [j for j in came if j.id not in gone]
        if not fresh:
            return
        self.answers = [*self.answers, *fresh]
        self.shareable = [*self.shareable, *filter(_shareable, fresh)]
        self.better = [*self.better, *(j for j in fresh if j.kind == "better")]
        for rater, own in _by_rater(fresh).items():
            self._own[rater] = [*self._own.get(rater, ()), *own]
            keys = [asked(j) for j in own]
            self._asked.update(keys)
            self._own_asked.setdefault(rater, Counter()).update(keys)

    def _take_out(self, gone: frozenset[str]) -> None:
        out = [j for j in self.answers if j.id in gone]
        if not out:
            return
        self.answers = _without(self.answers, gone)
        self.shareable = _without(self.shareable, gone)
        self.better = _without(self.better, gone)
        for rater, theirs in _by_rater(out).items():
            self._own[rater] = _without(self._own[rater], gone)
            for counter in (self._asked, self._own_asked[rater]):
                for key in map(asked, theirs):
                    counter[key] -= 1
                    if not counter[key]:
                        del counter[key]


def _shareable(judgment: Judgment) -> bool:
    return judgment.strategy == "random" and judgment.closer != "skip"


def _without(judgments: Sequence[Judgment], gone: frozenset[str]) -> list[Judgment]:
    return [j for j in judgments if j.id not in gone]


def _by_rater(judgments: Iterable[Judgment]) -> dict[str, list[Judgment]]:
    found: dict[str, list[Judgment]] = {}
    for judgment in judgments:
        found.setdefault(judgment.rater_id, []).append(judgment)
    return found
