"""Numbers of ours in an ERP that belong to no entry here, and that a person has seen.

Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "foreign_entries",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("erp_id", sa.Text(), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "number", "erp_id", name="pk_foreign_entries"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_foreign_entries_company_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("foreign_entries")
