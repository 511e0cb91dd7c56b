"""Selections: which entries a person means after ``/integral undo``, in words and as deliveries.

``RUN``, ``PERIOD`` and filters may stand together; an entry must fit all of them. Reads only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from bot.services.errors import Refusal
from bot.services.ports import UnitOfWork
from ledger.books import Books
from ledger.numbers import NumberError, parse_number
from ledger.organisation import Company, Organisation
from ledger.periods import Period, PeriodError, parse_period
from ledger.runs import Delivery, Run

SHORT_ID = 8
"""How many of a run's last characters name it."""
_RECENT_RUNS = 300
_LONGEST = 1500
"""Characters that a button of Slack can carry beside ids: it takes 2,000."""
_SHORT = re.compile(r"[0-9a-f]{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FORMS = (
    "Name what to undo: a run (8 characters, as `/integral undo` lists them), a period such as"
    " 2026-01, journal numbers, `stale`, `account NAME` or `category NAME`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a person named; an entry must fit everything that is given."""

    words: tuple[str, ...]
    """As typed, so that a button can carry them."""
    run: str | None = None
    """A run's id, or the end of it."""
    period: Period | None = None
    numbers: frozenset[str] = frozenset()
    account: str | None = None
    """An account's name, code or number, in any case."""
    category: str | None = None
    only_stale: bool = False


def short_id(run: Run) -> str:
    """Return the characters that name a run."""
    return run.id[-SHORT_ID:]


def fingerprint(deliveries: Iterable[Delivery]) -> str:
    """Return what tells one set of entries from another, short enough for a button."""
    return sha256("\n".join(sorted(d.id for d in deliveries)).encode()).hexdigest()[:12]


def as_typed(words: Iterable[str]) -> str:
    """Return words as they are typed: a name with spaces stands in quotation marks."""
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def read_selection(words: Sequence[str], *, today: date) -> Selection:
    """Read what was typed.

    Raises:
        Refusal: when a word is none of the accepted forms, or nothing is named.
    """
    if sum(len(word) + 3 for word in words) > _LONGEST:
        raise Refusal("That names too much at once; name fewer, or a period or a run.")
    given, numbers, period = _read_words(list(words), today)
    if not (given or numbers or period):
        raise Refusal(_FORMS, next_step="/integral undo")
    return Selection(
        words=tuple(words),
        run=given.get("run"),
        period=period,
        numbers=frozenset(numbers),
        account=given.get("account"),
        category=given.get("category"),
        only_stale="stale" in given,
    )


def _read_words(rest: list[str], today: date) -> tuple[dict[str, str], set[str], Period | None]:
    """Return filters by name, journal numbers, and the period."""
    given: dict[str, str] = {}
    numbers: set[str] = set()
    period: Period | None = None
    while rest:
        word = rest.pop(0)
        plain = word.lower().strip(",")
        if plain in {"account", "category"}:
            given[plain] = _argument(plain, rest)
        elif plain == "stale":
            given[plain] = plain
        elif _is_number(word.strip(",").upper()):
            numbers.add(word.strip(",").upper())
        elif plain == "run":
            continue
        elif _SHORT.fullmatch(plain):
            given["run"] = plain
        else:
            period = _period(word, today)
    return given, numbers, period


def _argument(name: str, rest: list[str]) -> str:
    if not rest:
        raise Refusal(
            f"Say which {name}: `/integral undo {name} NAME`; put a name with spaces in "
            "quotation marks."
        )
    return rest.pop(0)


def _is_number(word: str) -> bool:
    try:
        parse_number(word)
    except NumberError:
        return False
    return True


def _period(word: str, today: date) -> Period:
    try:
        return parse_period(word, today=today)
    except PeriodError as error:
        raise Refusal(f"“{word[:40]}” is nothing to undo by. {_FORMS}") from error


async def find_selected(
    unit: UnitOfWork, organisation: Organisation, company: Company, selection: Selection
) -> list[Delivery]:
    """Return the company's entries that a selection names, lowest number first.

    Raises:
        Refusal: when there is no such run, account or category here.
    """
    accounts = await _accounts(unit, company, selection)
    of_category = await _of_category(unit, organisation, company, selection)
    found = await _base(unit, organisation, company, selection)
    if found is None:
        on_accounts = await unit.deliveries.ids_on_accounts(company.id, accounts or ())
        ids = [ids for ids in (on_accounts if accounts else None, of_category) if ids is not None]
        found = await unit.deliveries.by_ids(company.id, sorted(set.intersection(*ids)))
    tests = _tests(selection, accounts, of_category)
    return [d for d in found if all(test(d) for test in tests)]


async def _base(
    unit: UnitOfWork, organisation: Organisation, company: Company, selection: Selection
) -> list[Delivery] | None:
    """Return the smallest set that can be read at once; none where only filters are named."""
    if selection.run is not None:
        run = await _run(unit, organisation, selection.run)
        return [d for d in await unit.deliveries.of_run(run.id) if d.company_id == company.id]
    if selection.numbers:
        return await unit.deliveries.of_numbers(company.id, selection.numbers)
    if selection.only_stale:
        return await unit.deliveries.stale(company.id)
    if selection.period is not None:
        period = selection.period
        return await unit.deliveries.in_period(company.id, period.first, period.last)
    return None


async def _run(unit: UnitOfWork, organisation: Organisation, named: str) -> Run:
    recent = await unit.runs.recent(organisation.id, _RECENT_RUNS)
    found = [run for run in recent if run.id.endswith(named)]
    if len(found) != 1:
        raise Refusal(f"There is no run {named} here.", next_step="/integral undo")
    return found[0]


Test = Callable[[Delivery], bool]


def _tests(
    selection: Selection, accounts: frozenset[str] | None, of_category: set[str] | None
) -> list[Test]:
    tests: list[Test] = []
    period = selection.period
    if period is not None:
        tests.append(lambda d: d.entry.entry_date in period)
    if selection.numbers:
        tests.append(lambda d: d.entry.number in selection.numbers)
    if selection.only_stale:
        tests.append(lambda d: d.is_stale)
    if accounts is not None:
        tests.append(lambda d: any(p.account_id in accounts for p in d.entry.postings))
    if of_category is not None:
        tests.append(lambda d: d.id in of_category)
    return tests


async def _accounts(
    unit: UnitOfWork, company: Company, selection: Selection
) -> frozenset[str] | None:
    """Return the ids of the accounts that are meant; none when none is named."""
    if selection.account is None:
        return None
    books = await unit.companies.books(company.id)
    ids = _ids_of(books, selection.account.casefold())
    if not ids:
        raise Refusal(
            f"There is no account “{selection.account[:60]}” in the chart.",
            next_step="/integral accounts",
        )
    return ids


def _ids_of(books: Books | None, wanted: str) -> frozenset[str]:
    return frozenset(
        account.erp_id
        for account in (books.accounts if books else ())
        if wanted
        in {
            account.name.casefold(),
            (account.code or "").casefold(),
            account.label.casefold(),
            account.erp_id.casefold(),
        }
    )


async def _of_category(
    unit: UnitOfWork, organisation: Organisation, company: Company, selection: Selection
) -> set[str] | None:
    """Return the ids of the live entries of the category that is meant; none when none is named."""
    if selection.category is None:
        return None
    wanted = selection.category.casefold()
    known = await unit.transactions.categories(organisation.id)
    meant = [category for category in known if category.casefold() == wanted]
    if not meant:
        raise Refusal(f"No transaction has the category “{selection.category[:60]}”.")
    return await unit.deliveries.ids_of_categories(company.id, meant)
