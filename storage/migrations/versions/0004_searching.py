"""What emitters had of an iteration and made of it, what screening expected, which aims missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("shares", "screened", "missed"):
        op.add_column("iterations", sa.Column(name, sa.JSON()))
    op.add_column("iterations", sa.Column("near", sa.Integer(), nullable=False, server_default=sa.text("0")))
