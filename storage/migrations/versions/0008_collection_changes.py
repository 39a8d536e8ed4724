"""Sets renamed and removed: what they are called and whether they are shown, the last change of a set stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_changes",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("collection_id", sa.String(64), sa.ForeignKey("collections.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_collection_changes_collection_id", "collection_changes", ["collection_id"])
