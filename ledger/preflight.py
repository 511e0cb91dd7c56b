"""Preflight: everything that would keep an entry out of the books, found before it is sent.

Fourth stage of the line: an ordered list of pure checks. Run on each transaction's mapped
entry, so that a blocked one never enters a roll-up, and again on what is rolled up. All
findings are reported. What passes is frozen by :func:`prepare`. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ledger.account_checks import account_problems
from ledger.books import Account, Books
from ledger.entries import (
    PreparedEntry,
    PreparedPosting,
    Role,
    SourceAccount,
    UnbalancedError,
    require_balance,
)
from ledger.mapped import Mapped, MappedEntry, MappedPosting
from ledger.mapping import Mapping, unmapped_problem
from ledger.numbers import NUMBER_LENGTH
from ledger.periods import day_label
from ledger.problems import Problem, ProblemCode

REQUIRED_ROLES = (
    Role.PROCEEDS,
    Role.TRADING_FEES,
    Role.NETWORK_FEES,
    Role.GAINS,
    Role.LOSSES,
)
"""Accounts without which pushes are not enabled: proceeds, fees, gains and losses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimits:
    """How many characters the ERP takes."""

    entry_memo: int
    posting_memo: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFacts:
    """What entries are checked against."""

    books: Books
    """As last imported."""
    base_currency: str
    limits: TextLimits
    stale_sources: frozenset[str] = field(default_factory=frozenset)
    """Names of sources that are not live."""


Check = Callable[[MappedEntry, PreflightFacts], Iterable[Problem]]


def check_company(
    facts: PreflightFacts, *, mapping: Mapping, settings_saved: bool = True
) -> tuple[Problem, ...]:
    """Check what must hold before pushes are enabled: currency, sources and settings.

    Args:
        facts: The company's books and the organisation's base currency.
        mapping: The company's choices.
        settings_saved: False until somebody saved the journal-entry settings.
    """
    missing = [r for r in REQUIRED_ROLES if mapping.resolve(SourceAccount.of_role(r)) is None]
    problems = [unmapped_problem(SourceAccount.of_role(role)) for role in missing]
    if not settings_saved:
        subject = "anything: they were never saved"
        problems.insert(0, Problem(code=ProblemCode.SETTINGS_INCOMPLETE, subject=subject))
    stale = (_stale_source(name) for name in sorted(facts.stale_sources))
    return (*_company_currency(facts), *stale, *problems)


def check_entry(entry: MappedEntry, facts: PreflightFacts) -> tuple[Problem, ...]:
    """Run every check on an entry, in order, and return each finding once."""
    found = (problem for check in CHECKS for problem in check(entry, facts))
    return tuple(dict.fromkeys(found))


def check_all(items: Iterable[Mapped], facts: PreflightFacts) -> tuple[Mapped, ...]:
    """Check each transaction's entry; one with problems comes back without its entry."""
    return tuple(_checked(item, facts) for item in items)


def prepare(entry: MappedEntry, *, company: str, number: str, books: Books) -> PreparedEntry:
    """Freeze an entry that passed: from here on nothing in it changes.

    Args:
        entry: The entry, rolled up and checked.
        company: ``provider:external company id``.
        number: The journal number handed out to it.
        books: As last imported; for the accounts' labels.
    """
    return PreparedEntry(
        company=company,
        number=number,
        entry_date=entry.entry_date,
        currency=entry.currency,
        memo=entry.memo,
        postings=tuple(_prepared(posting, books) for posting in entry.postings),
        members=entry.members,
    )


def _checked(item: Mapped, facts: PreflightFacts) -> Mapped:
    if item.entry is None:
        return item
    problems = check_entry(item.entry, facts)
    return Mapped(transaction=item.transaction, problems=problems) if problems else item


def _prepared(posting: MappedPosting, books: Books) -> PreparedPosting:
    return PreparedPosting(
        account_id=posting.account_id,
        account_label=_label(posting.account_id, books),
        side=posting.side,
        money=posting.money,
        memo=posting.memo,
        contact_id=posting.contact_id,
        contact_kind=posting.contact_kind,
        dimensions=posting.dimensions,
        dimension_labels=tuple(books.dimension_label(*pair) for pair in posting.dimensions),
    )


# ── checks of an entry ───────────────────────────────────────────────────────


def _check_currency(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    yield from _company_currency(facts)
    if entry.currency != facts.base_currency:
        yield _problem(
            ProblemCode.CURRENCY_MISMATCH,
            subject=_subject(entry),
            entry=entry,
            facts=(("entry", entry.currency), ("base currency", facts.base_currency)),
        )


def _check_accounts(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    for account_id in dict.fromkeys(p.account_id for p in entry.postings):
        account = facts.books.account(account_id)
        yield from account_problems(
            account,
            account_id=account_id,
            base_currency=facts.base_currency,
            transaction_id=_transaction_id(entry),
        )


def _check_contacts(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    names = [t.counterparty for t in entry.transactions if t.counterparty]
    for posting, account in _known_accounts(entry, facts.books):
        kind = account.requires_contact
        if kind is not None and (posting.contact_id is None or posting.contact_kind is not kind):
            yield _problem(
                ProblemCode.CONTACT_REQUIRED,
                subject=account.label,
                entry=entry,
                facts=(
                    ("needs", f"a {kind.value}"),
                    ("counterparty", names[0] if names else "none"),
                ),
            )


def _check_dimensions(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    """Find what is required and missing, and what the ERP would not take (any more)."""
    for dimension in facts.books.dimensions:
        lacking = [p for p in entry.postings if dimension.key not in dict(p.dimensions)]
        if dimension.is_required and lacking:
            on = (("posting on", _label(lacking[0].account_id, facts.books)),)
            yield _problem(
                ProblemCode.DIMENSION_REQUIRED, subject=dimension.name, entry=entry, facts=on
            )
    chosen = dict.fromkeys(pair for p in entry.postings for pair in p.dimensions)
    for key, value_id in chosen:
        if not facts.books.takes_dimension(key, value_id):
            name, value = facts.books.dimension_label(key, value_id)
            yield _problem(
                ProblemCode.DIMENSION_REFUSED,
                subject=name,
                entry=entry,
                facts=(("value", value),),
            )


def _check_period(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    if facts.books.is_locked(entry.entry_date):
        yield _problem(
            ProblemCode.PERIOD_CLOSED,
            subject=_subject(entry),
            entry=entry,
            facts=(
                ("date", day_label(entry.entry_date)),
                ("closed through", day_label(facts.books.lock_date)),
            ),
        )


def _check_texts(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    # The number goes in front of the memo in some ERPs: "[INT-…] ".
    in_front = NUMBER_LENGTH + 3
    longest = max((len(p.memo) for p in entry.postings), default=0)
    texts = (
        ("memo", len(entry.memo) + in_front, facts.limits.entry_memo),
        ("posting", longest, facts.limits.posting_memo),
    )
    for name, length, limit in texts:
        if length > limit:
            yield _problem(
                ProblemCode.TEXT_TOO_LONG,
                subject=_subject(entry),
                entry=entry,
                facts=((name, f"{length} characters of {limit}"),),
            )


def _check_balance(entry: MappedEntry, _: PreflightFacts) -> Iterator[Problem]:
    """Assert a second time what building the entry asserted first."""
    try:
        require_balance(((p.side, p.money) for p in entry.postings), entry.currency)
    except UnbalancedError as error:
        facts = (("difference", str(error)),)
        yield _problem(ProblemCode.UNBALANCED, subject=_subject(entry), entry=entry, facts=facts)


def _check_sources(entry: MappedEntry, facts: PreflightFacts) -> Iterator[Problem]:
    for name in sorted({m.source for m in entry.members} & facts.stale_sources):
        yield _stale_source(name)


CHECKS: tuple[Check, ...] = (
    _check_sources,
    _check_currency,
    _check_accounts,
    _check_contacts,
    _check_dimensions,
    _check_period,
    _check_texts,
    _check_balance,
)
"""In the order in which findings are shown."""


def _company_currency(facts: PreflightFacts) -> Iterator[Problem]:
    books = facts.books
    if books.functional_currency != facts.base_currency:
        yield Problem(
            code=ProblemCode.CURRENCY_MISMATCH,
            subject=books.company_name,
            facts=(
                ("company", books.functional_currency),
                ("base currency", facts.base_currency),
            ),
        )


def _stale_source(name: str) -> Problem:
    return Problem(code=ProblemCode.SOURCE_NOT_LIVE, subject=name)


def _known_accounts(entry: MappedEntry, books: Books) -> Iterator[tuple[MappedPosting, Account]]:
    for posting in entry.postings:
        account = books.account(posting.account_id)
        if account is not None:
            yield posting, account


def _label(account_id: str, books: Books) -> str:
    account = books.account(account_id)
    return account.label if account else account_id


def _problem(
    code: ProblemCode,
    *,
    subject: str,
    entry: MappedEntry,
    facts: tuple[tuple[str, str], ...] = (),
) -> Problem:
    return Problem(code=code, subject=subject, facts=facts, transaction_id=_transaction_id(entry))


def _transaction_id(entry: MappedEntry) -> str | None:
    return entry.transactions[0].id if len(entry.transactions) == 1 else None


def _subject(entry: MappedEntry) -> str:
    only = _transaction_id(entry)
    return f"transaction {only}" if only else f"the entry of {day_label(entry.entry_date)}"
