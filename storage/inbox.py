"""What Slack has sent already, so that a repeated event is handled once.

It keeps keys, never contents: a modal may hold a credential.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from storage.database import Database
from storage.statements import insert_into
from storage.tables.messages import inbox


class Inbox:
    """The keys of what was received."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_new(self, team_id: str, key: str) -> bool:
        """Note a key, atomically; false when it was noted before, by whichever process."""
        async with self._database.session() as session:
            noted = await session.execute(
                insert_into(session, inbox)
                .values(team_id=team_id, key=key, received_at=self._database.clock.now())
                .on_conflict_do_nothing()
                .returning(inbox.c.key)
            )
            is_new = noted.first() is not None
            await session.commit()
        return is_new

    async def prune(self, before: datetime) -> None:
        """Forget what was received before a moment; Slack repeats an event for about an hour.

        https://docs.slack.dev/apis/events-api/#retries
        """
        async with self._database.session() as session:
            await session.execute(delete(inbox).where(inbox.c.received_at < before))
            await session.commit()
