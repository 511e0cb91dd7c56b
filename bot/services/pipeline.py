"""The pipeline: everything before approval, from stored transactions to entries that could go.

Runs the pure stages of ``ledger`` over one organisation's transactions and writes nothing, so
that preview, survey, freezing and the check before approval all see the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from datetime import date

from bot.services.ports import Clock, UnitOfWork
from ledger.books import Books
from ledger.dimensions import DimensionChoices, DimensionGap, gaps, with_required
from ledger.entries import EntryMember
from ledger.journalize import Journalized, journalize, members_of
from ledger.lots import Lot
from ledger.mapped import MappedEntry, MappingRules, map_entry
from ledger.mapping import Mapping, mapping_from_choices
from ledger.organisation import Company, Organisation, Provider
from ledger.periods import Period, local_day
from ledger.preflight import PreflightFacts, TextLimits, check_entry
from ledger.problems import Problem
from ledger.requirements import Requirement, requirements, unmet
from ledger.rollup import roll_up
from ledger.settings import EntryDate, JournalSettings, Rollup, settings_from_dict
from ledger.stragglers import ignored
from ledger.transactions import Transaction

NO_BOOKS = Books(company_name="", functional_currency="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one entry may be at most, in an ERP."""

    texts: TextLimits
    max_postings: int = 200
    """Our own policy, far below what the ERPs take, so that people can read an entry."""


LIMITS = {
    # PrivateNote and Description: 4000, https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
    Provider.QUICKBOOKS: Limits(texts=TextLimits(entry_memo=4000, posting_memo=4000)),
    # Narration's limit is not documented; 4000 is what lines take, and our number stands in front.
    Provider.XERO: Limits(texts=TextLimits(entry_memo=3976, posting_memo=4000)),
    # Header memo 999 and line memo 4000: unverified, so the smaller number is kept.
    Provider.NETSUITE: Limits(texts=TextLimits(entry_memo=999, posting_memo=999)),
    Provider.JOURNAL_FILE: Limits(texts=TextLimits(entry_memo=4000, posting_memo=4000)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason why one transaction forms no entry now."""

    problem: Problem
    transaction: Transaction
    entry_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Everything the pipeline works on, as read in one unit of work."""

    organisation: Organisation
    company: Company
    settings: JournalSettings
    mapping: Mapping
    dimensions: DimensionChoices
    books: Books
    """As last imported, with what the company's people require of dimensions besides."""
    transactions: tuple[Transaction, ...]
    opening_lots: tuple[Lot, ...]
    taken: frozenset[EntryMember]
    """Effects that have a live entry already."""
    has_settings: bool
    """False until somebody saved the journal-entry settings."""
    ignored: frozenset[tuple[str, str]] = frozenset()
    """(source, id) of late transactions that a person chose to leave out of the books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What could be posted now, and what could not and why."""

    settings: JournalSettings
    entries: tuple[MappedEntry, ...]
    """Rolled up and past preflight, in the order of date and transaction."""
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> int:
        """How many transactions form no entry, each once however many reasons it has."""
        return len({(f.transaction.source, f.transaction.id) for f in self.findings})

    def in_period(self, period: Period) -> Built:
        """Keep what is dated in a period."""
        return Built(
            settings=self.settings,
            entries=tuple(e for e in self.entries if e.entry_date in period),
            findings=tuple(f for f in self.findings if f.entry_date in period),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one company still needs, and what is ready."""

    source: Source
    needed: tuple[Requirement, ...]
    """Every source account that the transactions need, with how many need it."""
    missing: tuple[Requirement, ...]
    """Those that have no account in the chart yet."""
    dimension_gaps: tuple[DimensionGap, ...]
    """Every required dimension, with how many transactions still lack it."""
    built: Built
    """What could be posted now; findings say why the rest could not."""


class Pipeline:
    """Builds what could be posted, from what is stored."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock; everything else is read from the unit of work."""
        self._clock = clock

    async def read(self, unit: UnitOfWork, organisation: Organisation, company: Company) -> Source:
        """Read everything that building depends on."""
        stored = await unit.choices.settings(company.id)
        dimensions = await unit.choices.dimensions(company.id)
        books = await unit.companies.books(company.id) or NO_BOOKS
        return Source(
            organisation=organisation,
            company=company,
            settings=settings_of(organisation, stored),
            mapping=mapping_from_choices(await unit.choices.mapping(company.id)),
            dimensions=dimensions,
            books=with_required(books, dimensions),
            transactions=tuple([t async for t in unit.transactions.stream(organisation.id)]),
            opening_lots=tuple(await unit.transactions.opening_lots(organisation.id)),
            taken=frozenset(await unit.deliveries.taken_effects(company.id)),
            has_settings=stored is not None,
            ignored=ignored(await unit.stragglers.decisions(company.id)),
        )

    async def build(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        *,
        leave_taken: bool = True,
    ) -> Built:
        """Build every entry that could be posted now, in a thread of its own.

        Args:
            unit: Where to read.
            organisation: Whose transactions.
            company: Whose books, mapping and settings.
            leave_taken: Leave out what has a live entry; false to rebuild those too.
        """
        source = await self.read(unit, organisation, company)
        today = local_day(self._clock.now(), organisation.time_zone)
        taken = source.taken if leave_taken else frozenset()
        return await asyncio.to_thread(build, source, today=today, taken=taken)

    async def survey(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> Survey:
        """Say what is needed, what is missing and what could be posted now."""
        source = await self.read(unit, organisation, company)
        today = local_day(self._clock.now(), organisation.time_zone)
        return await asyncio.to_thread(survey, source, today=today)


def survey(source: Source, *, today: date) -> Survey:
    """Count what is needed, missing and ready over everything; pure."""
    needed = requirements(source.transactions, source.settings)
    built = build(source, today=today, taken=source.taken)
    return Survey(
        source=source,
        needed=needed,
        missing=unmet(needed, source.mapping),
        dimension_gaps=gaps(
            _open(source),
            books=source.books,
            choices=source.dimensions,
            mapping=source.mapping,
            settings=source.settings,
        ),
        built=built,
    )


def build(
    source: Source,
    *,
    today: date,
    taken: frozenset[EntryMember],
    again: Table[EntryMember, date] | None = None,
) -> Built:
    """Run journalize, mapping, preflight and roll-up over everything; pure.

    Args:
        source: Everything to work on.
        today: The organisation's current day.
        taken: Effects whose transactions are left out.
        again: Build only the transactions of these effects, which were posted before: effect →
            the date of the entry that has it, which one dated by its posting keeps.
    """
    journal = journalize(
        source.transactions,
        settings=source.settings,
        posting_date=today,
        opening_lots=source.opening_lots,
        go_live=source.company.go_live_date,
    )
    rules = MappingRules(
        mapping=source.mapping,
        settings=source.settings,
        books=source.books,
        dimensions=source.dimensions,
    )
    limits = LIMITS[source.company.provider]
    facts = PreflightFacts(
        books=source.books,
        base_currency=source.organisation.base_currency,
        limits=limits.texts,
    )
    if again is None:
        items = [i for i in journal.items if _may_go(i, source, taken=taken, today=today)]
    else:
        items = _posted_before(journal.items, source, again)
    ready, findings = _checked(items, rules, facts, today=today)
    entries = roll_up(ready, settings=source.settings, max_postings=limits.max_postings)
    return Built(
        settings=source.settings,
        entries=tuple(entries),
        findings=tuple(findings),
    )


def _checked(
    items: Iterable[Journalized], rules: MappingRules, facts: PreflightFacts, *, today: date
) -> tuple[list[MappedEntry], list[Finding]]:
    """Map and check transactions; return the entries that may go, and why others may not."""
    ready: list[MappedEntry] = []
    findings: list[Finding] = []
    for item in items:
        mapped = map_entry(item, rules)
        problems = mapped.problems or (check_entry(mapped.entry, facts) if mapped.entry else ())
        if problems:
            day = rules.settings.date_of(item.transaction, posting_date=today)
            findings += [
                Finding(problem=p, transaction=item.transaction, entry_date=day) for p in problems
            ]
        elif mapped.entry is not None:
            ready.append(mapped.entry)
    return ready, findings


def _open(source: Source) -> list[Transaction]:
    """Return what may still form an entry: not taken by one, and not before the go-live date."""
    taken = {(member.source, member.transaction_id) for member in source.taken}
    first, zone = source.company.go_live_date, source.settings.time_zone
    return [
        t
        for t in source.transactions
        if (t.source, t.id) not in taken and (first is None or t.local_date(zone) >= first)
    ]


def settings_of(organisation: Organisation, stored: str | None) -> JournalSettings:
    """Return the company's settings, with the organisation's currency and time zone."""
    content: dict[str, object] = dict(json.loads(stored)) if stored else {}
    return settings_from_dict(
        content | {"base_currency": organisation.base_currency, "time_zone": organisation.time_zone}
    )


def _may_go(
    item: Journalized, source: Source, *, taken: frozenset[EntryMember], today: date
) -> bool:
    return not _is_left_out(item, source, taken) and _may_roll(item, source.settings, today)


def _posted_before(
    items: Iterable[Journalized], source: Source, again: Table[EntryMember, date]
) -> list[Journalized]:
    found = []
    keeps_date = source.settings.entry_date is EntryDate.POSTING
    for item in items:
        days = [again[m] for m in members_of(item.transaction) if m in again]
        if days and item.entry is not None and keeps_date:
            found.append(replace(item, entry=replace(item.entry, entry_date=days[0])))
        elif days:
            found.append(item)
    return found


def _is_left_out(item: Journalized, source: Source, taken: frozenset[EntryMember]) -> bool:
    if (item.transaction.source, item.transaction.id) in source.ignored:
        return True
    members = item.entry.members if item.entry else ()
    # One effect of it that has an entry is enough: a correction may have given it another.
    return any(member in taken for member in members)


def _may_roll(item: Journalized, settings: JournalSettings, today: date) -> bool:
    """Roll-ups take only ended days, so that a day's entry is whole."""
    if settings.rollup is Rollup.INDIVIDUAL:
        return True
    return item.transaction.local_date(settings.time_zone) < today
