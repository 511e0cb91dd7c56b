"""Source transactions, their revisions, and opening lots.

Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_opening_lots()
    _create_sources()
    _create_transaction_revisions()
    _create_transactions()


def downgrade() -> None:
    for table in (
        "transactions",
        "transaction_revisions",
        "sources",
        "opening_lots",
    ):
        op.drop_table(table)


def _create_opening_lots() -> None:
    op.create_table(
        "opening_lots",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=True),
        sa.Column("cost_currency", sa.Text(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "source", "position", name="pk_opening_lots"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_opening_lots_organisation_id"
        ),
    )


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_import_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name", name="pk_sources"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_sources_organisation_id"
        ),
    )


def _create_transaction_revisions() -> None:
    op.create_table(
        "transaction_revisions",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("from_account", sa.Text(), nullable=True),
        sa.Column("to_account", sa.Text(), nullable=True),
        sa.Column("sent_asset", sa.Text(), nullable=True),
        sa.Column("sent_quantity", sa.Text(), nullable=True),
        sa.Column("received_asset", sa.Text(), nullable=True),
        sa.Column("received_quantity", sa.Text(), nullable=True),
        sa.Column("fee_asset", sa.Text(), nullable=True),
        sa.Column("fee_quantity", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("fee_value", sa.Text(), nullable=True),
        sa.Column("cost_basis", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("tx_hash", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_transaction_revisions"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_transaction_revisions_organisation_id",
        ),
    )
    op.create_index(
        "ix_transaction_revisions_id", "transaction_revisions", ["organisation_id", "source", "id"]
    )


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("from_account", sa.Text(), nullable=True),
        sa.Column("to_account", sa.Text(), nullable=True),
        sa.Column("sent_asset", sa.Text(), nullable=True),
        sa.Column("sent_quantity", sa.Text(), nullable=True),
        sa.Column("received_asset", sa.Text(), nullable=True),
        sa.Column("received_quantity", sa.Text(), nullable=True),
        sa.Column("fee_asset", sa.Text(), nullable=True),
        sa.Column("fee_quantity", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("fee_value", sa.Text(), nullable=True),
        sa.Column("cost_basis", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("tx_hash", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "source", "id", name="pk_transactions"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_transactions_organisation_id"
        ),
    )
    op.create_index(
        "ix_transactions_order", "transactions", ["organisation_id", "timestamp", "sequence", "id"]
    )
