"""What people say of items, items made again, and the device that made an item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("device", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "remarks",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        _one_of("study_id", "studies.id"),
        _one_of("item_id", "items.id"),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        *_said(),
    )
    op.create_index("ix_remarks_study_id_item_id", "remarks", ["study_id", "item_id"])
    op.create_table(
        "remakes",
        sa.Column("id", sa.String(64), primary_key=True, nullable=False),
        _one_of("study_id", "studies.id"),
        _one_of("item_id", "items.id"),
        *_said(),
        sa.Column("result", sa.JSON()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_remakes_item_id", "remakes", ["item_id"])


def _one_of(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), sa.ForeignKey(target), nullable=False)


def _said() -> tuple[sa.Column[str], sa.Column[object]]:
    """Who, and when."""
    return (
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
