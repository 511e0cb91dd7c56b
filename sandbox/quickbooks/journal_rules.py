"""Whether a company accepts a journal entry: the checks in the order they are made.

Each check raises the fault Intuit answers with, and returns nothing when it finds nothing. Sources
are the entity reference and the error page named in `errors` and `journal_reader`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.quickbooks.company import Account, Company, Dimension, Journal, Line, Side
from sandbox.quickbooks.errors import (
    QuickBooksFault,
    business,
    duplicate_number,
    invalid_reference,
    missing,
    object_not_found,
    period_closed,
)

_MOST_LINES = 10_000
_RECEIVABLE = "Accounts Receivable"
_PAYABLE = "Accounts Payable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An entry about to be kept, and what its acceptance depends on."""

    company: Company
    journal: Journal
    others: Iterable[Journal]
    """The company's journals; the entry itself may be among them as it stood before."""
    may_repeat_number: bool = False
    may_touch_closed_period: bool = False


def check(proposal: Proposal) -> None:
    """Accept a proposal or raise the first fault.

    Raises:
        QuickBooksFault: 610, 2020, 2500, 6000, 6140 or 6210.
    """
    for rule in _RULES:
        rule(proposal)


def check_open(company: Company, day: date) -> None:
    """Refuse with 6210 a date that lies in closed books."""
    closed = company.settings.book_close_date
    if closed is not None and day <= closed:
        raise period_closed()


def _currency(proposal: Proposal) -> None:
    company, currency = proposal.company, proposal.journal.currency
    if not company.settings.multicurrency:
        if currency not in (None, company.home_currency):
            raise business("Multi Currency should be enabled to perform this operation.")
        return
    if currency is None:
        raise QuickBooksFault(400, "ValidationFault", [missing("CurrencyRef")])
    if currency not in (company.home_currency, *company.foreign_currencies):
        raise invalid_reference("Currency", currency)


def _references(proposal: Proposal) -> None:
    company = proposal.company
    for line in proposal.journal.lines:
        if line.account is not None:
            _account(company, line.account)
        _entity(company, line)
        _dimension(company.classes, line.class_id, "Klasses")
        _dimension(company.departments, line.department, "Departments")


def _account(company: Company, id_: str) -> None:
    if not id_.isdigit():
        raise invalid_reference("Accounts", id_)
    account = company.accounts.get(id_)
    if account is None or not account.active:
        raise object_not_found("AccountRef")


def _entity(company: Company, line: Line) -> None:
    if line.entity_type is None or line.entity is None:
        return
    contact = company.contacts(line.entity_type).get(line.entity)
    if contact is None:
        raise invalid_reference("Names", line.entity)
    if not contact.active:
        raise object_not_found("EntityRef")


def _dimension(known: Mapping[str, Dimension], id_: str | None, words: str) -> None:
    if id_ is None:
        return
    if id_ not in known:
        raise invalid_reference(words, id_)
    if not known[id_].active:
        raise object_not_found(words)


def _line_count(proposal: Proposal) -> None:
    if len(proposal.journal.lines) > _MOST_LINES:
        raise business(f"A transaction can have at most {_MOST_LINES} lines.")


def _balance(proposal: Proposal) -> None:
    debits, credits_ = proposal.journal.total(Side.DEBIT), proposal.journal.total(Side.CREDIT)
    if debits != credits_:
        raise business(f"You must balance debits ({debits}) and credits ({credits_}).")
    if debits == Decimal(0):
        raise business("A journal entry needs at least one debit and one credit line.")


def _account_of(company: Company, line: Line) -> Account | None:
    return None if line.account is None else company.accounts[line.account]


def _receivables(proposal: Proposal) -> None:
    controlled = 0
    for line in proposal.journal.lines:
        account = _account_of(proposal.company, line)
        kind = account.type if account else None
        if kind == _RECEIVABLE and line.entity_type != "Customer":
            raise business(
                "When you use Accounts Receivable, you must choose a customer in the Name field."
            )
        if kind == _PAYABLE and line.entity_type != "Vendor":
            raise business(
                "When you use Accounts Payable, you must choose a vendor in the Name field."
            )
        controlled += kind in (_RECEIVABLE, _PAYABLE)
    if controlled > 1 and proposal.company.settings.single_receivable_line:
        raise business("You can only use one receivable or payable account at a time.")


def _account_currencies(proposal: Proposal) -> None:
    company = proposal.company
    currency = proposal.journal.currency or company.home_currency
    for line in proposal.journal.lines:
        account = _account_of(company, line)
        if account is None:
            continue
        own = company.account_currency(account)
        # Only receivable and payable accounts of the home currency refuse a foreign journal.
        fixed = account.type in (_RECEIVABLE, _PAYABLE)
        if own != currency and (fixed or own != company.home_currency):
            raise business(
                "You can only use one foreign currency per transaction: account "
                f"{account.name} is in {own}, the transaction in {currency}."
            )


def _contact_currencies(proposal: Proposal) -> None:
    company = proposal.company
    currency = proposal.journal.currency or company.home_currency
    for line in proposal.journal.lines:
        if line.entity_type not in ("Customer", "Vendor") or line.entity is None:
            continue
        contact = company.contacts(line.entity_type)[line.entity]
        if (contact.currency or company.home_currency) != currency:
            raise business(f"The currency of {contact.name} differs from the transaction's.")


def _closed_period(proposal: Proposal) -> None:
    if not proposal.may_touch_closed_period:
        check_open(proposal.company, proposal.journal.txn_date)


def _number(proposal: Proposal) -> None:
    if proposal.may_repeat_number or not proposal.company.settings.warn_duplicate_journal_number:
        return
    journal = proposal.journal
    if journal.doc_number is None:
        return
    holders = {other.id for other in proposal.others if other.doc_number == journal.doc_number}
    if holders - {journal.id}:
        raise duplicate_number()


_RULES: tuple[Callable[[Proposal], None], ...] = (
    _line_count,
    _currency,
    _references,
    _balance,
    _receivables,
    _account_currencies,
    _contact_currencies,
    _closed_period,
    _number,
)
