"""What adopting and cutting over share: noting foreign numbers, closing sequences, the audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.erp.connector import FoundEntry
from bot.services import audit
from bot.services.ports import UnitOfWork
from ledger.adoption import ForeignEntry, ForeignReason, highest_sequence
from ledger.organisation import Company, Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """How an adoption or a cut-over ended."""

    organisation: Organisation
    company: Company
    adopted: tuple[str, ...]
    """Numbers that are deliveries now; they are never sent again."""
    foreign: tuple[str, ...]
    """Numbers that belong to no entry here; they stop nothing any more."""
    left: tuple[str, ...] = ()
    """Numbers that still stop everything: dated on or after the cut-over."""
    cut_over: date | None = None
    """The new go-live date, when that was the way chosen."""


async def note_foreign(
    unit: UnitOfWork,
    company: Company,
    found: Iterable[FoundEntry],
    reason: ForeignReason,
    *,
    noted: tuple[str, datetime],
) -> None:
    """Keep numbers that belong to no entry here; ``noted`` is who said so, and when."""
    person, at = noted
    foreign = [
        ForeignEntry(
            number=entry.number or "",
            erp_id=entry.erp_id,
            entry_date=entry.entry_date,
            reason=reason,
            noted_by=person,
            noted_at=at,
        )
        for entry in found
    ]
    await unit.deliveries.note_foreign(company.id, foreign)


async def close_numbers(
    unit: UnitOfWork, organisation: Organisation, found: Sequence[FoundEntry]
) -> None:
    """Never give out a number that the ERP has."""
    await unit.organisations.raise_sequence(organisation.id, highest_sequence(numbers_of(found)))


async def record(
    unit: UnitOfWork, result: Adopted, person: str, *, at: datetime, before: date | None = None
) -> None:
    """Keep who decided: a cut-over changes which entries there are, an adoption does not."""
    is_cut_over = result.cut_over is not None
    write = audit.shaping if is_cut_over else audit.note
    facts: dict[str, object] = {
        "adopted": len(result.adopted),
        "foreign": len(result.foreign),
        "go-live date": str(result.cut_over or result.company.go_live_date),
    }
    await unit.audit.add(
        write(
            "numbers.cut_over" if is_cut_over else "numbers.adopted",
            result.company.key,
            organisation_id=result.organisation.id,
            actor=person,
            at=at,
            change=({"go-live date": str(before)} if is_cut_over else None, facts),
        )
    )


def numbers_of(found: Iterable[FoundEntry]) -> tuple[str, ...]:
    """Return the numbers of ours among entries, each once, lowest first."""
    return tuple(sorted({entry.number for entry in found if entry.number}))
