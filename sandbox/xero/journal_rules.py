"""Whether an organisation accepts a manual journal.

Which accounts: https://help.xero.com/uk/Chart-LockedSystem, the manual journals page of the API
and https://help.xero.com/nz/Q_Accruals_ARAP. The text on totals is the specification's; those on
accounts and lock dates were seen on other documents; the others are guesses.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.xero.journal_reader import not_valid
from sandbox.xero.organisation import Account, Journal, Organisation, Settings, Status

_REFUSED_TYPES = frozenset({"BANK", "INVENTORY"})
_REFUSED_SYSTEM_ACCOUNTS = frozenset(
    {
        "DEBTORS",
        "CREDITORS",
        "BANKCURRENCYGAIN",
        "UNREALISEDCURRENCYGAIN",
        "TRACKINGTRANSFERS",
        "UNPAIDEXPCLM",
        "WAGEPAYABLES",
    }
)
_TAX_ACCOUNTS = frozenset({"GST", "GSTONIMPORTS"})
_MOVES = {
    None: frozenset({Status.DRAFT, Status.POSTED}),
    Status.DRAFT: frozenset({Status.DRAFT, Status.POSTED, Status.DELETED}),
    Status.POSTED: frozenset({Status.POSTED, Status.VOIDED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A journal about to be kept, and what its acceptance depends on."""

    organisation: Organisation
    journal: Journal
    current: Journal | None = None
    """The journal as it stood, when this is a change."""
    adviser: bool = False
    """An adviser proposes it, whom the period lock date does not bind (practice)."""


def findings(proposal: Proposal) -> list[str]:
    """What speaks against a proposal; nothing when it may be kept."""
    return [finding for rule in _RULES for finding in rule(proposal)]


def is_refused(account: Account, settings: Settings) -> bool:
    """Whether a manual journal may not use an account, for its type or its role."""
    system = account.system_account
    return (
        account.type in _REFUSED_TYPES
        or system in _REFUSED_SYSTEM_ACCOUNTS
        or (system == "RETAINEDEARNINGS" and settings.refuse_retained_earnings)
        or (system == "ROUNDING" and settings.refuse_rounding)
        or (system in _TAX_ACCOUNTS and settings.refuse_tax_accounts)
    )


def _status(proposal: Proposal) -> Iterator[str]:
    was = proposal.current.status if proposal.current else None
    if proposal.journal.status not in _MOVES.get(was, frozenset()):
        yield f"A journal of status {was} cannot be given the status {proposal.journal.status}"


def _narration(proposal: Proposal) -> Iterator[str]:
    if not proposal.journal.narration.strip():
        yield "Narration is a mandatory field"


def _lines(proposal: Proposal) -> Iterator[str]:
    journal = proposal.journal
    if len(journal.lines) < 2:
        yield "A manual journal must have at least two journal lines"
    elif journal.debits + journal.credits != 0:
        debits, credits_ = journal.debits, journal.credits
        yield f"The total debits ({debits:.2f}) must equal total credits ({credits_:.2f})"


def _accounts(proposal: Proposal) -> Iterator[str]:
    organisation = proposal.organisation
    for line in proposal.journal.lines:
        account = organisation.accounts[line.account]
        if is_refused(account, organisation.settings):
            yield not_valid(account.code)
        elif not account.active:
            yield (
                f"Account code '{account.code or ''}' has been archived, or has been deleted. "
                "Each line item must reference a valid account."
            )


def _tax(proposal: Proposal) -> Iterator[str]:
    """Tax amounts are outside this stand-in: only `NONE` where amounts carry tax."""
    journal = proposal.journal
    if journal.line_amount_types == "NoTax":
        return
    for line in journal.lines:
        account = proposal.organisation.accounts[line.account]
        tax_type = line.tax_type or account.tax_type
        if tax_type != "NONE":
            yield (
                f"The TaxType code '{tax_type}' cannot be used with account code "
                f"'{account.code or ''}'"
            )


def _lock_dates(proposal: Proposal) -> Iterator[str]:
    """A journal may neither be dated in locked days nor be moved out of them."""
    settings = proposal.organisation.settings
    days = [it.journal_date for it in (proposal.journal, proposal.current) if it is not None]
    year_lock, period_lock = settings.end_of_year_lock_date, settings.period_lock_date
    if year_lock is not None and min(days) <= year_lock:
        yield _locked("end of year lock date", f"{year_lock:%d %b %Y}")
        return
    bound = not (proposal.adviser or settings.adviser)
    if bound and period_lock is not None and min(days) <= period_lock:
        yield _locked("period lock date", f"{period_lock:%d %b %Y}")


def _locked(name: str, until: str) -> str:
    return f"The document date cannot be before the {name}, currently set at {until}"


_RULES: tuple[Callable[[Proposal], Iterator[str]], ...] = (
    _status,
    _narration,
    _lines,
    _accounts,
    _tax,
    _lock_dates,
)
