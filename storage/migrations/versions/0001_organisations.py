"""Organisations, their people, companies and books.

Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_organisations()
    _create_audit_records()
    _create_organisation_channels()
    _create_person_roles()
    _create_companies()
    _create_accounts()
    _create_books()
    _create_contacts()
    _create_dimensions()
    _create_journal_settings()
    _create_mappings()


def downgrade() -> None:
    for table in (
        "mappings",
        "journal_settings",
        "dimensions",
        "contacts",
        "books",
        "accounts",
        "companies",
        "person_roles",
        "organisation_channels",
        "audit_records",
        "organisations",
    ):
        op.drop_table(table)


def _create_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("finance_channel", sa.Text(), nullable=True),
        sa.Column("policies", sa.Text(), nullable=False),
        sa.Column("shape_version", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        sa.UniqueConstraint("code", name="uq_organisations_code"),
    )
    op.create_index("ix_organisations_team_id", "organisations", ["team_id"])


def _create_audit_records() -> None:
    op.create_table(
        "audit_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("is_shaping", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_records"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_audit_records_organisation_id"
        ),
    )
    op.create_index(
        "ix_audit_records_organisation_id_at", "audit_records", ["organisation_id", "at"]
    )


def _create_organisation_channels() -> None:
    op.create_table(
        "organisation_channels",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", name="pk_organisation_channels"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_organisation_channels_organisation_id",
        ),
    )
    op.create_index(
        "ix_organisation_channels_organisation_id", "organisation_channels", ["organisation_id"]
    )


def _create_person_roles() -> None:
    op.create_table(
        "person_roles",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "role", name="pk_person_roles"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_person_roles_organisation_id"
        ),
    )
    op.create_index("ix_person_roles_user_id", "person_roles", ["user_id"])


def _create_companies() -> None:
    op.create_table(
        "companies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("functional_currency", sa.Text(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("pushes_enabled", sa.Boolean(), nullable=False),
        sa.Column("go_live_date", sa.Date(), nullable=True),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("connected_by", sa.Text(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("books_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_month_end", sa.Date(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_companies_organisation_id"
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "external_id",
            name="uq_companies_organisation_id_provider_external_id",
        ),
    )
    op.create_index(
        "uq_companies_confirmed",
        "companies",
        ["provider", "external_id"],
        unique=True,
        sqlite_where=sa.text("is_confirmed"),
        postgresql_where=sa.text("is_confirmed"),
    )
    op.create_index(
        "uq_companies_connected",
        "companies",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("is_confirmed AND connection <> 'disconnected'"),
        postgresql_where=sa.text("is_confirmed AND connection <> 'disconnected'"),
    )


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("erp_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("erp_type", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("requires_contact", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "erp_id", name="pk_accounts"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_accounts_company_id"),
    )


def _create_books() -> None:
    op.create_table(
        "books",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("functional_currency", sa.Text(), nullable=False),
        sa.Column("fiscal_year_start_month", sa.Integer(), nullable=False),
        sa.Column("lock_date", sa.Date(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("company_id", name="pk_books"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_books_company_id"),
    )


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("erp_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("company_id", "kind", "erp_id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_contacts_company_id"),
    )


def _create_dimensions() -> None:
    op.create_table(
        "dimensions",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "key", name="pk_dimensions"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_dimensions_company_id"),
    )


def _create_journal_settings() -> None:
    op.create_table(
        "journal_settings",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name="pk_journal_settings"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_journal_settings_company_id"
        ),
    )


def _create_mappings() -> None:
    op.create_table(
        "mappings",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("source_account", sa.Text(), nullable=False),
        sa.Column("erp_account", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "source_account", name="pk_mappings"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_mappings_company_id"),
    )
