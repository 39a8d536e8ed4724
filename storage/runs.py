"""Runs and what each of their iterations did. Whether a run is queued or running is the queue's to say (``jobs``)."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from qdhf.errors import NotFound
from qdhf.types import Iteration, Run, RunSpec, Screened, Share, new_id, now
from storage.engine import Database, insert_new, lock_study
from storage.schema import IterationRow, RunRow


def run_of(row: RunRow) -> Run:
    spec = RunSpec(**{**row.spec, "targets": tuple(row.spec["targets"])})
    return Run(id=row.id, study_id=row.study_id, spec=spec, created_at=row.created_at)


def iteration_of(row: IterationRow) -> Iteration:
    return Iteration(
        run_id=row.run_id, index=row.index, items=row.items, failed=row.failed, fit_version=row.fit_version,
        coverage=row.coverage, qd_score=row.qd_score, seconds=row.seconds, hits=row.hits, aimed=row.aimed,
        message=row.message, created_at=row.created_at, near=row.near, missed=tuple(row.missed or ()),
        shares={name: Share(**share) for name, share in (row.shares or {}).items()},
        screened=Screened(**row.screened) if row.screened else None, off=row.off, copies=row.copies,
    )  # fmt: skip


class SqlRuns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, study_id: str, spec: RunSpec) -> Run:
        """Store what is asked. Raises NotFound where there is no such study."""
        row = RunRow(id=new_id(), study_id=study_id, spec=asdict(spec), created_at=now())
        with self._database.write() as session:
            lock_study(session, study_id)
            session.add(row)
            session.flush()
            return Run(id=row.id, study_id=study_id, spec=spec, created_at=row.created_at)

    def get(self, run_id: str) -> Run:
        """Raises NotFound."""
        with self._database.read() as session:
            row = session.get(RunRow, run_id)
            if row is None:
                raise NotFound(f"There is no run {run_id!r}.")
            return run_of(row)

    def of_study(self, study_id: str) -> list[Run]:
        """Newest first."""
        query = sa.select(RunRow).where(RunRow.study_id == study_id)
        with self._database.read() as session:
            return [run_of(row) for row in session.scalars(query.order_by(RunRow.created_at.desc(), RunRow.id.desc()))]

    def note(self, iteration: Iteration) -> None:
        """Write what an iteration did; a (run, index) that is there already is left as it is. Raises NotFound."""
        self.get(iteration.run_id)
        with self._database.write() as session:
            insert_new(session, IterationRow, [asdict(iteration)])

    def iterations(self, run_id: str) -> list[Iteration]:
        """By index."""
        query = sa.select(IterationRow).where(IterationRow.run_id == run_id).order_by(IterationRow.index)
        with self._database.read() as session:
            return [iteration_of(row) for row in session.scalars(query)]
