"""Audit records in the shape every use case writes them: who, what, before and after.

Only builds the value; the caller adds it in the same unit of work as the change itself, so
that neither can be without the other. Never put a secret into ``before`` or ``after``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.records import AuditRecord
from ledger.runs import Run, RunKind

Facts = Mapping[str, object]


def note(
    action: str,
    subject: str,
    *,
    organisation_id: str,
    actor: str,
    at: datetime,
    change: tuple[Facts | None, Facts | None] = (None, None),
) -> AuditRecord:
    """Record something that cannot change an entry: a role, a connection, a pause.

    Args:
        action: A dotted verb, such as ``role.granted``.
        subject: What it was done to, as people name it.
        organisation_id: Whose trail it belongs to.
        actor: A Slack user id, or ``cli:NAME``.
        at: Aware UTC.
        change: The facts before and after, where something was replaced.
    """
    before, after = change
    return AuditRecord(
        at=at,
        organisation_id=organisation_id,
        actor=actor,
        action=action,
        subject=subject,
        before=_text(before),
        after=_text(after),
    )


def shaping(
    action: str,
    subject: str,
    *,
    organisation_id: str,
    actor: str,
    at: datetime,
    change: tuple[Facts | None, Facts | None] = (None, None),
) -> AuditRecord:
    """Record something that may change an entry: its author may not approve the next batch."""
    record = note(
        action, subject, organisation_id=organisation_id, actor=actor, at=at, change=change
    )
    return replace(record, is_shaping=True)


def _text(facts: Facts | None) -> str | None:
    return None if facts is None else json.dumps(facts, ensure_ascii=False, sort_keys=True)


_SHAPED = {
    "chart.chosen": "chose the chart of accounts",
    "company.cut_over": "set a cut-over",
    "dimensions.saved": "changed the dimensions",
    "dimensions.named": "named a dimension",
    "import.opening_lots": "imported opening lots",
    "import.transactions": "imported transactions",
    "mapping.saved": "changed the mapping",
    "settings.saved": "changed the journal-entry settings",
    "time_zone.set": "changed the time zone",
}


def shaped(action: str) -> str:
    """Say in words what a shaping action did, for the approver it keeps from deciding."""
    return _SHAPED.get(action, "changed what the entries are made of")


def shapers_of(run: Run, actions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return person → what they did, of those who may not approve the run's batch.

    Args:
        run: Whoever asked for it belongs to them.
        actions: Person → their shaping actions.
    """
    did = {person: [shaped(action) for action in theirs] for person, theirs in actions.items()}
    what = "correction" if run.kind is RunKind.CORRECTION else "push"
    did.setdefault(run.requested_by, []).append(f"asked for the {what}")
    return {person: ", ".join(dict.fromkeys(theirs)) for person, theirs in did.items()}
