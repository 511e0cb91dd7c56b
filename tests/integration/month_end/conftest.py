"""A team at a month's end, on SQLite and on Postgres, with QuickBooks on loopback."""

from tests.integration.delivery.conftest import scene

__all__ = ["scene"]
