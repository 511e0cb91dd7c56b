"""The table of the installation itself; at most one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC


class InstallationRow(Row, table=True):
    """Which book of record this is, how far its time has come, and whether it moved away."""

    __tablename__ = "installation"

    id: str = text_field(primary_key=True)
    beats: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """Counted up while a server runs, here and in the engine's database: see ``engine_time``."""
    place: str | None = text_field(default=None)
    """Where the database was at its last start, as the database itself tells."""
    moved_at: datetime | None = typed(UTC, default=None)
    """When it was copied into another database, which is the book of record since."""


installation = table_of(InstallationRow)
