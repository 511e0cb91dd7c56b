"""Tables of organisations, the channels that mean them, their people and the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from ledger.organisation import PersonRole
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice


class OrganisationRow(Row, table=True):
    """One organisation; ``last_sequence`` is the last journal number given out."""

    __tablename__ = "organisations"

    id: str = text_field(primary_key=True)
    team_id: str = text_field(index=True)
    name: str = text_field()
    code: str = text_field(unique=True)
    base_currency: str = text_field()
    time_zone: str = text_field()
    finance_channel: str | None = text_field(default=None)
    policies: str = text_field()
    shape_version: int = 0
    last_sequence: int = 0


class ChannelRow(Row, table=True):
    """The organisation that commands typed in a channel mean."""

    __tablename__ = "organisation_channels"

    team_id: str = text_field(primary_key=True)
    channel_id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id", index=True)


class PersonRoleRow(Row, table=True):
    """One role of one Slack user in one organisation."""

    __tablename__ = "person_roles"

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    user_id: str = text_field(primary_key=True, index=True)
    role: PersonRole = typed(Choice(PersonRole), primary_key=True)


class AuditRow(Row, table=True):
    """Who did what; only ever added to."""

    __tablename__ = "audit_records"
    __table_args__ = (Index("ix_audit_records_organisation_id_at", "organisation_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = typed(UTC)
    organisation_id: str = text_field(foreign_key="organisations.id")
    actor: str = text_field()
    action: str = text_field()
    subject: str = text_field()
    before: str | None = text_field(default=None)
    after: str | None = text_field(default=None)
    is_shaping: bool = False


organisations = table_of(OrganisationRow)
organisation_channels = table_of(ChannelRow)
person_roles = table_of(PersonRoleRow)
audit_records = table_of(AuditRow)
