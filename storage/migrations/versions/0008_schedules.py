"""Schedules, and the scheduled periods that came due.

Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("next_period", sa.Date(), nullable=False),
        sa.Column("next_moment", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_schedules"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_schedules_organisation_id"
        ),
    )
    op.create_table(
        "scheduled_periods",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "organisation_id", "cadence", "period", "moment", name="pk_scheduled_periods"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_scheduled_periods_organisation_id"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_scheduled_periods_run_id"),
    )
    op.create_index("ix_scheduled_periods_state_due_at", "scheduled_periods", ["state", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_scheduled_periods_state_due_at", table_name="scheduled_periods")
    op.drop_table("scheduled_periods")
    op.drop_table("schedules")
