"""What a study rules out as an elite, and how many items of an iteration it ruled out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("aims", sa.Column("least", sa.Double(), nullable=False, server_default=sa.text("0")))
    op.add_column("aims", sa.Column("alike", sa.Double(), nullable=False, server_default=sa.text("1")))
    for name in ("off", "copies"):
        op.add_column("iterations", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
