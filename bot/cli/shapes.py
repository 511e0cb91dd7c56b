"""How imports, previews, runs and periods look on a terminal and as JSON. Only draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cli.terminal import say, show_table
from bot.services.imports import Imported
from bot.services.period_status import PeriodStatus
from bot.services.previews import Preview
from ledger.delivery import DeliveryState
from ledger.organisation import Organisation, Provider
from ledger.report import ProblemGroup
from ledger.runs import Run

_SHOWN = 20
_UNUSUAL = {"diverged": "posted, and no longer as approved"}
"""Counts that a person reads only where there are any, and in words."""


def show_preview(found: Preview) -> None:
    """Print the first entries of a preview, the total, and what is blocked."""
    rows = [
        (str(e.entry_date), e.memo, str(len(e.postings)), str(e.total))
        for e in found.entries[:_SHOWN]
    ]
    show_table(("Date", "Memo", "Postings", "Total"), rows, numbers=("Postings", "Total"))
    if len(found.entries) > len(rows):
        say(f"… and {len(found.entries) - len(rows)} more")
    say(f"{len(found.entries)} entries, {found.total}, into {found.company.name}; nothing was sent")
    show_problems(found.problems)


def show_status(organisation: Organisation, found: PeriodStatus) -> None:
    """Print where a period stands."""
    say(f"{organisation.name} into {found.company.name}, {found.period}", style="bold")
    words = _UNUSUAL | {"pending_in_erp": _pending_words(found.company.provider)}
    counts = counts_of(found).items()
    rows = [(words.get(n, n), str(count)) for n, count in counts if count or n not in words]
    show_table(("", "Entries"), rows, numbers=("Entries",))
    show_problems(found.problems)
    if found.late:
        say(
            f"{found.late} late of closed months wait for a choice. Choose in Slack with "
            "/integral approvals.",
            style="yellow",
        )
    if found.run is not None:
        say_run(found.run)


def _pending_words(provider: Provider) -> str:
    is_file = provider is Provider.JOURNAL_FILE
    return "in a file, not imported yet" if is_file else f"waiting for approval in {provider.label}"


def imported_json(imported: Imported) -> dict[str, object]:
    """Return an import as JSON: counts, and each rejected row with its field and reason."""
    outcome = imported.outcome
    return {
        "added": outcome.added,
        "unchanged": outcome.unchanged,
        "corrected": outcome.corrected,
        "stale_entries": outcome.stale_entries,
        "rejected": [
            {**dict(p.facts), "code": p.code.value, "id": p.transaction_id}
            for p in imported.problems
        ],
    }


def show_imported(imported: Imported) -> None:
    """Print an import: counts, then the first rejected rows."""
    outcome = imported.outcome
    say(
        f"{outcome.added} added, {outcome.unchanged} unchanged, {outcome.corrected} corrected, "
        f"{imported.rejected} rejected"
    )
    for problem in imported.problems[:_SHOWN]:
        reason = dict(problem.facts).get("reason", problem.message)
        say(f"{problem.subject}: {problem.field_name} {reason}", style="yellow")


def preview_json(found: Preview) -> dict[str, object]:
    """Return a preview as JSON, amounts as text."""
    return {
        "company": found.company.name,
        "period": str(found.period),
        "total": str(found.total.amount),
        "currency": found.total.currency,
        "entries": [
            {
                "date": e.entry_date.isoformat(),
                "memo": e.memo,
                "total": str(e.total.amount),
                "postings": [
                    {
                        "account": p.account_label,
                        "side": p.side.value,
                        "amount": str(p.money.amount),
                        "dimensions": dict(p.dimension_labels),
                    }
                    for p in e.postings
                ],
            }
            for e in found.entries
        ],
        "problems": problems_json(found.problems),
    }


def counts_of(found: PeriodStatus) -> dict[str, int]:
    """Return a period's counts by name."""
    return {
        "entries": found.entries,
        "posted": found.posted,
        "verified": found.verified,
        "diverged": found.diverged,
        "pending_in_erp": found.pending_in_erp,
        "ready": found.ready,
        "blocked": found.blocked,
        "held": found.held,
    }


def status_json(organisation: Organisation, found: PeriodStatus) -> dict[str, object]:
    """Return a period's status as JSON."""
    states = {s.value: found.counts[s] for s in DeliveryState if found.counts.get(s)}
    return {
        "organisation": organisation.name,
        "company": found.company.name,
        "period": str(found.period),
        **counts_of(found),
        "states": states,
        "problems": problems_json(found.problems),
        "late": found.late,
        "run": run_json(found.run) if found.run else None,
    }


def problems_json(groups: Sequence[ProblemGroup]) -> list[Mapping[str, object]]:
    """Return problems as JSON, by cause."""
    return [
        {"code": g.code.value, "title": g.title, "count": g.count, "remedy": g.remedy}
        for g in groups
    ]


def show_problems(groups: Sequence[ProblemGroup]) -> None:
    """Print problems, one line a cause with its remedy."""
    for group in groups:
        say(f"{group.count} blocked: {group.title}. {group.remedy}", style="yellow")


def run_json(found: Run) -> dict[str, object]:
    """Return a run as JSON."""
    return {
        "id": found.id,
        "first_date": found.first_date.isoformat(),
        "last_date": found.last_date.isoformat(),
        "state": found.state.value,
        "requested_by": found.requested_by,
        "waiting_for": found.waiting_for,
    }


def say_run(found: Run) -> None:
    """Print where a run stands."""
    waits = f": {found.waiting_for}" if found.waiting_for else ""
    say(f"Run {found.id}: {found.state.value.replace('_', ' ')}{waits}")
