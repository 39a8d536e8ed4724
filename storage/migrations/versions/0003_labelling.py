"""Labelling together: instructions, practice, aspects, excluded raters, roles and invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("questions", "judgments"):
        op.add_column(table, sa.Column("aspect", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("judgments", sa.Column("guide", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_judgments_study_id_serial", "judgments", ["study_id", "serial"])
    op.create_index("ix_questions_study_id_created_at", "questions", ["study_id", "created_at"])
    op.add_column("raters", sa.Column("subject", sa.Text()))
    op.add_column("raters", sa.Column("invite_id", sa.String(64)))
    _make_guides()
    _make_raters_tables()
    _make_access()


def _make_guides() -> None:
    op.create_table(
        "guides",
        _serial(),
        _one_of("study_id", "studies.id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("text"),
        sa.Column("settings", sa.JSON(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("study_id", "version", name="uq_guides_study_id_version"),
    )


def _make_raters_tables() -> None:
    op.create_table(
        "practice_rounds",
        _serial(),
        _one_of("rater_id", "raters.id"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("guide", "right", "asked")),
        _time("created_at"),
    )
    op.create_index("ix_practice_rounds_rater_id", "practice_rounds", ["rater_id"])
    op.create_table(
        "exclusions",
        _serial(),
        _one_of("rater_id", "raters.id"),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        _text("reason"),
        _text("created_by"),
        _time("created_at"),
    )
    op.create_index("ix_exclusions_rater_id", "exclusions", ["rater_id"])


def _make_access() -> None:
    op.create_table(
        "members",
        _serial(),
        _text("subject"),
        sa.Column("role", sa.String(8), nullable=False),
        _text("created_by"),
        _time("created_at"),
    )
    op.create_index("ix_members_subject", "members", ["subject"])
    op.create_table(
        "invites",
        sa.Column("id", sa.String(64), primary_key=True, nullable=False),
        _one_of("study_id", "studies.id"),
        _text("name"),
        _time("expires_at"),
        _text("created_by"),
        _time("created_at"),
    )
    op.create_index("ix_invites_study_id", "invites", ["study_id"])
    op.create_table(
        "revocations",
        sa.Column("invite_id", sa.String(64), sa.ForeignKey("invites.id"), primary_key=True, nullable=False),
        _text("created_by"),
        _time("created_at"),
    )


def _serial() -> sa.Column[int]:
    return sa.Column("serial", sa.Integer(), primary_key=True, nullable=False)


def _one_of(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), sa.ForeignKey(target), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
