"""The day from which entries are made: what it may be, and until when it can be corrected.

A wrong day would leave the books without entries, or with some that they have already. It can be
corrected until the first entry is prepared; from then on only a cut-over moves it, forward. It must
not decide what forms an entry (the pipeline does).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.services.ports import UnitOfWork
from bot.services.saying import FieldRefusal
from ledger.organisation import Company
from ledger.periods import day_label

FIELD = "go_live"
_FARTHEST = timedelta(days=366)


def require_near(day: date, *, today: date) -> None:
    """Take no day that can only be a slip.

    Raises:
        FieldRefusal: naming ``go_live``, for a day more than a year ahead.
    """
    if day > today + _FARTHEST:
        text = f"{day_label(day)} is more than a year ahead: nothing before it would form an entry."
        raise FieldRefusal({FIELD: f"{text} Choose the first day whose entries are missing."})


def first_day(company: Company, chosen: date | None, *, today: date) -> date:
    """Return the go-live date that a company has, or else the one chosen at its confirmation.

    Raises:
        FieldRefusal: naming ``go_live``: none was chosen, or a slip.
    """
    if company.go_live_date is not None:
        return company.go_live_date
    if chosen is None:
        raise FieldRefusal({FIELD: "Choose the day from which entries are made."})
    require_near(chosen, today=today)
    return chosen


async def is_correctable(unit: UnitOfWork, company: Company) -> bool:
    """Say whether no entry of a company was ever prepared, here or by another installation."""
    if await unit.deliveries.counts(company.id):
        return False
    return not await unit.deliveries.foreign(company.id)


async def correct(unit: UnitOfWork, company: Company, day: date | None, *, today: date) -> Company:
    """Store another go-live date in the caller's unit; nothing when none or the same is given.

    Raises:
        FieldRefusal: naming ``go_live``: it is too far ahead, or too late to change it.
    """
    if day is None or day == company.go_live_date:
        return company
    require_near(day, today=today)
    if not await is_correctable(unit, company):
        text = f"Entries were prepared since; they start on {day_label(company.go_live_date)}."
        raise FieldRefusal({FIELD: text})
    corrected = replace(company, go_live_date=day)
    await unit.companies.save(corrected)
    return corrected
