"""Up to which number of stale entries, and on which day, people were told.

Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "comparisons", sa.Column("told", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("comparisons", sa.Column("told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("comparisons") as comparisons:
        comparisons.drop_column("told_on")
        comparisons.drop_column("told")
