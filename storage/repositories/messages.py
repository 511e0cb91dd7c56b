"""What is to be said (the writing side of the outbox), and imports asked for in Slack."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.records import Message, Upload
from storage.sealing import SEALED, message_from, seal
from storage.statements import columns_of, insert_into, value_from, values_of
from storage.tables.messages import outbox, uploads
from storage.vault import Vault


class OutboxRepository:
    """Satisfies the port ``Outbox``."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def put(self, message: Message, at: datetime) -> None:
        """Set what a key should show; the newest content wins, older edits are dropped.

        The same content again changes nothing. A message that was sent a moment ago keeps
        its ``next_at``, which the sender set so that edits do not come too fast.
        """
        if await self._shown(message.key) == message:
            return
        words = {name: getattr(message, name) for name in SEALED}
        content = values_of(message) | seal(self._vault, message.key, words)
        first = {"version": 1, "sent_version": 0, "is_pending": True, "failures": 0}
        statement = insert_into(self._session, outbox).values(
            **content, **first, changed_at=at, next_at=at
        )
        excluded = statement.excluded
        changed = {name: excluded[name] for name in content if name != "key"} | {
            "version": outbox.c.version + 1,
            "is_pending": True,
            "failures": 0,
            "error": None,
            "changed_at": excluded.changed_at,
            "next_at": case(
                (outbox.c.next_at > excluded.next_at, outbox.c.next_at), else_=excluded.next_at
            ),
        }
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=[outbox.c.key], set_=changed)
        )

    async def under(self, prefix: str) -> list[Message]:
        """Return the messages whose keys begin with a prefix, as they should be shown."""
        found = await self._session.execute(
            select(*columns_of(Message, outbox))
            .where(outbox.c.key.startswith(prefix, autoescape=True))
            .order_by(outbox.c.key)
        )
        return [message_from(self._vault, row) for row in found]

    async def homes(self) -> list[Message]:
        """Return the App Homes that are shown, of all workspaces."""
        found = await self._session.execute(
            select(*columns_of(Message, outbox)).where(outbox.c.is_home)
        )
        return [message_from(self._vault, row) for row in found]

    async def _shown(self, key: str) -> Message | None:
        """Return what a key should show now; on Postgres nobody changes it before our commit."""
        found = await self._session.execute(
            select(*columns_of(Message, outbox)).where(outbox.c.key == key).with_for_update()
        )
        row = found.first()
        return message_from(self._vault, row) if row else None


class UploadsRepository:
    """Satisfies the port ``Uploads``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, upload: Upload) -> None:
        """Store an import that was asked for."""
        await self._session.execute(insert(uploads).values(**values_of(upload)))

    async def get(self, upload_id: str) -> Upload | None:
        """Return the import, or none."""
        found = await self._session.execute(
            select(*columns_of(Upload, uploads)).where(uploads.c.id == upload_id)
        )
        row = found.first()
        return value_from(Upload, row) if row else None

    async def finish(self, upload_id: str, result: str) -> None:
        """Store what became of it."""
        await self._session.execute(
            update(uploads).where(uploads.c.id == upload_id).values(result=result)
        )
