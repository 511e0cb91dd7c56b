"""Tables of source transactions, what they said before a correction, and opening lots."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from ledger.transactions import TransactionType
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice, Quantity


class TransactionContent(Row):
    """The columns that a transaction and its earlier revisions share."""

    __tablename__: ClassVar[str]

    sequence: int
    timestamp: datetime = typed(UTC)
    type: TransactionType = typed(Choice(TransactionType))
    from_account: str | None = text_field(default=None)
    to_account: str | None = text_field(default=None)
    sent_asset: str | None = text_field(default=None)
    sent_quantity: Decimal | None = typed(Quantity, default=None)
    received_asset: str | None = text_field(default=None)
    received_quantity: Decimal | None = typed(Quantity, default=None)
    fee_asset: str | None = text_field(default=None)
    fee_quantity: Decimal | None = typed(Quantity, default=None)
    value: Decimal | None = typed(Quantity, default=None)
    fee_value: Decimal | None = typed(Quantity, default=None)
    cost_basis: Decimal | None = typed(Quantity, default=None)
    category: str | None = text_field(default=None)
    counterparty: str | None = text_field(default=None)
    tx_hash: str | None = text_field(default=None)
    note: str | None = text_field(default=None)
    content_hash: str = text_field()
    imported_at: datetime = typed(UTC)


class TransactionRow(TransactionContent, table=True):
    """One source transaction as the source last told it."""

    __tablename__ = "transactions"
    __table_args__ = (
        Index("ix_transactions_order", "organisation_id", "timestamp", "sequence", "id"),
    )

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    source: str = text_field(primary_key=True)
    id: str = text_field(primary_key=True)


class TransactionRevisionRow(TransactionContent, table=True):
    """What a transaction said until it was corrected."""

    __tablename__ = "transaction_revisions"
    __table_args__ = (Index("ix_transaction_revisions_id", "organisation_id", "source", "id"),)

    revision: int | None = Field(default=None, primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id")
    source: str = text_field()
    id: str = text_field()
    replaced_at: datetime = typed(UTC)


class SourceRow(Row, table=True):
    """When a source last sent us something, were it only rows we had."""

    __tablename__ = "sources"

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    name: str = text_field(primary_key=True)
    last_import_at: datetime = typed(UTC)


class OpeningLotRow(Row, table=True):
    """One lot held before the go-live date."""

    __tablename__ = "opening_lots"

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    source: str = text_field(primary_key=True)
    position: int = Field(primary_key=True)
    account: str = text_field()
    asset: str = text_field()
    quantity: Decimal = typed(Quantity)
    cost: Decimal | None = typed(Quantity, default=None)
    cost_currency: str | None = text_field(default=None)
    acquired_at: datetime = typed(UTC)


transactions = table_of(TransactionRow)
transaction_revisions = table_of(TransactionRevisionRow)
sources = table_of(SourceRow)
opening_lots = table_of(OpeningLotRow)
