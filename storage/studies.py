"""Studies."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from qdhf.errors import NotFound
from qdhf.types import GeneratorSpec, MapSpec, Study
from storage.engine import Database, insert_new
from storage.schema import StudyRow


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

    def all(self) -> list[Study]:
        """Newest first."""
        query = sa.select(StudyRow).order_by(StudyRow.created_at.desc(), StudyRow.id.desc())
        with self._database.read() as session:
            return [study_of(row) for row in session.scalars(query)]
