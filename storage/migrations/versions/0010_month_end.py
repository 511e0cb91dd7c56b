"""How long a batch waits for whom, and what people decided about late transactions.

Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("batches") as batches:
        batches.add_column(
            sa.Column("approvers_needed", sa.Integer(), nullable=False, server_default="1")
        )
        batches.add_column(sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True))
        batches.add_column(sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True))
        batches.create_index("ix_batches_state_wake_at", ["state", "wake_at"])
    op.create_table(
        "batch_approvals",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "person", name="pk_batch_approvals"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_approvals_batch_id"),
    )
    op.create_table(
        "straggler_choices",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "source", "transaction_id", name="pk_straggler_choices"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_straggler_choices_company_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("straggler_choices")
    op.drop_table("batch_approvals")
    with op.batch_alter_table("batches") as batches:
        batches.drop_index("ix_batches_state_wake_at")
        batches.drop_column("attended_at")
        batches.drop_column("wake_at")
        batches.drop_column("approvers_needed")
