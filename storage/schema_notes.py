"""Tables about single items: what people said of them, and how making them again came out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json


class RemarkRow(Base):
    """A tag, a star or a note that somebody gave an item or took away; of each the last row stands."""

    __tablename__ = "remarks"
    __table_args__ = (Index(None, "study_id", "item_id"),)
    serial: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    holds: Mapped[bool]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class RemakeRow(Base):
    """That an item was to be made again; ``result`` is written once, when it was."""

    __tablename__ = "remakes"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    result: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    finished_at: Mapped[datetime | None]
