"""Audit records in the shape every use case writes them: who, what, before and after.

Only builds the value; the caller adds it in the same unit of work as the change itself, so
that neither can be without the other. Never put a secret into ``before`` or ``after``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.records import AuditRecord

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
