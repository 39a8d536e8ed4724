"""Tables about those who answer: instructions, practice, exclusions, roles, invitations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json


class GuideRow(Base):
    """Instructions for raters and how a study asks; of each study the last version stands."""

    __tablename__ = "guides"
    __table_args__ = (UniqueConstraint("study_id", "version"),)
    serial: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    version: Mapped[int]
    text: Mapped[str]
    settings: Mapped[Json]
    created_at: Mapped[datetime]


class AimRow(Base):
    """What a study's quality is made of, ever; the last row of a study stands."""

    __tablename__ = "aims"
    serial: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    weights: Mapped[Json]
    how: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    least: Mapped[float] = mapped_column(server_default=text("0"))
    alike: Mapped[float] = mapped_column(server_default=text("1"))


class PracticeRow(Base):
    """A finished practice round: ``right`` of ``asked`` known answers, by the instructions of version ``guide``."""

    __tablename__ = "practice_rounds"
    serial: Mapped[int] = mapped_column(primary_key=True)
    rater_id: Mapped[str] = mapped_column(ForeignKey("raters.id"), index=True)
    guide: Mapped[int]
    right: Mapped[int]
    asked: Mapped[int]
    created_at: Mapped[datetime]


class ExclusionRow(Base):
    """Whether a rater's answers are left out of fits; of each rater the last row stands."""

    __tablename__ = "exclusions"
    serial: Mapped[int] = mapped_column(primary_key=True)
    rater_id: Mapped[str] = mapped_column(ForeignKey("raters.id"), index=True)
    excluded: Mapped[bool]
    reason: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class MemberRow(Base):
    """Who may do what where people sign in; of each ``subject`` (an address, lower case) the last row stands."""

    __tablename__ = "members"
    serial: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(8))
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class InviteRow(Base):
    """Lets one person label one study until ``expires_at``, unless it is revoked."""

    __tablename__ = "invites"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), index=True)
    name: Mapped[str]
    expires_at: Mapped[datetime]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class RevocationRow(Base):
    __tablename__ = "revocations"
    invite_id: Mapped[str] = mapped_column(ForeignKey("invites.id"), primary_key=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
