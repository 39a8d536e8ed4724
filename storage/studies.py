"""Studies."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from qdhf.errors import NotFound
from qdhf.types import Aim, GeneratorSpec, MapSpec, Study, now
from storage.engine import Database, insert_new, lock_study
from storage.schema import AimRow, StudyRow


def study_of(row: StudyRow) -> Study:
    return Study(
        id=row.id, name=row.name, brief=row.brief, kind=row.kind, prompts=tuple(row.prompts),  # type: ignore[arg-type]
        generator=GeneratorSpec(**row.generator), encoder=row.encoder, scorer=row.scorer,
        map=MapSpec(dims=tuple(row.dims)), seed=int(row.seed), created_at=row.created_at,
    )  # fmt: skip


class SqlStudies:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, study: Study) -> Study:
        """Store a study. One whose id is there already is returned as it is stored."""
        row = {
            "id": study.id, "name": study.name, "brief": study.brief, "kind": study.kind,
            "prompts": list(study.prompts), "generator": asdict(study.generator), "encoder": study.encoder,
            "scorer": study.scorer, "dims": list(study.map.dims), "seed": str(study.seed),
            "created_at": study.created_at,
        }  # fmt: skip
        with self._database.write() as session:
            insert_new(session, StudyRow, [row])
        return self.get(study.id)

    def get(self, study_id: str) -> Study:
        with self._database.read() as session:
            row = session.get(StudyRow, study_id)
            if row is None:
                raise NotFound(f"There is no study {study_id!r}.")
            return study_of(row)

    def aim(self, study_id: str) -> Aim:
        """What its quality is made of; the measure alone where nobody set anything."""
        query = sa.select(AimRow).where(AimRow.study_id == study_id).order_by(AimRow.serial.desc()).limit(1)
        with self._database.read() as session:
            row = session.scalar(query)
        if row is None:
            return Aim(study_id=study_id)
        return Aim(
            study_id=study_id, weights=dict(row.weights), how=row.how, created_at=row.created_at,  # type: ignore[arg-type]
            least=row.least, alike=row.alike,
        )  # fmt: skip

    def set_aim(self, aim: Aim) -> None:
        """Append an aim, which stands from now on. Raises NotFound."""
        with self._database.write() as session:
            lock_study(session, aim.study_id)
            session.add(
                AimRow(
                    study_id=aim.study_id,
                    weights=dict(aim.weights),
                    how=aim.how,
                    created_at=aim.created_at or now(),
                    least=aim.least,
                    alike=aim.alike,
                )
            )

    def all(self) -> list[Study]:
        """Newest first."""
        query = sa.select(StudyRow).order_by(StudyRow.created_at.desc(), StudyRow.id.desc())
        with self._database.read() as session:
            return [study_of(row) for row in session.scalars(query)]
