"""Instructions for raters, version by version, and practice rounds. Appended, never changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput, NotFound
from qdhf.types import Guide, GuideExample, PracticeRound, now
from qdhf.types.guides import check_guide
from storage.engine import Database, lock_study
from storage.imports import check_stored
from storage.schema import GuideRow, PracticeRow, RaterRow

COLUMNS = ("study_id", "version", "text", "created_at")  # all else of a guide is in ``settings``


def guide_of(row: GuideRow) -> Guide:
    settings: dict[str, Any] = {**row.settings, "aspects": tuple(row.settings["aspects"])}
    for name in ("examples", "practice"):
        settings[name] = tuple(GuideExample(**each) for each in row.settings[name])
    return Guide(**{name: getattr(row, name) for name in COLUMNS}, **settings)


def _trimmed(guide: Guide) -> Guide:
    def each(triplets: tuple[GuideExample, ...]) -> tuple[GuideExample, ...]:
        return tuple(replace(triplet, why=triplet.why.strip()) for triplet in triplets)

    return replace(
        guide, text=guide.text.strip(), aspects=tuple(aspect.strip() for aspect in guide.aspects),
        examples=each(guide.examples), practice=each(guide.practice),
    )  # fmt: skip


def practice_of(row: PracticeRow) -> PracticeRound:
    return PracticeRound(
        rater_id=row.rater_id, guide=row.guide, right=row.right, asked=row.asked, created_at=row.created_at
    )


def rater_row(session: Session, rater_id: str) -> RaterRow:
    """Raises NotFound."""
    row = session.get(RaterRow, rater_id)
    if row is None:
        raise NotFound(f"There is no rater {rater_id!r}.")
    return row


class SqlGuides:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, guide: Guide) -> Guide:
        """Store as the next version, counted from 1, words trimmed; ``version`` and ``created_at`` are set here.

        Raises InvalidInput (see :func:`qdhf.types.guides.check_guide`), NotFound for a study or an item that is not
        there."""
        guide = _trimmed(guide)
        check_guide(guide)
        settings = {name: value for name, value in asdict(guide).items() if name not in COLUMNS}
        with self._database.write() as session:
            lock_study(session, guide.study_id)
            items = {i for each in (*guide.examples, *guide.practice) for i in (each.reference, each.a, each.b)}
            check_stored(session, guide.study_id, items)
            last = session.scalar(sa.select(sa.func.max(GuideRow.version)).where(GuideRow.study_id == guide.study_id))
            made = replace(guide, version=(last or 0) + 1, created_at=now())
            row = GuideRow(
                study_id=made.study_id, version=made.version, text=made.text, settings=settings,
                created_at=made.created_at,
            )  # fmt: skip
            session.add(row)
        return made

    def current(self, study_id: str) -> Guide:
        """The latest version; version 0, the defaults, where nobody wrote any."""
        query = sa.select(GuideRow).where(GuideRow.study_id == study_id).order_by(GuideRow.version.desc()).limit(1)
        with self._database.read() as session:
            row = session.scalar(query)
            return Guide(study_id=study_id) if row is None else guide_of(row)

    def get(self, study_id: str, version: int) -> Guide:
        """Version 0 is what holds before anybody wrote any. Raises NotFound."""
        if version == 0:
            return Guide(study_id=study_id)
        query = sa.select(GuideRow).where(GuideRow.study_id == study_id, GuideRow.version == version)
        with self._database.read() as session:
            row = session.scalar(query)
            if row is None:
                raise NotFound(f"The study {study_id!r} has no instructions of version {version}.")
            return guide_of(row)

    def all(self, study_id: str) -> list[Guide]:
        """By version, 1 first."""
        query = sa.select(GuideRow).where(GuideRow.study_id == study_id).order_by(GuideRow.version)
        with self._database.read() as session:
            return [guide_of(row) for row in session.scalars(query)]

    def note_practice(self, rater_id: str, guide: int, right: int, asked: int) -> None:
        """Append a finished round. Raises NotFound for an unknown rater, InvalidInput for counts that cannot be."""
        if asked < 1 or not 0 <= right <= asked:
            raise InvalidInput(
                f"A practice round has at least one question and no more right ones; got {right} of {asked}."
            )
        with self._database.write() as session:
            rater_row(session, rater_id)
            session.add(PracticeRow(rater_id=rater_id, guide=guide, right=right, asked=asked, created_at=now()))

    def practice(self, rater_id: str) -> list[PracticeRound]:
        """All rounds of a rater, oldest first."""
        query = sa.select(PracticeRow).where(PracticeRow.rater_id == rater_id).order_by(PracticeRow.serial)
        with self._database.read() as session:
            return [practice_of(row) for row in session.scalars(query)]

    def rounds(self, study_id: str) -> dict[str, PracticeRound]:
        """The latest round of each rater who practised, by rater id."""
        query = sa.select(PracticeRow).join(RaterRow, RaterRow.id == PracticeRow.rater_id)
        query = query.where(RaterRow.study_id == study_id).order_by(PracticeRow.serial)
        with self._database.read() as session:
            return {row.rater_id: practice_of(row) for row in session.scalars(query)}
