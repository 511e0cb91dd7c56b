"""Whether an account accepts a journal entry: the checks in the order they are made.

Each check raises the error NetSuite answers with, and returns nothing when it finds nothing. Rules:
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html; that
`NonPosting` and `Stat` accounts, summary accounts and accounts of another currency are refused, and
that receivables need a customer and payables a vendor, is practice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.netsuite.account import Dimension, Journal, Line, NetSuiteAccount, Period, Side
from sandbox.netsuite.errors import (
    NetSuiteError,
    invalid_reference,
    invalid_value,
    missing,
    not_settable,
    user_error,
)

_UNUSABLE_TYPES = ("NonPosting", "Stat")
_CONTROLLED = {"AcctRec": "customer", "AcctPay": "vendor"}
_LABELS = {"department": "Department", "class": "Class", "location": "Location"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A journal about to be kept, its currency and period filled in."""

    account: NetSuiteAccount
    journal: Journal
    holder: str | None
    """The id of the transaction that has the external id already."""
    by_hand: bool = False


def check(proposal: Proposal) -> None:
    """Accept a proposal or raise the first error.

    Raises:
        NetSuiteError: USER_ERROR, or the code that a duplicate is given.
    """
    for rule in _RULES:
        rule(proposal)


def check_subsidiary(account: NetSuiteAccount, journal: Journal) -> None:
    """Refuse a missing or unusable subsidiary, or any where there is no OneWorld."""
    if not account.settings.one_world:
        if journal.subsidiary is not None:
            raise not_settable("subsidiary")
        return
    if journal.subsidiary is None:
        raise missing("Subsidiary", "subsidiary")
    subsidiary = account.subsidiaries.get(journal.subsidiary)
    if subsidiary is None:
        raise invalid_reference("subsidiary", journal.subsidiary, "subsidiary")
    if subsidiary.elimination or not subsidiary.active:
        raise invalid_value("subsidiary", journal.subsidiary, "subsidiary")


def check_open(account: NetSuiteAccount, period: Period, *, by_hand: bool) -> None:
    """Refuse a closed period, and to all but administrators a locked one."""
    words = account.settings.words
    if period.closed:
        raise user_error(words.closed_period, "postingPeriod")
    if period.locked and not by_hand:
        raise user_error(words.locked_period, "postingPeriod")


def _duplicate(proposal: Proposal) -> None:
    if proposal.holder not in (None, proposal.journal.id):
        words = proposal.account.settings.words
        raise NetSuiteError(
            400,
            words.duplicate_code,
            f"Error while accessing a resource. {words.duplicate_detail}",
            path="externalId",
        )


def _currency(proposal: Proposal) -> None:
    currency = proposal.journal.currency
    if currency not in proposal.account.currencies:
        raise invalid_reference("currency", currency, "currency")


def _period(proposal: Proposal) -> None:
    account, journal = proposal.account, proposal.journal
    period = account.periods.get(journal.period)
    if period is None and journal.period:
        raise invalid_reference("postingPeriod", journal.period, "postingPeriod")
    outside = period is None or not period.start <= journal.tran_date <= period.end
    if period is None or (outside and not account.settings.allow_date_outside_period):
        raise user_error(
            "The transaction date you specified is not within the date range of your "
            "accounting period.",
            "tranDate",
        )
    if not period.posting:
        raise invalid_value("postingPeriod", period.id, "postingPeriod")
    check_open(account, period, by_hand=proposal.by_hand)


def _line_count(proposal: Proposal) -> None:
    if len(proposal.journal.lines) < 2:
        raise user_error("You must enter at least two lines for this transaction.", "line")


def _accounts(proposal: Proposal) -> None:
    journal = proposal.journal
    for line in journal.lines:
        path = _path(line, "account")
        account = proposal.account.accounts.get(line.account)
        if account is None:
            raise invalid_reference("account", line.account, path)
        usable = account.active and not account.summary and account.type not in _UNUSABLE_TYPES
        own = account.currency or journal.currency
        if not usable or not account.belongs_to(journal.subsidiary) or own != journal.currency:
            raise invalid_value("account", line.account, path)


def _entities(proposal: Proposal) -> None:
    for line in proposal.journal.lines:
        if line.entity is None:
            continue
        path = _path(line, "entity")
        entity = proposal.account.entity(line.entity)
        if entity is None:
            raise invalid_reference("entity", line.entity, path)
        if not entity.active or not entity.belongs_to(proposal.journal.subsidiary):
            raise invalid_value("entity", line.entity, path)


def _receivables(proposal: Proposal) -> None:
    account = proposal.account
    lists = {"customer": account.customers, "vendor": account.vendors}
    for line in proposal.journal.lines:
        needed = _CONTROLLED.get(account.accounts[line.account].type)
        if needed is not None and line.entity not in lists[needed]:
            raise user_error(
                f"Please choose a {needed} in the Name field of each line that posts to "
                f"{account.accounts[line.account].name}.",
                _path(line, "entity"),
            )


def _dimensions(proposal: Proposal) -> None:
    required = proposal.account.settings.required_dimensions
    for field, values in proposal.account.dimension_lists().items():
        for line in proposal.journal.lines:
            _dimension(proposal, line, field, values)
            if field in required and line.dimension(field) is None:
                label = _LABELS.get(field) or proposal.account.segments[field].name
                raise missing(label, _path(line, field))


def _dimension(proposal: Proposal, line: Line, field: str, values: dict[str, Dimension]) -> None:
    id_ = line.dimension(field)
    if id_ is None:
        return
    if id_ not in values:
        raise invalid_reference(field, id_, _path(line, field))
    usable = values[id_].active and values[id_].belongs_to(proposal.journal.subsidiary)
    if not usable:
        raise invalid_value(field, id_, _path(line, field))


def _balance(proposal: Proposal) -> None:
    journal = proposal.journal
    if journal.total(Side.DEBIT) != journal.total(Side.CREDIT):
        raise user_error("The amounts in a journal entry must balance.", "line")


def _path(line: Line, field: str) -> str:
    return f"line.items[{line.number - 1}].{field}"


_RULES: tuple[Callable[[Proposal], None], ...] = (
    _currency,
    _period,
    _line_count,
    _accounts,
    _entities,
    _receivables,
    _dimensions,
    _balance,
    _duplicate,
)
