"""Filed entries, journal files and what was given out, of companies without an ERP.

Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_files()
    _create_entries()
    _create_parts()


def downgrade() -> None:
    op.drop_table("journal_file_parts")
    op.drop_table("journal_file_entries")
    op.drop_table("journal_files")


def _create_files() -> None:
    op.create_table(
        "journal_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debits", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_journal_files"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_journal_files_company_id"
        ),
        sa.UniqueConstraint("company_id", "position", name="uq_journal_files_company_id_position"),
    )


def _create_entries() -> None:
    op.create_table(
        "journal_file_entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_journal_file_entries"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_journal_file_entries_company_id"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["journal_files.id"], name="fk_journal_file_entries_file_id"
        ),
        sa.UniqueConstraint(
            "company_id", "number", name="uq_journal_file_entries_company_id_number"
        ),
    )
    op.create_index(
        "ix_journal_file_entries_company_id_entry_date",
        "journal_file_entries",
        ["company_id", "entry_date"],
    )
    op.create_index("ix_journal_file_entries_file_id", "journal_file_entries", ["file_id"])


def _create_parts() -> None:
    op.create_table(
        "journal_file_parts",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "layout", "part", name="pk_journal_file_parts"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["journal_files.id"], name="fk_journal_file_parts_file_id"
        ),
    )
