"""Corrections: reversing what is posted, standing something else in for it, and saying so.

A posted entry is never edited: it is undone by an entry of its own with the sides swapped, and
where it is to be replaced another entry holds its transactions from then on. Pure: which
entries are chosen, and who approves, is decided in ``bot.services``. No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.account_checks import account_problems
from ledger.books import Books, ContactKind
from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.memo import MEMO_LIMIT, cut
from ledger.periods import Period
from ledger.problems import CATALOGUE, Problem, ProblemCode

REASON_LIMIT = 200
"""Characters of a reason; it stands in the memo of every reversal."""
_LONGEST_CLOSED_DAYS = 366 * 20


class Mode(StrEnum):
    """What becomes of the entries that a correction is asked for."""

    REVERSE = "reverse"
    """Undone; their transactions stay undone until somebody asks to repost them."""
    REVERSE_AND_REPOST = "reverse_and_repost"
    """Undone, and posted again as present mapping and settings have it."""
    REPOST = "repost"
    """Undone before; posted again now."""


class Dating(StrEnum):
    """What a person chose for dates on which the ERP's books are closed."""

    HOLD = "hold"
    """Wait until the period is reopened."""
    FIRST_OPEN_DAY = "first_open_day"
    """Date it on the first open day, and name the period it is for in the memo."""


class LinkKind(StrEnum):
    """How an entry corrects another."""

    REVERSES = "reverses"
    REPLACES = "replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    """One entry corrects another of the same company."""

    entry_id: str
    original_id: str
    kind: LinkKind
    number: str
    """Of the correcting entry."""
    original_number: str
    state: DeliveryState
    """Where the correcting entry stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a correction run was asked to do."""

    run_id: str
    company_id: str
    mode: Mode
    dating: Dating
    reason: str
    originals: tuple[str, ...]
    """The ids of the entries to be corrected."""
    summary: str | None = None
    """What its batch holds, as :func:`dump_summary` wrote it when it was frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What the corrected entries do to one account, before and after; debits are positive."""

    label: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a correction's batch holds, for its card."""

    mode: Mode
    reason: str
    reversals: int
    replacements: int
    changes: tuple[AccountChange, ...]
    """The biggest change first."""
    redated: int = 0
    """Entries dated on the first open day, for a closed period."""
    redated_to: date | None = None
    """That day; none when nothing is redated, and in what was stored before it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStale:
    """How many stale entries of a company people were told of last."""

    entries: int = 0
    day: date | None = None
    """The local day on which the message began that says so; none before the first."""


# ── entries ──────────────────────────────────────────────────────────────────


def reverse(entry: PreparedEntry, *, number: str, entry_date: date, reason: str) -> PreparedEntry:
    """Return the entry that undoes another: the same accounts and amounts, sides swapped.

    It holds no effects of its own, and refers to the number that it undoes without brackets:
    only an entry's own number stands in brackets in Xero.

    Args:
        entry: As it was sent.
        number: The reversal's own journal number.
        entry_date: The original's date, or, for a closed period, the day a person chose.
        reason: Why, in a person's words.
    """
    memo = _about_period(
        f"Reversal of {entry.number}: {plain_reason(reason)}", entry.entry_date, entry_date
    )
    swapped = (replace(posting, side=posting.side.opposite) for posting in entry.postings)
    return PreparedEntry(
        company=entry.company,
        number=number,
        entry_date=entry_date,
        currency=entry.currency,
        memo=memo,
        postings=tuple(sorted(swapped, key=lambda p: p.side is Side.CREDIT)),
    )


def undone_number(memo: str) -> str | None:
    """Return the number that an entry with this memo undoes; none for what is no reversal."""
    found = re.match(r"Reversal of (\S+):", memo)
    return found[1] if found else None


def reversal_problem(entry: PreparedEntry, books: Books) -> Problem | None:
    """Return why the ERP would not take an entry's reversal; none when nothing speaks against it.

    It has to post on the very accounts and values of the entry, so choosing others mends nothing.
    """
    found: dict[tuple[str, str], None] = {}
    for posting in entry.postings:
        against = account_problems(
            books.account(posting.account_id),
            account_id=posting.account_id,
            base_currency=entry.currency,
        )
        found |= {(_title(problem.code), posting.account_label): None for problem in against}
        labels = posting.dimension_labels or posting.dimensions
        for pair, (_, value) in zip(posting.dimensions, labels, strict=True):
            if not books.takes_dimension(*pair):
                found[_title(ProblemCode.DIMENSION_REFUSED), value] = None
    if not found:
        return None
    return Problem(code=ProblemCode.REVERSAL_BLOCKED, subject=entry.number, facts=tuple(found))


def _title(code: ProblemCode) -> str:
    return CATALOGUE[code].title.lower()


def redated(entry: PreparedEntry, day: date) -> PreparedEntry:
    """Return an entry dated on another day, which says in its memo what period it is for."""
    memo = _about_period(entry.memo, entry.entry_date, day)
    return replace(entry, entry_date=day, memo=memo)


def plain_reason(reason: str) -> str:
    """Return a reason as it may stand in a memo: one line, no brackets, not too long."""
    tame = re.sub(r"[\[{]", "(", re.sub(r"[\]}]", ")", reason))
    return cut(" ".join("".join(c if c.isprintable() else " " for c in tame).split()), REASON_LIMIT)


def first_open_day(day: date, is_locked: Callable[[date], bool]) -> date | None:
    """Return the day itself, or the first later one that the books are open on; none if never."""
    for later in range(_LONGEST_CLOSED_DAYS):
        candidate = day + timedelta(days=later)
        if not is_locked(candidate):
            return candidate
    return None


def _about_period(memo: str, meant: date, day: date) -> str:
    if meant == day:
        return cut(memo, MEMO_LIMIT)
    suffix = f" for period {meant:%Y-%m}"
    return cut(memo, MEMO_LIMIT - len(suffix)) + suffix


def linked_words(links: Iterable[EntryLink]) -> dict[str, str]:
    """Say of each linked entry what undoes or replaces it, or what it undoes or replaces.

    Returns entry id → words, such as *undone by INT-…, replaced by INT-…*.
    """
    words: dict[str, list[str]] = {}
    for link in sorted(links, key=lambda k: (k.kind is LinkKind.REPLACES, k.number)):
        is_reversal = link.kind is LinkKind.REVERSES
        there, back = ("undone by", "undoes") if is_reversal else ("replaced by", "replaces")
        words.setdefault(link.original_id, []).append(f"{there} {link.number}")
        words.setdefault(link.entry_id, []).append(f"{back} {link.original_number}")
    return {id_: ", ".join(each) for id_, each in words.items()}


# ── comparison ───────────────────────────────────────────────────────────────


def has_same_effect(posted: PreparedEntry, rebuilt: PreparedEntry) -> bool:
    """Say whether two entries say the same to the books; memos and the form of lines aside.

    A posted entry that a person had dated on the first open day still fits its period.
    """
    dates = {rebuilt.entry_date}
    if posted.memo.endswith(f" for period {rebuilt.entry_date:%Y-%m}"):
        dates.add(posted.entry_date)
    return posted.entry_date in dates and _sums(posted) == _sums(rebuilt)


_Key = tuple[str, Side, str | None, ContactKind | None, tuple[tuple[str, str], ...]]


def _sums(entry: PreparedEntry) -> dict[_Key, Decimal]:
    sums: dict[_Key, Decimal] = {}
    for p in entry.postings:
        key = (p.account_id, p.side, p.contact_id, p.contact_kind, p.dimensions)
        sums[key] = sums.get(key, Decimal(0)) + p.money.amount
    return sums


# ── what a card shows ────────────────────────────────────────────────────────


def account_changes(
    before: Iterable[PreparedEntry], after: Iterable[PreparedEntry]
) -> tuple[AccountChange, ...]:
    """Compare what entries do to each account with what is to stand in for them.

    Accounts that nothing changes on are left out; the biggest change comes first.
    """
    labels: dict[str, str] = {}
    old, new = _nets(before, labels), _nets(after, labels)
    zero = Decimal(0)
    changes = [
        AccountChange(
            label=labels[account], before=old.get(account, zero), after=new.get(account, zero)
        )
        for account in labels
        if old.get(account, zero) != new.get(account, zero)
    ]
    return tuple(sorted(changes, key=lambda c: (-abs(c.after - c.before), c.label)))


def _nets(entries: Iterable[PreparedEntry], labels: dict[str, str]) -> dict[str, Decimal]:
    nets: dict[str, Decimal] = {}
    for posting in (p for entry in entries for p in entry.postings):
        labels.setdefault(posting.account_id, posting.account_label)
        nets[posting.account_id] = nets.get(posting.account_id, Decimal(0)) + _signed(posting)
    return nets


def _signed(posting: PreparedPosting) -> Decimal:
    amount = posting.money.amount
    return amount if posting.side is Side.DEBIT else -amount


def span_of(days: Sequence[date]) -> Period:
    """Return the shortest period that holds all the days; there is at least one."""
    return Period(min(days), max(days))


def dump_summary(summary: Summary) -> str:
    """Write what a batch holds as JSON text; :func:`load_summary` reads it."""
    content = {
        "mode": summary.mode.value,
        "reason": summary.reason,
        "reversals": summary.reversals,
        "replacements": summary.replacements,
        "redated": summary.redated,
        "redated_to": summary.redated_to and summary.redated_to.isoformat(),
        "changes": [[c.label, str(c.before), str(c.after)] for c in summary.changes],
    }
    return json.dumps(content, ensure_ascii=False)


def load_summary(text: str) -> Summary:
    """Read what :func:`dump_summary` wrote."""
    content = json.loads(text)
    redated_to = content.get("redated_to")
    return Summary(
        mode=Mode(content["mode"]),
        reason=content["reason"],
        reversals=content["reversals"],
        replacements=content["replacements"],
        redated=content["redated"],
        redated_to=date.fromisoformat(redated_to) if redated_to else None,
        changes=tuple(
            AccountChange(label=label, before=Decimal(before), after=Decimal(after))
            for label, before, after in content["changes"]
        ),
    )
