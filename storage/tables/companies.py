"""Tables of companies, the grants that reach them, their imported books and what was chosen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text

from ledger.books import AccountClass, ContactKind
from ledger.dimensions import Level
from ledger.organisation import ConnectionState, Provider
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice, NamePairs

IS_CONFIRMED = text("is_confirmed")
IS_CONNECTED = text("is_confirmed AND connection <> 'disconnected'")


class CompanyRow(Row, table=True):
    """A company as one organisation posts into it."""

    __tablename__ = "companies"
    __table_args__ = (
        UniqueConstraint("organisation_id", "provider", "external_id"),
        # A company has one organisation …
        Index(
            "uq_companies_confirmed",
            "provider",
            "external_id",
            unique=True,
            sqlite_where=IS_CONFIRMED,
            postgresql_where=IS_CONFIRMED,
        ),
        # … and an organisation has one connected company.
        Index(
            "uq_companies_connected",
            "organisation_id",
            unique=True,
            sqlite_where=IS_CONNECTED,
            postgresql_where=IS_CONNECTED,
        ),
    )

    id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id")
    provider: Provider = typed(Choice(Provider))
    external_id: str = text_field()
    name: str = text_field()
    functional_currency: str = text_field()
    is_confirmed: bool = False
    pushes_enabled: bool = False
    go_live_date: date | None = None
    connection: ConnectionState = typed(Choice(ConnectionState))
    connected_by: str | None = text_field(default=None)
    connected_at: datetime | None = typed(UTC, default=None)
    authorised_until: datetime | None = typed(UTC, default=None)
    books_at: datetime | None = typed(UTC, default=None)
    last_month_end: date | None = None
    grant_id: str | None = text_field(default=None, foreign_key="grants.id", index=True)
    connection_id: str | None = text_field(default=None)
    segments: tuple[tuple[str, str], ...] = typed(
        NamePairs, default=(), sa_column_kwargs={"server_default": ""}
    )
    drift_told_at: datetime | None = typed(UTC, default=None)


class GrantRow(Row, table=True):
    """An authorisation that a person gave us; ``secret`` is encrypted by the vault."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: str = text_field(primary_key=True)
    provider: Provider = typed(Choice(Provider))
    subject: str = text_field()
    secret: str | None = text_field(default=None)


class ReachedRow(Row, table=True):
    """A company that a grant reaches, whether or not an organisation posts into it."""

    __tablename__ = "grant_companies"

    grant_id: str = text_field(primary_key=True, foreign_key="grants.id")
    external_id: str = text_field(primary_key=True)
    provider: Provider = typed(Choice(Provider))
    name: str = text_field()
    connection_id: str | None = text_field(default=None)
    team_id: str = text_field()
    authorised_by: str = text_field()


class BooksRow(Row, table=True):
    """What the last import said about a company as a whole."""

    __tablename__ = "books"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    company_name: str = text_field()
    functional_currency: str = text_field()
    fiscal_year_start_month: int
    lock_date: date | None = None
    country: str | None = text_field(default=None)


class AccountRow(Row, table=True):
    """One account of the imported chart; ``search_text`` is code and name, case-folded."""

    __tablename__ = "accounts"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    erp_id: str = text_field(primary_key=True)
    position: int
    name: str = text_field()
    code: str | None = text_field(default=None)
    classification: AccountClass = typed(Choice(AccountClass))
    erp_type: str = text_field()
    currency: str | None = text_field(default=None)
    is_active: bool
    refusal: str | None = text_field(default=None)
    requires_contact: ContactKind | None = typed(Choice(ContactKind), default=None)
    search_text: str = text_field()


class ContactRow(Row, table=True):
    """One imported customer or vendor; ids may repeat between the two kinds."""

    __tablename__ = "contacts"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    kind: ContactKind = typed(Choice(ContactKind), primary_key=True)
    erp_id: str = text_field(primary_key=True)
    position: int
    name: str = text_field()
    is_active: bool
    currency: str | None = text_field(default=None)


class DimensionRow(Row, table=True):
    """One imported dimension; its values are a JSON list of id, name, active."""

    __tablename__ = "dimensions"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    key: str = text_field(primary_key=True)
    position: int
    name: str = text_field()
    is_required: bool
    members: str = text_field()


class MappingRow(Row, table=True):
    """The ERP account chosen for one source account."""

    __tablename__ = "mappings"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    source_account: str = text_field(primary_key=True)
    erp_account: str = text_field()


class DimensionDefaultRow(Row, table=True):
    """The value that postings of one place carry; ``subject`` is empty for the whole company."""

    __tablename__ = "dimension_defaults"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    dimension: str = text_field(primary_key=True)
    level: Level = typed(Choice(Level), primary_key=True)
    subject: str = text_field(primary_key=True)
    value_id: str = text_field()


class RequiredDimensionRow(Row, table=True):
    """A dimension that the company's people want on every posting."""

    __tablename__ = "required_dimensions"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    dimension: str = text_field(primary_key=True)


class JournalSettingsRow(Row, table=True):
    """The journal-entry settings of a company, as JSON text."""

    __tablename__ = "journal_settings"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    settings: str = text_field()


companies = table_of(CompanyRow)
grants = table_of(GrantRow)
grant_companies = table_of(ReachedRow)
books = table_of(BooksRow)
accounts = table_of(AccountRow)
contacts = table_of(ContactRow)
dimensions = table_of(DimensionRow)
mappings = table_of(MappingRow)
dimension_defaults = table_of(DimensionDefaultRow)
required_dimensions = table_of(RequiredDimensionRow)
journal_settings = table_of(JournalSettingsRow)
