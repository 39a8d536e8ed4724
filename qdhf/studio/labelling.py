"""Questions out, answers in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.studio.working import Working
from qdhf.types import AnswerEvent, Item, NewQuestion, Question, Rater, Study

QUEUE = 12  # questions a browser holds


class Labelling:
    """Use-cases of the label page."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning
        self.working = Working(learning.matrices)

    def rater(self, study: Study, name: str) -> Rater:
        return self._store.judgments.rater(study.id, name)

    def queue(self, study: Study, rater: Rater, size: int = QUEUE) -> list[Question]:
        """At least ``size`` questions reserved for this rater, oldest first; chosen anew where they run short.

        Raises NotEnoughItems below three items."""
        waiting = self._store.judgments.waiting(study.id, rater.id)
        if len(waiting) >= max(1, size // 2):
            return waiting
        chosen = self._choose(study, rater, waiting, size - len(waiting))
        return waiting + self._store.judgments.reserve(study.id, rater.id, chosen)

    def _choose(self, study: Study, rater: Rater, waiting: Sequence[Question], n: int) -> list[NewQuestion]:
        from qdhf.judgments.questions import choose_questions

        matrix = self._learning.matrices.of(study)
        answered = self._store.judgments.standing(study.id)
        own = sum(j.rater_id == rater.id for j in answered)
        rng = np.random.default_rng([study.seed, len(answered), own, int(rater.id[-8:], 16)])
        banned = [i for i, mark in self._store.collections.marks(study.id).items() if mark == "ban"]
        fit = self._learning.current(study)
        return choose_questions(
            matrix, fit.projection if fit else None, answered, n, rng=rng, rater_id=rater.id, waiting=waiting,
            banned=banned, draws=self.working.draws(study, fit, answered),
        )  # fmt: skip

    def record(self, rater: Rater, events: Sequence[AnswerEvent]) -> list[str]:
        """Append what the browser reports; returns the event ids now on record."""
        return self._store.judgments.record(rater.id, events) if events else []

    def pictures(self, questions: Sequence[Question]) -> dict[str, Item]:
        """The items that ``questions`` show, by id."""
        ids = sorted({i for q in questions for i in (q.reference, q.a, q.b, *q.shown)})
        return {item.id: item for item in self._store.items.many(ids)}

    def useful(self, study: Study, rater: Rater) -> int:
        """The rater's standing answers without skips: what the progress bar counts."""
        return sum(j.closer != "skip" for j in self._store.judgments.standing(study.id, rater.id))

    def answered(self, study: Study, rater: Rater | None = None) -> int:
        return self._store.judgments.count(study.id, rater.id if rater else None)
