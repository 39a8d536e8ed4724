"""What quality a study searches for: weights of its measures, the last set stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aims",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("study_id", sa.String(64), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_aims_study_id", "aims", ["study_id"])
