"""Questions out, answers in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from qdhf.ports import Store
from qdhf.studio.encouraging import Encouragement, encouragement
from qdhf.studio.learning import Learning
from qdhf.studio.standing import Standing
from qdhf.studio.working import Working
from qdhf.types import AnswerEvent, Guide, Item, Judgment, NewQuestion, Question, QuestionKind, Rater, Study

QUEUE = 12  # questions a browser holds
REACH = 6  # answers on record that a browser holds for undo; it gets earlier ones as it goes back


class Labelling:
    """Use-cases of the label page."""

    def __init__(self, store: Store, learning: Learning, standing: Standing) -> None:
        self._store, self._learning = store, learning
        self.working = Working(learning.matrices)
        self._standing = standing

    def rater(self, study: Study, name: str) -> Rater:
        return self._store.judgments.rater(study.id, name)

    def queue(
        self,
        study: Study,
        rater: Rater,
        size: int = QUEUE,
        *,
        kind: QuestionKind = "triplet",
        guide: Guide | None = None,
    ) -> list[Question]:
        """At least ``size`` questions of ``kind`` reserved for this rater, oldest first; chosen anew where they run short.

        ``guide`` says how large a grid is and in what senses to compare; the study's current one where None. Raises
        NotEnoughItems below three items (two for "which is better?")."""
        waiting = self._store.judgments.waiting(study.id)
        own = [q for q in waiting if q.rater_id == rater.id and q.kind == kind]
        if len(own) >= max(1, size // 2):
            return own
        guide = guide or self._store.guides.current(study.id)
        chosen = self._choose(study, rater, waiting, size - len(own), kind=kind, guide=guide)
        return own + self._store.judgments.reserve(study.id, rater.id, chosen)

    def _choose(
        self, study: Study, rater: Rater, waiting: Sequence[Question], n: int, *, kind: QuestionKind, guide: Guide
    ) -> list[NewQuestion]:
        from qdhf.judgments.asking import choose
        from qdhf.judgments.mixing import Situation

        history, excluded = self._standing.of(study.id), self._store.exclusions.excluded(study.id)
        fit = None if kind == "better" else self._learning.current(study)
        situation = Situation(
            matrix=self._learning.matrices.of(study), history=history, projection=fit.projection if fit else None,
            draws=self.working.draws(study, fit, history.answers, excluded), rater_id=rater.id,
            waiting=[q for q in waiting if q.rater_id == rater.id],
            held=[q for q in waiting if q.rater_id != rater.id],
            banned=[i for i, mark in self._store.collections.marks(study.id).items() if mark == "ban"],
        )  # fmt: skip
        own = len(history.of(rater.id))
        rng = np.random.default_rng([study.seed, len(history), own, int(rater.id[-8:], 16)])
        return choose(situation, kind, guide, n, rng=rng)

    def past(self, study: Study, rater: Rater, kind: QuestionKind, n: int = REACH) -> list[tuple[Question, Judgment]]:
        """The rater's last ``n`` standing answers to questions of ``kind``, oldest first: what undo can reach."""
        own = [j for j in self._standing.of(study.id).of(rater.id)[-8 * n :] if j.kind == kind and j.question_id][-n:]
        questions = self._store.judgments.questions([str(j.question_id) for j in own])
        return list(zip(questions, own, strict=True))

    def record(self, rater: Rater, events: Sequence[AnswerEvent]) -> list[str]:
        """Append what the browser reports; returns the event ids now on record."""
        return self._store.judgments.record(rater.id, events) if events else []

    def asked(self, rater: Rater, ids: Sequence[str]) -> dict[str, Question]:
        """Those of the questions ``ids`` that were asked of this rater, by id. Raises NotFound."""
        return {q.id: q for q in self._store.judgments.questions(list(dict.fromkeys(ids))) if q.rater_id == rater.id}

    def pictures(self, questions: Sequence[Question]) -> dict[str, Item]:
        """The items that ``questions`` show, by id."""
        ids = sorted({i for q in questions for i in (q.reference, q.a, q.b, *q.shown)})
        return {item.id: item for item in self._store.items.many(ids)}

    def texts(self, items: Iterable[Item]) -> dict[str, str]:
        """What the texts among ``items`` say, by id; pictures are left out."""
        return {i.id: self._store.blobs.get(i.blob).decode("utf-8", "replace") for i in items if i.kind == "text"}

    def useful(self, study: Study, rater: Rater) -> int:
        """The rater's standing answers without skips: what the progress bar counts."""
        return self._standing.of(study.id).useful(rater.id)

    def answered(self, study: Study, rater: Rater | None = None) -> int:
        return self._store.judgments.count(study.id, rater.id if rater else None)

    def encouragement(self, study: Study, rater: Rater) -> Encouragement:
        """How it goes for this rater, and what the last answers moved. Some milliseconds: not at every answer."""
        fit = self._store.fits.latest(study.id)
        stored = (fit.draws, None) if fit and fit.draws else None
        own, matrix = self._standing.of(study.id).of(rater.id), self._learning.matrices.of(study)
        return encouragement(study, fit, self.working.latest(study) or stored, matrix, own)
