"""What an export is of and in which formats, and how far it is. Exports of whole studies have no collection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("exports") as table:
        table.alter_column("collection_id", existing_type=sa.String(64), nullable=True)
        table.add_column(sa.Column("formats", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default=sa.text("0")))
        table.add_column(sa.Column("total", sa.Integer(), nullable=False, server_default=sa.text("0")))
