"""Corrections: entries linked to what they reverse or replace, and what was asked for.

Runs get a kind; only pushes are limited to one open run per company and period.

Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = "state IN ('open', 'awaiting_approval')"
_OPEN_PUSH = f"{_OPEN} AND kind = 'push'"
_LIVE_REVERSAL = "is_live AND kind = 'reverses'"


def upgrade() -> None:
    op.add_column("runs", sa.Column("kind", sa.Text(), nullable=False, server_default="push"))
    _limit_open_runs(_OPEN_PUSH)
    _create_entry_links()
    _create_corrections()
    _create_comparisons()


def downgrade() -> None:
    op.drop_table("comparisons")
    op.drop_table("corrections")
    op.drop_table("entry_links")
    _limit_open_runs(_OPEN)
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("kind")


def _limit_open_runs(condition: str) -> None:
    op.drop_index("uq_runs_open", table_name="runs")
    op.create_index(
        "uq_runs_open",
        "runs",
        ["company_id", "first_date", "last_date"],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def _create_entry_links() -> None:
    op.create_table(
        "entry_links",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("original_id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "original_id", name="pk_entry_links"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_links_entry_id"),
        sa.ForeignKeyConstraint(["original_id"], ["entries.id"], name="fk_entry_links_original_id"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_entry_links_company_id"),
    )
    op.create_index("ix_entry_links_original_id", "entry_links", ["original_id"])
    op.create_index("ix_entry_links_company_id", "entry_links", ["company_id"])
    op.create_index(
        "uq_entry_links_reversed",
        "entry_links",
        ["original_id"],
        unique=True,
        sqlite_where=sa.text(_LIVE_REVERSAL),
        postgresql_where=sa.text(_LIVE_REVERSAL),
    )


def _create_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("dating", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("originals", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_corrections_run_id"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_corrections_company_id"),
    )


def _create_comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("shape_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name="pk_comparisons"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_comparisons_company_id"),
    )
