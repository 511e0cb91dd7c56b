"""The pipeline: everything before approval, from stored transactions to entries that could go.

Runs the pure stages of ``ledger`` over one organisation's transactions and writes nothing, so
that preview, survey, freezing and the check before approval all see the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from datetime import date

from bot.services.built import Built, Finding
from bot.services.late import LateTransaction
from bot.services.ports import Clock, UnitOfWork
from bot.services.readiness import Ready, ready_on
from bot.services.source import Source, read_choices, read_rows, read_source
from bot.services.survey_cache import SurveyCache
from ledger.dimensions import DimensionGap, gaps
from ledger.effects import digest_of
from ledger.entries import EntryMember
from ledger.journalize import Journalized, journalize, members_of
from ledger.mapped import MappedEntry, MappingRules, map_entry
from ledger.organisation import Company, Organisation, Provider
from ledger.periods import local_day
from ledger.preflight import PreflightFacts, TextLimits, check_entry
from ledger.problems import ProblemCode
from ledger.report import ProblemGroup, group_problems
from ledger.requirements import Requirement, requirements, unmet
from ledger.rollup import roll_up
from ledger.settings import EntryDate, JournalSettings, Rollup
from ledger.transactions import Transaction


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
class Survey:
    """What one company still needs, and what is ready; small enough to be kept."""

    source: Source
    """Without transactions and taken effects."""
    needed: tuple[Requirement, ...]
    """Every source account that the transactions need, with how many need it."""
    missing: tuple[Requirement, ...]
    """Those that have no account in the chart yet."""
    dimension_gaps: tuple[DimensionGap, ...]
    """Every required dimension, with how many transactions still lack it."""
    ready: Ready
    """What could be posted now."""
    problems: tuple[ProblemGroup, ...]
    """Why the rest could not, by cause."""
    unmapped: int
    """Transactions that form no entry for want of an account; each once."""
    late: tuple[LateTransaction, ...]
    """What is dated in closed months and has no entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """Everything that a survey rests on; equal bases have equal surveys."""

    source: Source
    """Without the transactions and the effects that are taken: too many to be compared."""
    transactions: tuple[int, int]
    taken: str
    today: date


class Pipeline:
    """Builds what could be posted, from what is stored."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock; everything else is read from the unit of work."""
        self._clock = clock
        self._surveys: SurveyCache[_Basis, Survey] = SurveyCache()

    async def read(self, unit: UnitOfWork, organisation: Organisation, company: Company) -> Source:
        """Read everything that building depends on."""
        return await read_source(unit, organisation, company)

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
        source = await read_source(unit, organisation, company)
        today = local_day(self._clock.now(), organisation.time_zone)
        taken = source.taken if leave_taken else frozenset()
        return await asyncio.to_thread(build, source, today=today, taken=taken)

    async def survey(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> Survey:
        """Say what is needed, what is missing and what could be posted now.

        Worked out over every transaction, and kept: as long as nothing that it rests on has
        changed, it is found again.
        """
        basis = await self._basis(unit, organisation, company)
        async with self._surveys.alone(company.id):
            known = self._surveys.find(company.id, basis)
            if known is not None:
                return known
            source = await read_rows(unit, basis.source)
            revision = await unit.transactions.revision(organisation.id)
            found, _ = await asyncio.to_thread(survey, source, today=basis.today)
            # Where readers see what is committed meanwhile, it may rest on something newer.
            if (revision, digest_of(source.taken)) == (basis.transactions, basis.taken):
                self._surveys.keep(company.id, basis, found)
            return found

    async def survey_entries(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> tuple[Survey, Built]:
        """Return the survey with the very entries and findings that it counts."""
        source = await read_source(unit, organisation, company)
        today = local_day(self._clock.now(), organisation.time_zone)
        return await asyncio.to_thread(survey, source, today=today)

    async def _basis(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> _Basis:
        return _Basis(
            source=await read_choices(unit, organisation, company),
            transactions=await unit.transactions.revision(organisation.id),
            taken=await unit.deliveries.taken_digest(company.id),
            today=local_day(self._clock.now(), organisation.time_zone),
        )


def survey(source: Source, *, today: date) -> tuple[Survey, Built]:
    """Count what is needed, missing and ready over everything; pure."""
    needed = requirements(source.transactions, source.settings)
    built = build(source, today=today, taken=source.taken)
    unmapped = (f for f in built.findings if f.problem.code is ProblemCode.ACCOUNT_NOT_MAPPED)
    found = Survey(
        source=replace(source, transactions=(), taken=frozenset()),
        needed=needed,
        missing=unmet(needed, source.mapping),
        dimension_gaps=gaps(
            _open(source),
            books=source.books,
            choices=source.dimensions,
            mapping=source.mapping,
            settings=source.settings,
        ),
        ready=ready_on(entry.entry_date for entry in built.entries),
        problems=group_problems(finding.problem for finding in built.findings),
        unmapped=len({(f.transaction.source, f.transaction.id) for f in unmapped}),
        late=built.late(source.company.last_month_end),
    )
    return found, built


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
        sorted_ = _sorted(journal.items, source, taken=taken, today=today)
    else:
        sorted_ = _Sorted(going=_posted_before(journal.items, source, again))
    ready, findings = _checked(sorted_.going, rules, facts, today=today)
    entries = roll_up(ready, settings=source.settings, max_postings=limits.max_postings)
    return Built(
        settings=source.settings,
        entries=tuple(entries),
        findings=tuple(findings),
        not_ended=tuple(sorted_.not_ended),
        left_out=tuple(sorted_.left_out),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """What a build works on, and the entry dates of what it leaves though it needs an entry."""

    going: list[Journalized] = field(default_factory=list)
    not_ended: list[date] = field(default_factory=list)
    left_out: list[date] = field(default_factory=list)


def _sorted(
    items: Iterable[Journalized], source: Source, *, taken: frozenset[EntryMember], today: date
) -> _Sorted:
    found = _Sorted()
    for item in items:
        members = item.entry.members if item.entry else ()
        # One effect of it that has an entry is enough: a correction may have given it another.
        if any(member in taken for member in members):
            continue
        if (item.transaction.source, item.transaction.id) in source.ignored:
            dates = found.left_out
        elif _may_roll(item, source.settings, today):
            found.going.append(item)
            continue
        elif item.needs_no_entry:
            continue
        else:
            dates = found.not_ended
        dates.append(source.settings.date_of(item.transaction, posting_date=today))
    return found


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


def _may_roll(item: Journalized, settings: JournalSettings, today: date) -> bool:
    """Roll-ups take only ended days, so that a day's entry is whole."""
    if settings.rollup is Rollup.INDIVIDUAL:
        return True
    return item.transaction.local_date(settings.time_zone) < today
