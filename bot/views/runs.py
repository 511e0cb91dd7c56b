"""Views of a run: the progress message that becomes its report, and the preview before it.

Pure: data to blocks. In the channel stand counts and totals; details are for those who ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.services.previews import Preview
from bot.services.status import RunStatus
from bot.views import doctor, kit
from bot.views.drawn import Drawn, bullets, count, next_step, person
from bot.views.run_counts import counted, not_ended
from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.organisation import Provider
from ledger.periods import Period, day_label, last_of_month, period_label
from ledger.problems import CATALOGUE, ProblemCode
from ledger.report import AccountTotal, ProblemGroup
from ledger.runs import BatchState, RunKind, RunState, Trigger

_BAR = 12
_SHOWN_ENTRIES = 5
_SHOWN_ACCOUNTS = 12
_WHERE_TO_LOOK = {
    Provider.QUICKBOOKS: "Accounting → Chart of Accounts → an account of yours → Transactions",
    Provider.XERO: "Business → General Ledger → an account of yours",
    Provider.NETSUITE: "Accounting → Transactions → Journal Entries",
    Provider.JOURNAL_FILE: "the file that `/integral export` gives you",
}
"""As the product's guide says it."""


def progress(status: RunStatus) -> Drawn:
    """Draw the one message of a run, from its start to its report."""
    headline, lines = _headline(status), list(_lines(status))
    blocks = [kit.section(f"{headline}\n{bullets(lines)}" if lines else headline)]
    blocks += [_problem(group) for group in status.problems[:8]]
    if status.run.state is RunState.FINISHED and status.in_the_erp:
        blocks += _look(status)
    if (status.run.waiting_for or "").endswith(CATALOGUE[ProblemCode.NUMBER_UNKNOWN].remedy):
        blocks += doctor.ways_out(status.organisation, status.company)
    blocks.append(kit.context(_requested(status)))
    is_push = status.run.kind is RunKind.PUSH
    blocks.append(next_step(_next(status) if is_push else _next_of_correction(status)))
    return Drawn.of(headline.replace("*", ""), *blocks)


def preview(shown: Preview) -> Drawn:
    """Draw what a sync would prepare now; only for the person who asked."""
    words = f"{count(len(shown.entries), 'entry', 'entries')} for {period_label(shown.period)}"
    blocks = [
        kit.header(f"Preview: {words}"),
        kit.section(
            f"*{kit.escape(shown.company.name)}* · debits = credits = *{shown.total}*\n"
            "Nothing was written and nothing was sent."
        ),
    ]
    if shown.accounts:
        blocks.append(kit.section(accounts_table(shown.accounts, adds_up=True)))
    blocks += [kit.section(_entry(entry)) for entry in shown.entries[:_SHOWN_ENTRIES]]
    if len(shown.entries) > _SHOWN_ENTRIES:
        more = len(shown.entries) - _SHOWN_ENTRIES
        blocks.append(kit.context(f"… and {count(more, 'entry', 'entries')} more."))
    blocks += [_problem(group) for group in shown.problems[:8]]
    if shown.not_ended:
        blocks.append(kit.context(not_ended(shown.not_ended)))
    blocks.append(next_step(_after_preview(shown)))
    return Drawn.of(f"Preview: {words}, total {shown.total}.", *blocks)


def started(period: Period, company: str, *, is_new: bool) -> Drawn:
    """Answer the person who asked for a sync; the run's own message tells the rest."""
    name = kit.escape(company)
    text = (
        f"Sync of {period_label(period)} into *{name}* started."
        if is_new
        else f"A sync of {period_label(period)} into *{name}* is open already; it goes on now."
    )
    return Drawn.of(
        text.replace("*", ""),
        kit.section(text),
        next_step("watch its message in the finance channel; nothing is ever sent twice."),
    )


def _headline(status: RunStatus) -> str:
    run = status.run
    erp = status.company.provider.label
    noun = "Sync" if run.kind is RunKind.PUSH else "Correction"
    what = f"{noun} of {period_label(Period(first=run.first_date, last=run.last_date))}"
    into = f"{erp} ({kit.escape(status.company.name)})"
    if run.state is RunState.CANCELLED:
        how = "ended: nobody decided in time" if _is_lapsed(status) else "was rejected"
        return f":no_entry_sign: *{what}* into {into} {how}; nothing was sent."
    if run.state is RunState.AWAITING_APPROVAL:
        return f":raised_hand: *{what}* into {into} waits for approval."
    if run.state is RunState.FINISHED:
        return _finished(status, what, into)
    if run.waiting_for:
        return f":double_vertical_bar: *{what}* into {into} waits."
    return f":hourglass_flowing_sand: *{what}* into {into} is under way."


def _is_lapsed(status: RunStatus) -> bool:
    return status.batch is not None and status.batch.state is BatchState.LAPSED


def _finished(status: RunStatus, what: str, into: str) -> str:
    if status.diverged:
        return f":warning: *{what}* into {into} ended, and some copies are not as approved."
    if status.needs_a_person:
        return f":ballot_box_with_check: *{what}* into {into} is done; some entries need you."
    if not status.prepared:
        return f":white_check_mark: *{what}* into {into}: nothing new to push."
    return f":white_check_mark: *{what}* into {into} is done."


def _lines(status: RunStatus) -> Iterator[str]:
    going = status.prepared - len(status.held) - status.counts.get(DeliveryState.SKIPPED, 0)
    if going:
        # What waits for the ERP's own approval has arrived, and is not in the ledger yet.
        word = "delivered" if status.counts.get(DeliveryState.PENDING_IN_ERP) else "posted"
        yield f"{_bar(status.in_the_erp, going)} {status.in_the_erp:,} of {going:,} {word}"
    if status.batch is not None:
        yield f"total {kit.escape(status.batch.total)}"
    if status.taken_back:
        entries = count(status.taken_back, "entry was", "entries were")
        yield f"{entries} taken back before being sent: changed, undone or cut over since"
    if status.left_behind:
        yield f"{count(status.left_behind, 'entry', 'entries')} of earlier days, ready only now"
    yield from counted(status)
    if status.run.waiting_for:
        yield _waiting(status)


def _waiting(status: RunStatus) -> str:
    run = status.run
    when = ""
    if run.wake_at is not None:
        fallback = f"{run.wake_at:%Y-%m-%d %H:%M} UTC"
        stamp = int(run.wake_at.timestamp())
        when = f" Tried again <!date^{stamp}^{{date_short_pretty}} at {{time_secs}}|{fallback}>."
    return f"{kit.escape(run.waiting_for or '')}{when}"


def _problem(group: ProblemGroup) -> kit.Block:
    examples = "; ".join(kit.escape(kit.cut(s, 80)) for s in group.subjects[:3])
    return kit.section(
        f":small_orange_diamond: *{group.title}*: "
        f"{count(group.count, 'entry', 'entries')} blocked ({examples})\n{group.remedy}"
    )


def _look(status: RunStatus) -> list[kit.Block]:
    provider = status.company.provider
    where = f"To look at them in {provider.label}: {_WHERE_TO_LOOK[provider]}."
    if status.example_url is None:
        return [kit.context(where)]
    return [kit.context(f"{where} <{status.example_url}|Open one of them>.")]


def _requested(status: RunStatus) -> str:
    run, batch = status.run, status.batch
    asked = f"Asked for by {person(run.requested_by)} · {kit.escape(status.organisation.name)}"
    if batch is None or batch.decided_by is None:
        return asked
    verb = {BatchState.APPROVED: "approved", BatchState.REJECTED: "rejected"}.get(batch.state)
    note = f": {kit.escape(batch.decision_note)}" if batch.decision_note else ""
    return f"{asked} · {verb} by {person(batch.decided_by)}{note}" if verb else asked


def _next(status: RunStatus) -> str:
    run = status.run
    period = typed_period(Period(first=run.first_date, last=run.last_date))
    if run.state is RunState.AWAITING_APPROVAL:
        return "an approver decides on the card below, or with `/integral approvals`."
    if run.state is RunState.CANCELLED:
        mend = "" if _is_lapsed(status) else "mend what was wrong, then "
        return f"{mend}`/integral sync {period}` prepares it again."
    if run.state is RunState.OPEN and run.waiting_for:
        return "what it waits for stands above; this message keeps itself up to date."
    if run.state is RunState.OPEN:
        return "nothing; this message keeps itself up to date."
    return _next_of_problems(status, period) if status.problems else _next_of_done(status, period)


def _next_of_problems(status: RunStatus, period: str) -> str:
    compare = "compare what is held with `/integral duplicates`; " if status.held_in_all else ""
    if status.run.trigger is Trigger.DAILY:
        return (
            f"{compare}mend the causes above; the next daily push takes along what was blocked, "
            f"`/integral sync {period}` also what {status.company.provider.label} refused."
        )
    return f"{compare}mend the causes above, then `/integral sync {period}` adds what was blocked."


def _next_of_done(status: RunStatus, period: str) -> str:
    if status.held_in_all:
        return "compare the held entries with `/integral duplicates`."
    if status.elsewhere.get(DeliveryState.AWAITING_APPROVAL):
        return "an approver decides on what waits in another push: `/integral approvals`."
    if status.company.provider is Provider.JOURNAL_FILE:
        return f"`/integral export {period} quickbooks` (or xero, netsuite) gives you the file."
    return f"`/integral verify {period}` reads everything back again at any time."


def _next_of_correction(status: RunStatus) -> str:
    run = status.run
    period = typed_period(Period(first=run.first_date, last=run.last_date))
    if run.state is RunState.AWAITING_APPROVAL:
        return "an approver decides on the card below, or with `/integral approvals`."
    if run.state is RunState.CANCELLED:
        return "nothing was changed; `/integral undo` asks anew."
    if run.state is RunState.OPEN and run.waiting_for:
        return "`/integral undo` shows what a person can choose."
    if run.state is RunState.OPEN:
        return "nothing; this message keeps itself up to date."
    if status.problems:
        return "mend the causes above; `/integral undo` shows what is left of it."
    return f"`/integral verify {period}` reads everything back again at any time."


def _after_preview(shown: Preview) -> str:
    if not shown.entries and shown.not_ended:
        return "nothing now; the same again when the day has ended."
    if shown.problems and not shown.entries:
        return "mend the causes above; `/integral status` shows what is left to set up."
    if not shown.entries:
        return "`/integral status` shows what is ready, and of which days; `/integral import` more."
    if not shown.company.pushes_enabled:
        return "pushes are paused: `/integral resume` enables them, then a sync sends this."
    return f"`/integral sync {typed_period(shown.period)}` prepares exactly this."


def typed_period(period: Period) -> str:
    """Return a period as people type it in a command."""
    if period.first == period.last:
        return period.first.isoformat()
    if period.first.day == 1 and period.last == last_of_month(period.first):
        return f"{period.first:%Y-%m}"
    return f"{period.first}..{period.last}"


def accounts_table(accounts: Sequence[AccountTotal], *, adds_up: bool = False) -> str:
    """Return debits and credits by account, as preformatted mrkdwn.

    Each amount says its side: a phone breaks the lines, and nothing stands in columns there.

    Args:
        accounts: All of them, or the biggest.
        adds_up: They are all: what is not shown is one row, and a last one has the totals.
    """
    rows = [(a.label, a.debit.amount, a.credit.amount) for a in accounts[:_SHOWN_ACCOUNTS]]
    if adds_up:
        rest = accounts[_SHOWN_ACCOUNTS:]
        if rest:
            rows.append((count(len(rest), "other account"), *_summed(rest)))
        rows.append(("Total", *_summed(accounts)))
    lines = [
        f"{kit.cut(label, 36):36} {_amount(debit, 'Dr'):>17} {_amount(credit, 'Cr'):>17}".rstrip()
        for label, debit, credit in rows
    ]
    head = f"{'Account':36} {'Debit':>17} {'Credit':>17}"
    return "```" + kit.escape("\n".join([head, *lines])) + "```"


def _summed(accounts: Sequence[AccountTotal]) -> tuple[Decimal, Decimal]:
    zero = Decimal(0)
    return (
        sum((a.debit.amount for a in accounts), zero),
        sum((a.credit.amount for a in accounts), zero),
    )


def _amount(amount: Decimal, side: str) -> str:
    return f"{amount:,} {side}" if amount else ""


def _dimensions(posting: PreparedPosting) -> str:
    """Return a posting's class, location and the like, as they were named when prepared."""
    names = ", ".join(f"{name} {value}" for name, value in posting.dimension_labels)
    return f" · {kit.escape(kit.cut(names, 120))}" if names else ""


def _entry(entry: PreparedEntry) -> str:
    lines = [
        f"{'Dr' if p.side is Side.DEBIT else '   Cr'} {kit.escape(p.account_label)} "
        f"*{p.money.amount:,}*{_dimensions(p)}"
        for p in entry.postings[:6]
    ]
    if len(entry.postings) > 6:
        lines.append(f"… {len(entry.postings) - 6} more postings")
    return f"*{day_label(entry.entry_date)}* {kit.escape(entry.memo)}\n" + "\n".join(lines)


def _bar(done: int, whole: int) -> str:
    filled = _BAR * done // whole
    return "`" + "█" * filled + "░" * (_BAR - filled) + "`"
