"""The reading side of the outbox: what the notifier has still to show in Slack.

One notifier at a time may read it: hold ``Database.lock(NOTIFIER_LOCK)`` around the loop.
It must not talk to Slack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from ledger.records import Message
from storage.database import Database
from storage.sealing import message_from
from storage.statements import columns_of, value_from
from storage.tables.messages import outbox

NOTIFIER_LOCK = "notifier"

EDIT_EVERY = timedelta(seconds=2)
"""chat.update allows about 50 calls a minute for a whole workspace (tier 3):
https://docs.slack.dev/apis/web-api/rate-limits"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message whose newest content Slack does not show yet."""

    message: Message
    version: int
    """Of this content; give it back to :meth:`OutboxQueue.delivered`."""
    sent_version: int
    """Zero when it was never posted."""
    posted_channel: str | None
    """The conversation it was posted in: of a DM, not the user id that ``channel`` holds."""
    ts: str | None
    """Slack's id of the posted message; none means that it is to be posted anew."""
    thread_ts: str | None
    """Slack's id of the message whose thread it belongs to."""
    thread_channel: str | None
    """The conversation of that message: another one, when the finance channel was changed since."""
    failures: int
    """How often in a row it could not be sent."""


class OutboxQueue:
    """The messages that wait, of all workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime, limit: int) -> list[DueMessage]:
        """Return messages that may be sent now, the longest waiting first.

        A reply waits until the message whose thread it belongs to was posted.
        """
        parent = outbox.alias("parent")
        c = outbox.c
        async with self._database.session(read_only=True) as session:
            found = await session.execute(
                select(
                    *columns_of(Message, outbox),
                    *(c[name] for name in ("version", "sent_version", "posted_channel", "ts")),
                    c.failures,
                    parent.c.ts.label("thread_ts"),
                    parent.c.posted_channel.label("thread_channel"),
                )
                .outerjoin(parent, parent.c.key == c.thread_of)
                .where(c.is_pending, c.next_at <= now)
                .where(or_(parent.c.key.is_(None), parent.c.ts.is_not(None)))
                .order_by(c.next_at, c.changed_at, c.key)
                .limit(limit)
            )
            return [
                value_from(DueMessage, row, message=message_from(self._database.vault, row))
                for row in found
            ]

    async def delivered(
        self,
        key: str,
        version: int,
        ts: str | None,
        at: datetime,
        *,
        channel: str | None = None,
    ) -> None:
        """Note that Slack shows this version; content that changed meanwhile stays due.

        ``ts`` and ``channel`` are Slack's answer; none keeps what is known (a home has none).
        """
        values: dict[str, object] = {
            "sent_version": version,
            "is_pending": outbox.c.version != version,
            "sent_at": at,
            "next_at": at + EDIT_EVERY,
            "failures": 0,
            "error": None,
        }
        if ts is not None:
            values["ts"] = ts
        if channel is not None:
            values["posted_channel"] = channel
        await self._update(key, values)

    async def failed(self, key: str, error: str, next_at: datetime) -> None:
        """Note that Slack could not be told; it is due again at ``next_at``."""
        await self._update(
            key, {"failures": outbox.c.failures + 1, "error": error, "next_at": next_at}
        )

    async def abandoned(self, key: str, version: int, error: str) -> None:
        """Give up on this version, which Slack will never take; newer content is tried again."""
        await self._update(key, {"is_pending": outbox.c.version != version, "error": error})

    async def waiting(self) -> int:
        """Return how many messages wait, for the health page."""
        async with self._database.session(read_only=True) as session:
            found = await session.execute(select(outbox.c.key).where(outbox.c.is_pending))
            return len(found.all())

    async def prune(self, before: datetime) -> None:
        """Forget messages that were settled before a moment and have not changed since."""
        async with self._database.session() as session:
            c = outbox.c
            await session.execute(
                delete(outbox).where(c.is_pending.is_(False), c.changed_at < before)
            )
            await session.commit()

    async def _update(self, key: str, values: dict[str, object]) -> None:
        async with self._database.session() as session:
            await session.execute(update(outbox).where(outbox.c.key == key).values(**values))
            await session.commit()
