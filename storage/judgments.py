"""Answers: appended, never changed. Taking one back is a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qdhf.errors import NotFound
from qdhf.ports import Changes, Seen, Undone
from qdhf.types import AnswerEvent, Judgment, NewQuestion, Question, Rater, new_id, now
from qdhf.types.answering import check_question
from storage.changes import changes
from storage.engine import Database, lock_study, parts
from storage.imports import Import, check_answers, check_items
from storage.raters import find_or_make, rater_of
from storage.recording import Recording
from storage.reserving import held, unclaimed
from storage.schema import JudgmentRow, QuestionRow, RaterRow, RetractionRow

QUESTIONS = sa.select(*QuestionRow.__table__.c)  # plain rows: an object per row would take twice as long
JUDGMENTS = sa.select(*JudgmentRow.__table__.c)


def question_of(row: QuestionRow | sa.Row[Any]) -> Question:
    return Question(
        id=row.id, study_id=row.study_id, rater_id=row.rater_id, reference=row.reference, a=row.a, b=row.b,
        left=row.left, strategy=row.strategy, repeat_of=row.repeat_of, created_at=row.created_at,  # type: ignore[arg-type]
        kind=row.kind, shown=row.shown, aspect=row.aspect,  # type: ignore[arg-type]
    )  # fmt: skip


def judgment_of(row: JudgmentRow | sa.Row[Any]) -> Judgment:
    return Judgment(
        id=row.id, event_id=row.event_id, study_id=row.study_id, question_id=row.question_id, rater_id=row.rater_id,
        reference=row.reference, a=row.a, b=row.b, left=row.left, closer=row.closer,  # type: ignore[arg-type]
        strategy=row.strategy, repeat_of=row.repeat_of, response_ms=row.response_ms,  # type: ignore[arg-type]
        created_at=row.created_at, kind=row.kind, shown=row.shown, picked=row.picked,  # type: ignore[arg-type]
        grade=row.grade, aspect=row.aspect, guide=row.guide,
    )  # fmt: skip


def _stands() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(RetractionRow.judgment_id == JudgmentRow.id)


class SqlJudgments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def rater(self, study_id: str, name: str, *, subject: str | None = None, invite_id: str | None = None) -> Rater:
        """The rater who signs in as ``subject``, or who holds the invitation ``invite_id``, or else whose name (trimmed, 1
        to 80 characters) is all that is known; made at first use. A name belongs to one rater of a study: where somebody
        else has it, they are "name (2)", "name (3)" and so on. Raises InvalidInput, NotFound."""
        return find_or_make(self._database, study_id, name, subject, invite_id)

    def raters(self, study_id: str) -> list[Rater]:
        """In the order in which they came."""
        query = sa.select(RaterRow).where(RaterRow.study_id == study_id).order_by(RaterRow.created_at, RaterRow.id)
        with self._database.read() as session:
            return [rater_of(row) for row in session.scalars(query)]

    def reserve(self, study_id: str, rater_id: str, questions: Sequence[NewQuestion]) -> list[Question]:
        """Keep questions for this rater, in order, leaving out those that another rater holds now (see
        :mod:`storage.reserving`). Raises NotFound where the study lacks the rater or an item, InvalidInput for a question
        that makes no sense (see :func:`qdhf.types.answering.check_question`)."""
        for question in questions:
            check_question(question.kind, (question.reference, question.a, question.b), question.shown)
        if not questions:
            return []
        with self._database.write() as session:
            rater = session.get(RaterRow, rater_id)
            if rater is None or rater.study_id != study_id:
                raise NotFound(f"The study {study_id!r} has no rater {rater_id!r}.")
            check_items(session, study_id, questions)
            lock_study(session, study_id)
            rows = [
                {**asdict(question), "id": new_id(), "study_id": study_id, "rater_id": rater_id, "created_at": now()}
                for question in unclaimed(session, study_id, rater_id, questions)
            ]
            if not rows:
                return []
            try:
                session.connection().execute(sa.insert(QuestionRow), rows)
            except sa.exc.IntegrityError as error:
                raise NotFound("A question repeats a question that is not stored.") from error
        return self.questions([row["id"] for row in rows])

    def waiting(self, study_id: str, rater_id: str | None = None) -> list[Question]:
        """Reserved for this rater (or anyone) within the lease and not answered, or answered and undone within it, oldest
        first."""
        with self._database.read() as session:
            return [question_of(row) for row in held(session, study_id, rater_id)]

    def questions(self, ids: Sequence[str]) -> list[Question]:
        """In the order of ``ids``. Raises NotFound naming the first that is missing."""
        found: dict[str, Question] = {}
        with self._database.read() as session:
            for part in parts(list(ids)):
                rows = session.execute(QUESTIONS.where(QuestionRow.id.in_(part)))
                found |= {row.id: question_of(row) for row in rows}
        missing = next((i for i in ids if i not in found), None)
        if missing is not None:
            raise NotFound(f"There is no question {missing!r}.")
        return [found[i] for i in ids]

    def record(self, rater_id: str, events: Sequence[AnswerEvent]) -> list[str]:
        """Append answers and retractions in one transaction; returns the event ids now on record (new or resent).

        An answer to a question that already has a standing answer, and a retraction of an answer that is not on record
        or was retracted by another event, are refused silently: their ids are not returned. Raises NotAllowed for
        another rater's question, NotFound for an unknown rater or question, InvalidInput for a malformed event; then
        nothing of the batch is kept."""
        if not events:
            return []
        with self._database.write() as session:
            return Recording(session, rater_id, events).keep()

    def standing(self, study_id: str, rater_id: str | None = None, after: str | None = None) -> list[Judgment]:
        """Answers that were not undone, oldest first; only those recorded after the judgment with id ``after``."""
        query = JUDGMENTS.where(JudgmentRow.study_id == study_id, _stands())
        if rater_id is not None:
            query = query.where(JudgmentRow.rater_id == rater_id)
        with self._database.read() as session:
            if after is not None:
                serial = session.scalar(sa.select(JudgmentRow.serial).where(JudgmentRow.id == after))
                if serial is None:
                    raise NotFound(f"There is no judgment {after!r}.")
                query = query.where(JudgmentRow.serial > serial)
            return [judgment_of(row) for row in session.execute(query.order_by(JudgmentRow.serial))]

    def changes(self, study_id: str, since: Seen | None = None) -> Changes:
        """What came and went since ``since``; see :meth:`qdhf.ports.JudgmentBook.changes`."""
        with self._database.read() as session:
            found, undone, seen = changes(session, study_id, since or Seen(serial=0, retractions=0))
            return Changes(answers=[judgment_of(row) for row in found], undone=undone, seen=seen)

    def every(self, study_id: str) -> list[tuple[Judgment, datetime | None]]:
        """All answers ever given, oldest first, each with when it was undone."""
        query = (
            JUDGMENTS.add_columns(RetractionRow.created_at.label("undone_at"))
            .outerjoin(RetractionRow, RetractionRow.judgment_id == JudgmentRow.id)
            .where(JudgmentRow.study_id == study_id)
            .order_by(JudgmentRow.serial)
        )
        with self._database.read() as session:
            return [(judgment_of(row), row.undone_at) for row in session.execute(query)]

    def count(self, study_id: str, rater_id: str | None = None) -> int:
        """Standing answers, skips included."""
        mine = JudgmentRow.study_id == study_id
        if rater_id is not None:
            mine &= JudgmentRow.rater_id == rater_id
        given = sa.select(sa.func.count()).select_from(JudgmentRow).where(mine)
        of_mine = sa.exists().where(JudgmentRow.id == RetractionRow.judgment_id, mine)
        undone = sa.select(sa.func.count()).select_from(RetractionRow).where(of_mine)
        with self._database.read() as session:
            row = session.execute(sa.select(given.scalar_subquery(), undone.scalar_subquery())).one()
            return int(row[0] - row[1])

    def judged(self, study_id: str, rater_ids: Sequence[str]) -> set[str]:
        """The items in questions that any of these raters answered, skips and answers taken back left out."""
        columns = (JudgmentRow.reference, JudgmentRow.a, JudgmentRow.b, JudgmentRow.shown)
        theirs = (JudgmentRow.study_id == study_id) & JudgmentRow.rater_id.in_(rater_ids)
        query = sa.select(*columns).where(theirs, JudgmentRow.closer != "skip", _stands())
        with self._database.read() as session:
            rows = session.execute(query).all()
        return {item for row in rows for item in (row.reference, row.a, row.b, *row.shown)}

    def import_answers(self, study_id: str, answers: Sequence[Judgment], undone: Undone | None = None) -> int:
        """Append judgments from elsewhere, in one transaction; returns how many were new.

        ``undone``: when answers were taken back, by event id. Event ids make importing repeatable: an answer that is on
        record stays as it is, but is undone where it was undone since. Question ids are kept (or replaced by ids derived
        from them where they are taken), so that repeats still name what they repeat; an answer to a question that
        has a standing answer is left out. Raises NotFound where a rater or an item is not of this study, InvalidInput
        for answers that make no sense."""
        if not answers:
            return 0
        check_answers(answers)
        with self._database.write() as session:
            lock_study(session, study_id)
            return Import(session, study_id, answers).keep(undone or {})
