"""Runs, batches, entries and deliveries.

Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_runs()
    _create_batches()
    _create_entries()
    _create_entry_members()
    _create_deliveries()
    _create_delivery_attempts()
    _create_delivery_moves()


def downgrade() -> None:
    for table in (
        "delivery_moves",
        "delivery_attempts",
        "deliveries",
        "entry_members",
        "entries",
        "batches",
        "runs",
    ):
        op.drop_table(table)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wakes", sa.Integer(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_runs_company_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_runs_organisation_id"
        ),
    )
    op.create_index(
        "ix_runs_organisation_id_requested_at", "runs", ["organisation_id", "requested_at"]
    )
    op.create_index("ix_runs_state_wake_at", "runs", ["state", "wake_at"])
    op.create_index(
        "uq_runs_open",
        "runs",
        ["company_id", "first_date", "last_date"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'awaiting_approval')"),
        postgresql_where=sa.text("state IN ('open', 'awaiting_approval')"),
    )


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("shape_version", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_batches_company_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_batches_organisation_id"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_batches_run_id"),
    )
    op.create_index("ix_batches_company_id_decided_at", "batches", ["company_id", "decided_at"])
    op.create_index("ix_batches_organisation_id_state", "batches", ["organisation_id", "state"])
    op.create_index("ix_batches_run_id", "batches", ["run_id"])


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_entries_company_id"),
        sa.UniqueConstraint("company_id", "number", name="uq_entries_company_id_number"),
    )
    op.create_index("ix_entries_company_id_entry_date", "entries", ["company_id", "entry_date"])


def _create_entry_members() -> None:
    op.create_table(
        "entry_members",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "entry_id", "source", "transaction_id", "effect", name="pk_entry_members"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_entry_members_company_id"
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_members_entry_id"),
    )
    op.create_index(
        "uq_entry_members_live",
        "entry_members",
        ["company_id", "source", "transaction_id", "effect"],
        unique=True,
        sqlite_where=sa.text("is_live"),
        postgresql_where=sa.text("is_live"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("fence", sa.Text(), nullable=True),
        sa.Column("send_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uncertain_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("empty_searches", sa.Integer(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erp_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_deliveries_batch_id"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_deliveries_company_id"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_deliveries_entry_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_deliveries_run_id"),
        sa.UniqueConstraint("entry_id", "company_id", name="uq_deliveries_entry_id_company_id"),
    )
    op.create_index("ix_deliveries_batch_id_state", "deliveries", ["batch_id", "state"])
    op.create_index("ix_deliveries_company_id_state", "deliveries", ["company_id", "state"])
    op.create_index("ix_deliveries_run_id", "deliveries", ["run_id"])


def _create_delivery_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name="pk_delivery_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_delivery_attempts_delivery_id"
        ),
    )


def _create_delivery_moves() -> None:
    op.create_table(
        "delivery_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_state", sa.Text(), nullable=False),
        sa.Column("new_state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_moves"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_delivery_moves_delivery_id"
        ),
    )
    op.create_index("ix_delivery_moves_delivery_id", "delivery_moves", ["delivery_id"])
