"""Tables of what the bot has to say, what it has heard already, and imports asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index

from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC


class OutboxRow(Row, table=True):
    """What Slack should show under a key (``version``), and what it shows (``sent_version``).

    ``text`` and ``blocks`` are encrypted: see ``storage.sealing``.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_is_pending_next_at", "is_pending", "next_at"),)

    key: str = text_field(primary_key=True)
    team_id: str = text_field(index=True)
    channel: str = text_field()
    text: str = text_field()
    blocks: str = text_field()
    ephemeral_to: str | None = text_field(default=None)
    is_home: bool = False
    thread_of: str | None = text_field(default=None)
    version: int = 1
    sent_version: int = 0
    is_pending: bool = True
    posted_channel: str | None = text_field(default=None)
    ts: str | None = text_field(default=None)
    changed_at: datetime = typed(UTC)
    sent_at: datetime | None = typed(UTC, default=None)
    next_at: datetime = typed(UTC)
    failures: int = 0
    error: str | None = text_field(default=None)


class InboxRow(Row, table=True):
    """The key of something Slack sent us, never its contents."""

    __tablename__ = "inbox"

    team_id: str = text_field(primary_key=True)
    key: str = text_field(primary_key=True)
    received_at: datetime = typed(UTC, index=True)


class UploadRow(Row, table=True):
    """An import asked for in Slack."""

    __tablename__ = "uploads"

    id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id", index=True)
    team_id: str = text_field()
    user_id: str = text_field()
    channel_id: str | None = text_field(default=None)
    source: str = text_field()
    kind: str = text_field()
    filename: str = text_field()
    slack_file_id: str | None = text_field(default=None)
    result: str | None = text_field(default=None)


outbox = table_of(OutboxRow)
inbox = table_of(InboxRow)
uploads = table_of(UploadRow)
