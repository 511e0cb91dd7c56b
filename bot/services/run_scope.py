"""What a run takes of everything that could be posted: its period, and what was left behind.

Pure. It must not decide whether a batch needs approval (``ledger.approval`` does).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.services.built import Built
from ledger.periods import Period, month_of
from ledger.runs import Run, Trigger
from ledger.stragglers import StragglerChoice, StragglerDecision, chosen, is_closed


def of_run(
    built: Built,
    run: Run,
    decisions: Sequence[StragglerDecision],
    *,
    closed_until: date | None = None,
) -> Built:
    """Keep what a run takes: its period, and what was left behind and may go with it.

    A daily run takes what has become ready of earlier days, as far as their month is not closed
    (``closed_until``, its last day); the push of a whole month that is not closed, whoever asked
    for it, the stragglers that were left to it.
    """
    period = Period(first=run.first_date, last=run.last_date)
    if run.trigger is Trigger.DAILY:
        first = closed_until + timedelta(days=1) if closed_until else date.min
        return built.in_period(Period(min(first, period.first), period.last))
    inside = built.in_period(period)
    left = chosen(decisions, StragglerChoice.NEXT_RUN)
    is_month = period == month_of(period.first) and not is_closed(period.last, closed_until)
    if not (is_month or run.trigger is Trigger.MONTHLY) or not left:
        return inside
    late = tuple(
        entry
        for entry in built.entries
        if entry.entry_date not in period
        and {(member.source, member.transaction_id) for member in entry.members} <= left
    )
    return replace(inside, entries=(*late, *inside.entries))


def searched(built: Built, run: Run) -> list[Period]:
    """Return the days in which doubles of a run's entries may stand: its own, and late ones'."""
    own = Period(first=run.first_date, last=run.last_date)
    late: defaultdict[date, list[date]] = defaultdict(list)
    for entry in built.entries:
        if entry.entry_date not in own:
            late[entry.entry_date.replace(day=1)].append(entry.entry_date)
    return [*(Period(min(days), max(days)) for _, days in sorted(late.items())), own]
