"""The tables, small modules by noun. Importing this package registers all of them."""

from __future__ import annotations

from storage.tables import (
    access,
    companies,
    corrections,
    entries,
    installation,
    journal_files,
    messages,
    organisations,
    runs,
    schedules,
    transactions,
)
from storage.tables.base import Row

METADATA = Row.metadata

__all__ = [
    "METADATA",
    "access",
    "companies",
    "corrections",
    "entries",
    "installation",
    "journal_files",
    "messages",
    "organisations",
    "runs",
    "schedules",
    "transactions",
]
