"""Preview: exactly the entries that a sync would prepare now, shown without writing anything.

Uses the same pipeline as freezing. No number is taken and no ERP is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.errors import Refusal
from bot.services.late import undecided
from bot.services.pipeline import Pipeline
from bot.services.ports import Storage
from ledger.books import Books
from ledger.entries import PreparedEntry
from ledger.mapped import MappedEntry
from ledger.money import Money, total
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.preflight import prepare
from ledger.report import AccountTotal, ProblemGroup, account_totals, group_problems

UNNUMBERED = "not numbered yet"
"""Stands where a journal number will: one is given out only when a batch is frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a sync of a period would prepare now."""

    company: Company
    period: Period
    entries: tuple[PreparedEntry, ...]
    total: Money
    accounts: tuple[AccountTotal, ...]
    problems: tuple[ProblemGroup, ...]
    """What keeps other transactions back, by cause."""
    blocked: int
    """How many transactions they keep back; one with several problems counts once."""
    not_ended: int
    """Transactions that a roll-up leaves, as their day goes on."""
    late: int
    """Transactions of closed months, of whatever period, that wait for a person's choice."""


class Previews:
    """Shows what would be pushed."""

    def __init__(self, *, storage: Storage, pipeline: Pipeline) -> None:
        """Take the database, for reading only, and the pipeline."""
        self._storage = storage
        self._pipeline = pipeline

    async def preview(self, organisation: Organisation, period: Period) -> Preview:
        """Build the entries of a period that have not been frozen yet.

        Raises:
            Refusal: when no company is connected, whose accounts they would need.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
            if company is None:
                raise Refusal(
                    "No company is connected yet, so there is no chart of accounts to use.",
                    next_step="/integral connect",
                )
            built = await self._pipeline.build(unit, organisation, company)
            books = await unit.companies.books(company.id)
            decisions = await unit.stragglers.decisions(company.id)
        inside = built.in_period(period)
        entries = prepared(inside.entries, company, books)
        currency = organisation.base_currency
        return Preview(
            company=company,
            period=period,
            entries=entries,
            total=total([entry.total for entry in entries], currency),
            accounts=account_totals(entries, currency=currency),
            problems=group_problems(finding.problem for finding in inside.findings),
            blocked=len({(f.transaction.source, f.transaction.id) for f in inside.findings}),
            not_ended=len(inside.not_ended),
            late=undecided(built.late(company.last_month_end), decisions).count,
        )


def prepared(
    entries: Sequence[MappedEntry], company: Company, books: Books | None
) -> tuple[PreparedEntry, ...]:
    """Return entries as they would be frozen, without numbers."""
    if books is None:
        return ()
    return tuple(
        prepare(entry, number=UNNUMBERED, company=company.key, books=books) for entry in entries
    )
