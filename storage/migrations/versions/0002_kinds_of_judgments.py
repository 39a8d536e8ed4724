"""Odd-one-out and grid questions, graded answers, names of axes. What was there keeps its meaning: triplets, grade 1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("questions", "judgments"):
        op.add_column(table, sa.Column("kind", sa.String(8), nullable=False, server_default="triplet"))
        op.add_column(table, _items("shown"))
    op.add_column("judgments", _items("picked"))
    op.add_column("judgments", sa.Column("grade", sa.Double(), nullable=False, server_default=sa.text("1")))
    op.create_table(
        "axis_names",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("study_id", sa.String(64), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("axis", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("low", sa.Text(), nullable=False),
        sa.Column("high", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_axis_names_study_id", "axis_names", ["study_id"])


def _items(name: str) -> sa.Column[object]:
    """Ids of items as a JSON list."""
    return sa.Column(name, sa.Text(), nullable=False, server_default="[]")
