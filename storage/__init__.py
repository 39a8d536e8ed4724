"""The records of one installation: a database (SQLite or PostgreSQL), files by SHA-256, a queue of jobs.

One module per noun; :func:`open_store` puts them together.
"""

from __future__ import annotations

from pathlib import Path

from qdhf.errors import StorageFailure
from qdhf.ports import (
    AccessBook,
    Blobs,
    BundleBook,
    CollectionBook,
    ExclusionBook,
    FactBook,
    FitBook,
    GuideBook,
    ItemBook,
    Jobs,
    JudgmentBook,
    RemakeBook,
    RemarkBook,
    RunBook,
    StudyBook,
    Workers,
)
from storage import migrate as migrations
from storage.access import SqlAccess
from storage.blobs import open_blobs
from storage.bundles import SqlBundles
from storage.collections import SqlCollections
from storage.engine import Database, database_url
from storage.exclusions import SqlExclusions
from storage.facts import SqlFacts
from storage.fits import SqlFits
from storage.guides import SqlGuides
from storage.heartbeat import Heartbeat
from storage.items import SqlItems
from storage.jobs import DbosJobs, system_database_url
from storage.judgments import SqlJudgments
from storage.notes import SqlRemarks
from storage.places import default_blobs, default_folder, default_url
from storage.remakes import SqlRemakes
from storage.runs import SqlRuns
from storage.studies import SqlStudies

__all__ = ["SqlStore", "open_store"]


class SqlStore:
    """All records of one installation. Safe to share between threads; each process opens its own."""

    def __init__(self, database: Database, blobs: Blobs, jobs_url: str, work: Path) -> None:
        self._database, self.work = database, work
        self._queue = DbosJobs(jobs_url, heartbeat := Heartbeat(database))
        self.blobs = blobs
        self.studies: StudyBook = SqlStudies(database)
        self.items: ItemBook = SqlItems(database)
        self.facts: FactBook = SqlFacts(database)
        self.judgments: JudgmentBook = SqlJudgments(database)
        self.guides: GuideBook = SqlGuides(database)
        self.exclusions: ExclusionBook = SqlExclusions(database)
        self.access: AccessBook = SqlAccess(database)
        self.fits: FitBook = SqlFits(database)
        self.runs: RunBook = SqlRuns(database)
        self.remarks: RemarkBook = SqlRemarks(database)
        self.remakes: RemakeBook = SqlRemakes(database)
        self.collections: CollectionBook = SqlCollections(database)
        self.bundles: BundleBook = SqlBundles(database)
        self.workers: Workers = heartbeat
        self.jobs: Jobs = self._queue

    def close(self) -> None:
        """Give every connection back. The store can be used again; it connects anew."""
        self._queue.close()
        self._database.close()


def open_store(url: str | None = None, folder: str | Path | None = None, *, migrate: bool = True) -> SqlStore:
    """Open the records in ``folder`` (else QDHF_HOME, else ``data``), made at first use.

    ``url``: the database (else QDHF_DATABASE_URL, else SQLite in the folder); QDHF_BLOBS: another place for files, also
    an fsspec URL. The database is brought up to date unless ``migrate`` is False; then an outdated one is refused.
    Raises StorageFailure where the database cannot be opened or was written by a newer program, InvalidInput for a URL
    that cannot be used.
    """
    place = default_folder(folder)
    database = Database(database_url(url or default_url(place)))
    try:
        place.mkdir(parents=True, exist_ok=True)
        blobs = open_blobs(default_blobs(place))
        (migrations.upgrade if migrate else migrations.check)(database)
    except OSError as error:
        raise StorageFailure(f"The folder {place} cannot be used: {error.strerror}.") from error
    except BaseException:
        database.close()
        raise
    return SqlStore(database, blobs, system_database_url(place, url), place / "work")
