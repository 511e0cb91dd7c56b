"""Defaults of dimensions, which of them are required, and a NetSuite account's segments.

Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dimension_defaults",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "dimension", "level", "subject", name="pk_dimension_defaults"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_dimension_defaults_company_id"
        ),
    )
    op.create_table(
        "required_dimensions",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "dimension", name="pk_required_dimensions"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_required_dimensions_company_id"
        ),
    )
    op.add_column("companies", sa.Column("segments", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("companies") as companies:
        companies.drop_column("segments")
    op.drop_table("required_dimensions")
    op.drop_table("dimension_defaults")
