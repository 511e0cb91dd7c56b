"""Tables of runs and of the batches that are approved together."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from ledger.runs import BatchState, RunKind, RunState, Trigger
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice

IS_OPEN = text("state IN ('open', 'awaiting_approval') AND kind = 'push'")


class RunRow(Row, table=True):
    """One run; an index allows one open push per company and period."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_open",
            "company_id",
            "first_date",
            "last_date",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_runs_organisation_id_requested_at", "organisation_id", "requested_at"),
        Index("ix_runs_state_wake_at", "state", "wake_at"),
    )

    id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id")
    company_id: str = text_field(foreign_key="companies.id")
    first_date: date
    last_date: date
    trigger: Trigger = typed(Choice(Trigger))
    kind: RunKind = typed(
        Choice(RunKind), default=RunKind.PUSH, sa_column_kwargs={"server_default": "push"}
    )
    requested_by: str = text_field()
    requested_at: datetime = typed(UTC)
    state: RunState = typed(Choice(RunState))
    wake_at: datetime | None = typed(UTC, default=None)
    wakes: int = 0
    waiting_for: str | None = text_field(default=None)
    report: str | None = text_field(default=None)


class BatchRow(Row, table=True):
    """Entries frozen together, and what was decided about them."""

    __tablename__ = "batches"
    __table_args__ = (
        Index("ix_batches_organisation_id_state", "organisation_id", "state"),
        Index("ix_batches_company_id_decided_at", "company_id", "decided_at"),
        Index("ix_batches_state_wake_at", "state", "wake_at"),
    )

    id: str = text_field(primary_key=True)
    run_id: str = text_field(foreign_key="runs.id", index=True)
    organisation_id: str = text_field(foreign_key="organisations.id")
    company_id: str = text_field(foreign_key="companies.id")
    state: BatchState = typed(Choice(BatchState))
    digest: str = text_field()
    reason: str = text_field()
    shape_version: int
    frozen_at: datetime = typed(UTC)
    entries: int
    total: str = text_field()
    decided_by: str | None = text_field(default=None)
    decided_at: datetime | None = typed(UTC, default=None)
    decision_note: str | None = text_field(default=None)
    approvers_needed: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    wake_at: datetime | None = typed(UTC, default=None)
    attended_at: datetime | None = typed(UTC, default=None)


class BatchApprovalRow(Row, table=True):
    """One approver's yes to a batch that waits for another one's."""

    __tablename__ = "batch_approvals"

    batch_id: str = text_field(primary_key=True, foreign_key="batches.id")
    person: str = text_field(primary_key=True)
    at: datetime = typed(UTC)


runs = table_of(RunRow)
batches = table_of(BatchRow)
batch_approvals = table_of(BatchApprovalRow)
