"""The tables. Facts only: rows are added and, but for marks, heartbeats and an export's progress and end, never changed.

Times are UTC. Numbers called ``serial`` count the rows of a table in the order they were written.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Ids, Json, Sha, UtcTime
from storage.schema_notes import RemakeRow, RemarkRow
from storage.schema_people import AimRow, ExclusionRow, GuideRow, InviteRow, MemberRow, PracticeRow, RevocationRow

__all__ = [
    "AimRow", "Base", "ExclusionRow", "GuideRow", "InviteRow", "MemberRow", "PracticeRow", "RemakeRow",
    "RemarkRow", "RevocationRow", "UtcTime",
]  # fmt: skip


class StudyRow(Base):
    __tablename__ = "studies"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    brief: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    prompts: Mapped[list[str]] = mapped_column(JSON)
    generator: Mapped[Json]
    encoder: Mapped[str]
    scorer: Mapped[str]
    dims: Mapped[list[int]] = mapped_column(JSON)
    seed: Mapped[str] = mapped_column(String(64))  # decimal: a seed may have more than 64 bits
    created_at: Mapped[datetime]


class RunRow(Base):
    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    spec: Mapped[Json]
    created_at: Mapped[datetime]


class IterationRow(Base):
    __tablename__ = "iterations"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    items: Mapped[int]
    failed: Mapped[int]
    fit_version: Mapped[int | None]
    coverage: Mapped[float]
    qd_score: Mapped[float]
    seconds: Mapped[float]
    hits: Mapped[int]
    aimed: Mapped[int]
    message: Mapped[str]
    created_at: Mapped[datetime]
    shares: Mapped[Json | None]  # None: written before emitters were told apart
    screened: Mapped[Json | None]
    near: Mapped[int] = mapped_column(server_default=text("0"))
    missed: Mapped[list[int] | None] = mapped_column(JSON)
    off: Mapped[int] = mapped_column(server_default=text("0"))
    copies: Mapped[int] = mapped_column(server_default=text("0"))


class ItemRow(Base):
    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("study_id", "position"), UniqueConstraint("run_id", "iteration", "slot"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    blob: Mapped[str] = mapped_column(Sha)
    media_type: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    thumbs: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str]
    genome: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    prompt_hash: Mapped[str] = mapped_column(Sha)  # of the prompt that the item's quality is measured against
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    iteration: Mapped[int]
    slot: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(server_default=text("''"))  # what it was made on; "" where nobody said


class ParentRow(Base):
    """Which items an item's genome names as parents, so that children are found without reading every genome."""

    __tablename__ = "parents"
    parent_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)


class FeatureRow(Base):
    __tablename__ = "features"
    encoder: Mapped[str] = mapped_column(Text, primary_key=True)
    blob: Mapped[str] = mapped_column(Sha, primary_key=True)
    size: Mapped[int]
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # little-endian float32


class ScoreRow(Base):
    __tablename__ = "scores"
    scorer: Mapped[str] = mapped_column(Text, primary_key=True)
    blob: Mapped[str] = mapped_column(Sha, primary_key=True)
    prompt_hash: Mapped[str] = mapped_column(Sha, primary_key=True)
    prompt: Mapped[str]
    value: Mapped[float]


class RaterRow(Base):
    __tablename__ = "raters"
    __table_args__ = (UniqueConstraint("study_id", "name"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    subject: Mapped[str | None]  # who signed in, as the sign-in service names them
    invite_id: Mapped[str | None] = mapped_column(String(64))


class Asked:
    """What a question and its answer have in common."""

    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    rater_id: Mapped[str] = mapped_column(ForeignKey("raters.id"))
    reference: Mapped[str] = mapped_column(ForeignKey("items.id"))
    a: Mapped[str] = mapped_column(ForeignKey("items.id"))
    b: Mapped[str] = mapped_column(ForeignKey("items.id"))
    left: Mapped[str] = mapped_column(String(1))
    strategy: Mapped[str] = mapped_column(String(16))
    repeat_of: Mapped[str | None] = mapped_column(ForeignKey("questions.id"))
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(8), server_default="triplet")
    shown: Mapped[tuple[str, ...]] = mapped_column(Ids, server_default="[]")
    aspect: Mapped[str] = mapped_column(server_default=text("''"))


class QuestionRow(Asked, Base):
    __tablename__ = "questions"
    __table_args__ = (Index(None, "study_id", "rater_id"), Index(None, "study_id", "created_at"))
    serial: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)


class JudgmentRow(Asked, Base):
    """``attempt`` counts the answers to the question that were undone before: one stands per question, the database
    itself sees to it."""

    __tablename__ = "judgments"
    __table_args__ = (
        Index(None, "study_id", "rater_id"), Index(None, "study_id", "serial"),
        UniqueConstraint("question_id", "attempt"),
    )  # fmt: skip
    serial: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    event_id: Mapped[str] = mapped_column(String(128), unique=True)
    question_id: Mapped[str | None] = mapped_column(ForeignKey("questions.id"))
    attempt: Mapped[int]
    closer: Mapped[str] = mapped_column(String(8))
    response_ms: Mapped[int | None]
    picked: Mapped[tuple[str, ...]] = mapped_column(Ids, server_default="[]")
    grade: Mapped[float] = mapped_column(server_default=text("1"))
    guide: Mapped[int] = mapped_column(server_default=text("0"))  # version of the instructions that were shown


class RetractionRow(Base):
    __tablename__ = "retractions"
    event_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    judgment_id: Mapped[str] = mapped_column(ForeignKey("judgments.id"), unique=True)
    created_at: Mapped[datetime]


class FitRow(Base):
    __tablename__ = "fits"
    __table_args__ = (UniqueConstraint("study_id", "version"), UniqueConstraint("study_id", "key"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    version: Mapped[int]
    key: Mapped[str]
    encoder: Mapped[str]
    scale: Mapped[float]
    arrays: Mapped[bytes] = mapped_column(LargeBinary)  # safetensors: weights, mean, low, high
    report: Mapped[Json]
    judgments: Mapped[int]
    created_at: Mapped[datetime]


class AxisNameRow(Base):
    """What an axis was called, ever; of each (study, axis) the last one stands."""

    __tablename__ = "axis_names"
    serial: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    axis: Mapped[int]
    name: Mapped[str]
    low: Mapped[str]
    high: Mapped[str]
    created_at: Mapped[datetime]


class CollectionRow(Base):
    __tablename__ = "collections"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    name: Mapped[str]
    method: Mapped[str]
    settings: Mapped[Json]
    created_at: Mapped[datetime]


class CollectionItemRow(Base):
    __tablename__ = "collection_items"
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    reason: Mapped[str]


class CollectionChangeRow(Base):
    """Names of a set and whether it is put away, ever; the last row of a set stands."""

    __tablename__ = "collection_changes"
    serial: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"), index=True)
    name: Mapped[str]
    removed: Mapped[bool]
    created_at: Mapped[datetime]


class MarkRow(Base):
    __tablename__ = "marks"
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    mark: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]


class ExportRow(Base):
    __tablename__ = "exports"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    collection_id: Mapped[str | None] = mapped_column(ForeignKey("collections.id"))  # None: of the whole study
    created_at: Mapped[datetime]
    blob: Mapped[str | None] = mapped_column(Sha)
    size: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]
    formats: Mapped[tuple[str, ...]] = mapped_column(Ids, server_default="[]")  # none named: the usual ones
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))


class WorkerRow(Base):
    __tablename__ = "workers"
    executor_id: Mapped[str] = mapped_column(String(256), primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    beat_at: Mapped[datetime]
