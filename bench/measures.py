"""What is measured: each function does one job of a known size and returns how many it did.

Everything is made from a counter, so that two runs measure the same. Nothing is asserted about
time: the numbers are for people to compare.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import SystemClock
from ledger.journalize import Journal, journalize
from ledger.organisation import Organisation
from ledger.settings import JournalSettings
from ledger.sources.generic import parse_csv
from ledger.transactions import Transaction
from storage.database import Database
from storage.vault import Vault

_KEYS = "bench:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_SETTINGS = JournalSettings(base_currency="USD", time_zone="America/New_York")
_HEADER = (
    "id,timestamp,type,from_account,to_account,sent_asset,sent_quantity,"
    "received_asset,received_quantity,fee_asset,fee_quantity,category\n"
)


def sample(rows: int) -> bytes:
    """Return a CSV of so many rows: buys, and sells of half of what was bought."""
    return (_HEADER + "".join(_lines(rows))).encode()


def _lines(rows: int) -> Iterator[str]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(rows):
        at = (start + timedelta(seconds=20 * number)).isoformat()
        wallet = f"Wallet {number % 5}"
        price = Decimal(100) + Decimal(number % 997) / 100
        if number // 5 % 2 == 0:
            movement = f"USD,{price},ETH,0.02"
            yield f"t{number},{at},buy,{wallet},{wallet},{movement},USD,0.25,\n"
        else:
            movement = f"ETH,0.01,USD,{price / 2:.2f}"
            yield f"t{number},{at},sell,{wallet},{wallet},{movement},USD,0.25,\n"


def read_rows(data: bytes) -> list[Transaction]:
    """Parse and check every row of a CSV.

    Raises:
        ValueError: when a row of the sample is refused, which is a fault of the bench.
    """
    parsed = parse_csv(data, source="bench")
    if parsed.problems:
        raise ValueError(parsed.problems[0].message)
    return list(parsed.transactions)


def make_entries(transactions: list[Transaction]) -> Journal:
    """Journalize every transaction, with lots."""
    return journalize(transactions, settings=_SETTINGS, posting_date=date(2026, 11, 1))


@asynccontextmanager
async def scratch_database() -> AsyncIterator[tuple[Database, Organisation]]:
    """Open a migrated SQLite database that is gone afterwards; yields (database, organisation)."""
    with TemporaryDirectory(prefix="integral-bench-") as folder:
        database = Database(
            f"sqlite:///{Path(folder) / 'bench.db'}", Vault.from_text(_KEYS), clock=SystemClock()
        )
        await database.migrate()
        organisation = Organisation(
            id="bench",
            team_id="T1",
            name="Bench",
            code="BNCH",
            base_currency="USD",
            time_zone="UTC",
        )
        async with database.unit() as unit:
            await unit.organisations.add(organisation)
            await unit.commit()
        yield database, organisation
        await database.close()


async def import_rows(
    database: Database, organisation: Organisation, transactions: list[Transaction]
) -> int:
    """Store transactions in bulk, as an import does; return how many were added."""
    async with database.unit() as unit:
        outcome = await unit.transactions.save(organisation.id, transactions, database.clock.now())
        await unit.commit()
    return outcome.added


async def stream_rows(database: Database, organisation: Organisation) -> int:
    """Read every stored transaction in order, as the pipeline does."""
    count = 0
    async with database.unit(read_only=True) as unit:
        async for _ in unit.transactions.stream(organisation.id):
            count += 1
    return count
