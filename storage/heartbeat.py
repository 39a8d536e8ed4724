"""Which workers live. A worker says so every few seconds; one that stopped saying so has crashed or lost its host."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

import sqlalchemy as sa

from qdhf.errors import NotAllowed
from qdhf.types import now
from storage.engine import Database, insert_new
from storage.schema import WorkerRow

ALIVE_S = 20.0  # seconds without a beat after which a worker counts as lost


class Heartbeat:
    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, executor_id: str) -> None:
        """Say that the worker ``executor_id`` lives, in this process."""
        row = {"host": socket.gethostname(), "pid": os.getpid(), "beat_at": now()}
        with self._database.write() as session:
            if not insert_new(session, WorkerRow, [{"executor_id": executor_id, **row}]):
                session.execute(sa.update(WorkerRow).where(WorkerRow.executor_id == executor_id).values(**row))

    def gone(self, executor_id: str) -> None:
        """Say that the worker stops."""
        with self._database.write() as session:
            session.execute(sa.delete(WorkerRow).where(WorkerRow.executor_id == executor_id))

    def living(self, within_s: float = ALIVE_S) -> set[str]:
        """Executor ids of the workers that said so in the last ``within_s`` seconds."""
        query = sa.select(WorkerRow.executor_id).where(WorkerRow.beat_at >= now() - timedelta(seconds=within_s))
        with self._database.read() as session:
            return set(session.scalars(query))

    def alive(self, within_s: float = ALIVE_S) -> bool:
        """Whether any worker lives."""
        return bool(self.living(within_s))

    def check_free(self, executor_id: str) -> None:
        """Raises NotAllowed where another process lives under this name: both would work the same runs."""
        with self._database.read() as session:
            row = session.get(WorkerRow, executor_id)
        if row is None or row.beat_at < now() - timedelta(seconds=ALIVE_S):
            return
        if row.host == socket.gethostname() and (row.pid == os.getpid() or not _runs(row.pid)):
            return
        raise NotAllowed(
            f"A worker named {executor_id!r} is at work already (process {row.pid} on {row.host}). "
            "Give this one another name: set QDHF_WORKER."
        )


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
