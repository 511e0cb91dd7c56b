"""Views of a month's end: the dry run, the pre-check, and what kept it from starting.

Pure. For the finance channel: counts and totals, causes with their remedies, no details.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.services.month_ends import MonthEndReport, NotStarted
from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from bot.views.prerequisites import checklist
from bot.views.runs import typed_period
from ledger.periods import day_label, period_label
from ledger.problems import CATALOGUE, ProblemCode
from ledger.schedules import Moment

_TITLES = {Moment.DRY_RUN: "Dry run", Moment.PRE_CHECK: "Pre-check"}
_SHOWN = 8


def report(found: MonthEndReport) -> Said:
    """Draw what a month's end would find now, in the order of the guide's prerequisites."""
    title = f"{_TITLES.get(found.moment, 'Month end')} of {period_label(found.month)}"
    name = kit.escape(found.company.name)
    into = f"{name} ({found.company.provider.label})"
    sign, verdict = (
        (":white_check_mark:", "nothing is in its way")
        if found.is_ready
        else (":warning:", "something needs you")
    )
    lines = [
        f"would go: *{count(found.entries, 'entry', 'entries')}*, *{found.total}*",
        f"would be blocked: *{count(found.blocked, 'transaction')}*",
    ]
    if found.held:
        lines.append(f"held as possible duplicates: *{found.held:,}*: `/integral duplicates`")
    if found.late.count:
        lines.append(f"late, of closed months: *{found.late.count:,}*: `/integral approvals`")
    blocks = [
        kit.header(title),
        kit.section(f"{sign} *{kit.escape(found.organisation.name)}* into {into}: {verdict}."),
        *checklist(found.prerequisites),
        kit.section("\n".join(_after_settings(found))),
        kit.section(bullets(lines)),
    ]
    blocks += _causes(found)
    blocks.append(next_step(_next(found)))
    return Drawn.of(f"{title}: {verdict}.", *blocks).said()


def _causes(found: MonthEndReport) -> Iterator[kit.Block]:
    for group in found.problems[:_SHOWN]:
        number = count(group.count, "transaction")
        words = f":small_orange_diamond: *{group.title}*: {number} blocked\n{group.remedy}"
        yield kit.section(words)
    more = len(found.problems) - _SHOWN
    if more > 0:
        yield kit.context(f"… and {count(more, 'more cause')}; they come up as these are mended.")


def not_started(found: NotStarted) -> Said:
    """Draw why a month's end could not begin."""
    month = period_label(found.month)
    text = f"The month end of {month} could not begin: {found.why.text}"
    typed = f"`{found.why.next_step}`, then " if found.why.next_step else ""
    return Drawn.of(
        text,
        kit.section(f":warning: *{kit.escape(found.organisation.name)}*: {kit.escape(text)}"),
        next_step(f"{typed}`/integral sync {typed_period(found.month)}` prepares it."),
    ).said()


def _after_settings(found: MonthEndReport) -> Iterator[str]:
    """Say how it stands with dimensions, currency, lock dates and credentials, in this order."""
    by_code = {group.code: group for group in found.problems}
    dimension = by_code.get(ProblemCode.DIMENSION_REQUIRED)
    yield _line("4. Dimensions", f"{dimension.count:,} lack one" if dimension else "")
    currency = by_code.get(ProblemCode.CURRENCY_MISMATCH)
    yield _line("5. Currency", f"{currency.count:,} in another one" if currency else "")
    yield _line("6. Lock dates", _locked(found))
    problem = found.erp_problem
    if problem is None:
        yield _line("7. Credentials", "")
    else:
        words = f"{kit.escape(problem.message)} {CATALOGUE[problem.code].remedy}"
        yield _line("7. Credentials", words)
    gap = found.approver_gap
    yield _line("8. Approvers", f"{kit.escape(gap.says)} {gap.remedy}" if gap else "")
    if not found.company.pushes_enabled:
        yield _line("Pushes", "paused: `/integral resume`")


def _locked(found: MonthEndReport) -> str:
    if found.books is None:
        return "unknown, as the books were never imported. `/integral accounts refresh`"
    if not found.is_locked:
        return ""
    through = day_label(found.books.lock_date)
    closed = f"{found.company.provider.label}'s books are closed through {through}"
    return f"{closed}. {CATALOGUE[ProblemCode.PERIOD_CLOSED].remedy}"


def _line(name: str, wrong: str) -> str:
    return f":x: *{name}*: {wrong}" if wrong else f":white_check_mark: *{name}*"


def _next(found: MonthEndReport) -> str:
    month = typed_period(found.month)
    if found.is_ready:
        return "nothing; when the month has ended, a card asks for approval here."
    if not found.company.pushes_enabled:
        return (
            "mend the causes above, then `/integral resume`: while pushes are paused, the month's "
            f"push waits. `/integral preview {month}` shows it now."
        )
    return (
        "mend the causes above, from the top; when the month has ended, a card asks for approval "
        f"of what is ready. `/integral preview {month}` shows it now."
    )
