"""Tables of schedules, and of the scheduled periods that came due, each recorded once."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Date, Index

from ledger.schedules import Cadence, Moment, PeriodState
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice


class ScheduleRow(Row, table=True):
    """One organisation's schedule; what it will record next stands in ``next_*``."""

    __tablename__ = "schedules"

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    cadence: Cadence = typed(Choice(Cadence))
    at: time
    next_period: date
    next_moment: Moment = typed(Choice(Moment))
    set_by: str = text_field()
    set_at: datetime = typed(UTC)


class ScheduledPeriodRow(Row, table=True):
    """A scheduled period that came due; its key is what keeps it from coming twice."""

    __tablename__ = "scheduled_periods"
    __table_args__ = (Index("ix_scheduled_periods_state_due_at", "state", "due_at"),)

    organisation_id: str = text_field(primary_key=True, foreign_key="organisations.id")
    cadence: Cadence = typed(Choice(Cadence), primary_key=True)
    period: date = typed(Date, primary_key=True)
    moment: Moment = typed(Choice(Moment), primary_key=True)
    due_at: datetime = typed(UTC)
    recorded_at: datetime = typed(UTC)
    state: PeriodState = typed(Choice(PeriodState))
    settled_at: datetime | None = typed(UTC, default=None)
    run_id: str | None = text_field(default=None, foreign_key="runs.id")
    note: str | None = text_field(default=None)


schedules = table_of(ScheduleRow)
scheduled_periods = table_of(ScheduledPeriodRow)
