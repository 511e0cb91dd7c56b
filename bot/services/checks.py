"""Checks: what the doctor looks at, in the order of the product's guide, each with its remedy.

Pure: the facts come in as a :class:`Patient`, findings come out. "Sync fails with no specific
error" in the guide has the first four; whoever mends from the top mends the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.services.prerequisites import Prerequisites
from ledger.approval import approver_gap
from ledger.attempts import FailedAttempt
from ledger.books import Books
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.periods import day_label
from ledger.problems import CATALOGUE, Problem, ProblemCode
from ledger.report import ProblemGroup

SCOPES = frozenset(
    {
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:read",
        "im:write",
        "users:read",
    }
)
"""What the bot needs, as ``slack_manifest.json`` asks for it."""
MOST_APART_S = 60
"""Slack refuses nothing before 300 s, but tokens and signatures suffer sooner:
https://docs.slack.dev/authentication/verifying-requests-from-slack"""
_AUTH = frozenset({ProblemCode.AUTH_EXPIRED, ProblemCode.CREDENTIALS_INVALID})


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It could not be looked at now, or only a push can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""
    """One action; never empty for what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNumber:
    """An entry in the ERP with a number of ours that is in none of our deliveries."""

    number: str
    erp_id: str
    is_accounted: bool
    """A person said already that it is not ours: it stops nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackState:
    """How Slack answered."""

    refusal: str | None = None
    """Slack's own word for why it refuses the bot's token."""
    is_away: bool = False
    scopes: frozenset[str] | None = None
    """What the token may; none when Slack did not say."""
    apart_s: float | None = None
    """Seconds between this machine's clock and Slack's; none when Slack did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Everything the checks look at."""

    organisation: Organisation
    company: Company | None
    at: datetime
    prerequisites: Prerequisites | None
    problems: tuple[ProblemGroup, ...]
    counts: Mapping[DeliveryState, int]
    erp_problem: Problem | None
    """Why the ERP could not be read; none when it was."""
    books: Books | None
    """As the ERP has them now, else as last imported."""
    unknown: tuple[UnknownNumber, ...]
    failed: tuple[FailedAttempt, ...]
    slack: SlackState
    is_served: bool
    """A process runs the engine."""
    overdue: int
    """Runs that should have gone on some minutes ago."""
    approvers: int
    """How many people may approve."""
    stuck: int = 0
    """Pieces of work that have not moved for half an hour, in the whole installation."""


def examine(patient: Patient) -> tuple[Finding, ...]:
    """Run every check, in order."""
    return tuple(finding for check in CHECKS for finding in check(patient))


def _mapped(patient: Patient) -> Iterator[Finding]:
    p = patient.prerequisites
    if p is None:
        yield _unknown("accounts mapped", _NO_COMPANY, _CONNECT)
    elif p.everything_mapped:
        yield _ok("accounts mapped", f"all {p.needed:,}.")
    elif p.missing_dimensions and p.mapped == p.needed:
        names = ", ".join(gap.dimension.name for gap in p.missing_dimensions)
        says = f"{names}: required, and missing in some transactions."
        yield _wrong("accounts mapped", says, "Choose it with `/integral unmapped`.")
    elif not p.needed:
        remedy = "Import them with `/integral import`."
        yield _wrong("accounts mapped", "there are no transactions that need an account.", remedy)
    else:
        says = f"{p.needed - p.mapped:,} of {p.needed:,} have no account in the ERP."
        yield _wrong("accounts mapped", says, "Choose them with `/integral unmapped`.")


def _settings(patient: Patient) -> Iterator[Finding]:
    p = patient.prerequisites
    check = "settings configured and active"
    if p is None:
        yield _unknown(check, _NO_COMPANY, _CONNECT)
    elif p.settings_configured:
        yield _ok(check, "saved, with every required account.")
    else:
        missing = ", ".join(role.value.replace("_", " ") for role in p.missing_roles)
        says = f"no account for {missing}." if p.settings_saved else "they were never saved."
        yield _wrong(check, says, "Save them with `/integral settings`.")


def _credentials(patient: Patient) -> Iterator[Finding]:
    check, company, problem = "credentials valid", patient.company, patient.erp_problem
    if company is None:
        yield _wrong(check, _NO_COMPANY, _CONNECT)
    elif company.connection is not ConnectionState.ACTIVE:
        says = f"{company.name} is not connected."
        yield _wrong(check, says, "Sign in again with `/integral reauthorize`.")
    elif problem is None:
        yield _ok(check, f"{company.provider.label} company {company.name} answers.")
    elif problem.code in _AUTH:
        yield _wrong(check, problem.message, CATALOGUE[problem.code].remedy)
    else:
        yield _unknown(check, problem.message, CATALOGUE[problem.code].remedy)


def _write_access(patient: Patient) -> Iterator[Finding]:
    check, code = "write access to journal entries", ProblemCode.NO_WRITE_PERMISSION
    last = patient.failed[0] if patient.failed else None
    problem = patient.erp_problem
    if (problem and problem.code is code) or (last and last.code is code):
        says = "the ERP said that the user who connected it may not create journal entries."
        yield _wrong(check, says, CATALOGUE[code].remedy)
    elif any(patient.counts.get(state) for state in IN_THE_ERP):
        yield _ok(check, "the ERP has taken entries from us.")
    else:
        says = "no ERP tells before the first entry is sent."
        remedy = "See that the user who connected the ERP may create journal entries there."
        yield _unknown(check, says, remedy)


def _pushes(patient: Patient) -> Iterator[Finding]:
    company = patient.company
    if company is not None and company.pushes_enabled:
        yield _ok("pushes enabled", f"into {company.name}.")
    elif company is None:
        yield _unknown("pushes enabled", _NO_COMPANY, _CONNECT)
    else:
        yield _wrong("pushes enabled", "they are paused.", "Enable them with `/integral resume`.")


def _never_imported(check: str, patient: Patient) -> Finding:
    if patient.company is None:
        return _unknown(check, _NO_COMPANY, _CONNECT)
    return _unknown(check, "the books were never imported.", _REFRESH)


def _currency(patient: Patient) -> Iterator[Finding]:
    check, base, books = "functional currency", patient.organisation.base_currency, patient.books
    if books is None:
        yield _never_imported(check, patient)
    elif books.functional_currency == base:
        yield _ok(check, f"{base} on both sides.")
    else:
        says = f"the company's is {books.functional_currency}, the organisation's {base}."
        yield _wrong(check, says, CATALOGUE[ProblemCode.CURRENCY_MISMATCH].remedy)


def _locks(patient: Patient) -> Iterator[Finding]:
    check, books = "period locks", patient.books
    closed = [g for g in patient.problems if g.code is ProblemCode.PERIOD_CLOSED]
    through = day_label(books.lock_date if books else None)
    if books is None:
        yield _never_imported(check, patient)
    elif closed:
        says = f"{closed[0].count:,} transactions are dated in books closed through {through}."
        yield _wrong(check, says, closed[0].remedy)
    else:
        until = f"closed through {through}; nothing that waits is dated there."
        yield _ok(check, until if books.lock_date else "no period is closed.")


def _numbers(patient: Patient) -> Iterator[Finding]:
    check = "journal numbers"
    stopping = [each for each in patient.unknown if not each.is_accounted]
    if stopping:
        says = (
            f"the ERP has {len(stopping):,} numbers of ours that we do not know: nothing is sent."
        )
        remedy = "Adopt them after a restored backup; cut over after a second installation."
        yield _wrong(check, says, remedy)
    elif patient.erp_problem is not None or patient.company is None:
        yield _unknown(check, "the ERP could not be searched.", "Mend its connection first.")
    else:
        known = len(patient.unknown)
        more = f"; {known:,} are known to be nobody's here" if known else ""
        yield _ok(check, f"every number of ours in the ERP is accounted for{more}.")


def _copies(patient: Patient) -> Iterator[Finding]:
    diverged = patient.counts.get(DeliveryState.DIVERGED, 0)
    if diverged:
        says = f"{diverged:,} entries in the ERP are no longer as approved."
        remedy = "Look at them with `/integral verify PERIOD` and mend them in the ERP."
        yield _wrong("posted entries", says, remedy)
    else:
        yield _ok("posted entries", "none is known to differ.")


def _approvers(patient: Patient) -> Iterator[Finding]:
    gap = approver_gap(patient.organisation.policies, patient.approvers)
    if gap is not None:
        yield _wrong("approvers", gap.says, gap.remedy)
    else:
        yield _ok("approvers", f"{patient.approvers:,} may decide, as many as are needed.")


def _slack(patient: Patient) -> Iterator[Finding]:
    yield from slack_findings(patient.slack)


def slack_findings(state: SlackState) -> Iterator[Finding]:
    """Say what Slack answered."""
    if state.is_away:
        remedy = "Check the network and https://slack-status.com; messages wait meanwhile."
        yield _unknown("Slack", "it does not answer.", remedy)
    elif state.refusal is not None:
        says = f"it refuses our token ({state.refusal})."
        yield _wrong("Slack", says, "Install the app again, and set its bot token anew.")
    else:
        yield _ok("Slack", "it answers.")
        yield _scopes(state)


def _scopes(state: SlackState) -> Finding:
    if state.scopes is None:
        remedy = "Compare the app's scopes with slack_manifest.json."
        return _unknown("Slack scopes", "Slack did not name them.", remedy)
    missing = sorted(SCOPES - state.scopes)
    if missing:
        remedy = "Add them to the Slack app as in slack_manifest.json, and install it again."
        return _wrong("Slack scopes", f"missing: {', '.join(missing)}.", remedy)
    return _ok("Slack scopes", "all that are needed.")


def _clock(patient: Patient) -> Iterator[Finding]:
    apart = patient.slack.apart_s
    remedy = "Let the machine set its clock from the network (NTP)."
    if apart is None:
        yield _unknown("clock", "there was nothing to compare it with.", remedy)
    elif abs(apart) > MOST_APART_S:
        yield _wrong("clock", f"it is {abs(apart):,.0f} seconds away from Slack's.", remedy)
    else:
        yield _ok("clock", "it agrees with Slack's.")


def _database(_: Patient) -> Iterator[Finding]:
    # Whatever else was found was read from it.
    yield _ok("database", "it answers and is up to date.")


def _engine(patient: Patient) -> Iterator[Finding]:
    if not patient.is_served:
        yield _wrong("engine", "no server runs.", "Start `integral serve`.")
    elif patient.stuck:
        says = f"{patient.stuck:,} pieces of work have not moved for half an hour."
        remedy = "See that a worker runs, and look at its log; the runbook has *Stuck work*."
        yield _wrong("engine", says, remedy)
    elif patient.overdue:
        says = f"{patient.overdue:,} runs should have gone on some minutes ago."
        yield _wrong("engine", says, "Start `integral serve` again and look at its log.")
    else:
        yield _ok("engine", "a server runs and nothing is overdue.")


Check = Callable[[Patient], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    _mapped,
    _settings,
    _credentials,
    _write_access,
    _pushes,
    _currency,
    _locks,
    _numbers,
    _copies,
    _approvers,
    _slack,
    _clock,
    _database,
    _engine,
)
"""In the order in which they are shown and mended."""

_NO_COMPANY = "no company is connected."
_CONNECT = "Connect your company with `/integral connect`."
_REFRESH = "Import them with `/integral accounts refresh`."


def _ok(check: str, says: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, says=says)


def _wrong(check: str, says: str, remedy: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WRONG, says=says, remedy=remedy)


def _unknown(check: str, says: str, remedy: str) -> Finding:
    return Finding(check=check, verdict=Verdict.UNKNOWN, says=says, remedy=remedy)
