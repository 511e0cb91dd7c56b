"""Forgets links, codes and OAuth states that can no longer be used.

The audit trail keeps what came of them. Twice is harmless.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from storage.database import Database
from storage.tables.access import connect_requests, one_time_codes, slack_oauth_states

EXPIRED_KEPT = timedelta(days=7)
"""A link or code that expired says so for a week, and is unknown afterwards."""


async def prune_expired(database: Database, now: datetime) -> None:
    """Forget what expired more than :data:`EXPIRED_KEPT` ago, in one transaction."""
    async with database.session() as session:
        for table in (connect_requests, one_time_codes, slack_oauth_states):
            expired = table.c.expires_at < now - EXPIRED_KEPT
            await session.execute(delete(table).where(expired))
        await session.commit()
