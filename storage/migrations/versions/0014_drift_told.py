"""Up to when people were told of entries that left what was approved.

Entries found before this migration were told under the rule of their time.

Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "companies", sa.Column("drift_told_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE companies SET drift_told_at = CURRENT_TIMESTAMP")


def downgrade() -> None:
    with op.batch_alter_table("companies") as companies:
        companies.drop_column("drift_told_at")
