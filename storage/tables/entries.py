"""Tables of frozen entries, the effects they hold, their deliveries and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from ledger.adoption import ForeignReason
from ledger.delivery import DeliveryState
from ledger.transactions import Effect
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Amount, Choice, Texts

IS_LIVE = text("is_live")


class EntryRow(Row, table=True):
    """A prepared entry; its content is written once and never changed."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_entries_company_id_entry_date", "company_id", "entry_date"),
    )

    id: str = text_field(primary_key=True)
    company_id: str = text_field(foreign_key="companies.id")
    number: str = text_field()
    entry_date: date
    currency: str = text_field()
    total: Decimal = typed(Amount)
    digest: str = text_field()
    content: str = text_field()


class EntryMemberRow(Row, table=True):
    """One effect held by an entry; an index allows one live entry per effect and company."""

    __tablename__ = "entry_members"
    __table_args__ = (
        Index(
            "uq_entry_members_live",
            "company_id",
            "source",
            "transaction_id",
            "effect",
            unique=True,
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
    )

    entry_id: str = text_field(primary_key=True, foreign_key="entries.id")
    source: str = text_field(primary_key=True)
    transaction_id: str = text_field(primary_key=True)
    effect: Effect = typed(Choice(Effect), primary_key=True)
    company_id: str = text_field(foreign_key="companies.id")
    is_live: bool = True


class DeliveryRow(Row, table=True):
    """One entry on its way into one company."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("entry_id", "company_id"),
        Index("ix_deliveries_company_id_state", "company_id", "state"),
        Index("ix_deliveries_batch_id_state", "batch_id", "state"),
    )

    id: str = text_field(primary_key=True)
    entry_id: str = text_field(foreign_key="entries.id")
    company_id: str = text_field(foreign_key="companies.id")
    batch_id: str = text_field(foreign_key="batches.id")
    run_id: str = text_field(foreign_key="runs.id", index=True)
    state: DeliveryState = typed(Choice(DeliveryState))
    attempt: int = 0
    request_key: str = text_field()
    owner: str | None = text_field(default=None)
    fence: str | None = text_field(default=None)
    send_by: datetime | None = typed(UTC, default=None)
    uncertain_since: datetime | None = typed(UTC, default=None)
    empty_searches: int = 0
    wake_at: datetime | None = typed(UTC, default=None)
    erp_id: str | None = text_field(default=None)
    problem: str | None = text_field(default=None)
    differences: tuple[str, ...] = typed(Texts)
    is_stale: bool = False


class DeliveryMoveRow(Row, table=True):
    """One change of a delivery's state; only ever added to."""

    __tablename__ = "delivery_moves"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: str = text_field(foreign_key="deliveries.id", index=True)
    at: datetime = typed(UTC)
    old_state: DeliveryState = typed(Choice(DeliveryState))
    new_state: DeliveryState = typed(Choice(DeliveryState))
    actor: str = text_field()
    note: str = text_field()


class DeliveryAttemptRow(Row, table=True):
    """One try to send, from the claim until the delivery left ``sending``."""

    __tablename__ = "delivery_attempts"

    delivery_id: str = text_field(primary_key=True, foreign_key="deliveries.id")
    attempt: int = Field(primary_key=True)
    owner: str = text_field()
    fence: str = text_field()
    request_key: str = text_field()
    started_at: datetime = typed(UTC)
    send_by: datetime = typed(UTC)
    ended_at: datetime | None = typed(UTC, default=None)
    outcome: DeliveryState | None = typed(Choice(DeliveryState), default=None)
    note: str | None = text_field(default=None)


class ForeignEntryRow(Row, table=True):
    """A number of ours in the ERP that a person said belongs to no entry here."""

    __tablename__ = "foreign_entries"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    number: str = text_field(primary_key=True)
    erp_id: str = text_field(primary_key=True)
    entry_date: date
    reason: ForeignReason = typed(Choice(ForeignReason))
    noted_by: str = text_field()
    noted_at: datetime = typed(UTC)


entries = table_of(EntryRow)
entry_members = table_of(EntryMemberRow)
deliveries = table_of(DeliveryRow)
delivery_moves = table_of(DeliveryMoveRow)
delivery_attempts = table_of(DeliveryAttemptRow)
foreign_entries = table_of(ForeignEntryRow)
