"""Prints the measurements behind what the documents claim: ``make bench``, ``ROWS=…``.

It must not judge: a number is for people to compare on one machine.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from bench.measures import (
    import_rows,
    make_entries,
    read_rows,
    sample,
    scratch_database,
    stream_rows,
)
from bench.schedules import due_at_one_minute
from bench.surveys import connect, overview_of

Result = TypeVar("Result")
ORGANISATIONS = 200
"""Due at the same minute on one machine."""


def main() -> None:
    """Measure and print a table."""
    rows = int(os.environ.get("ROWS", "100000"))
    table = Table("what", "how many", "seconds", "a second", title="Integral, measured")
    bench = _Bench(table, rows)
    data = sample(rows)
    transactions = bench.measure("parse a CSV", lambda: read_rows(data))
    bench.measure("journalize, with lots", lambda: make_entries(transactions))

    async def stored() -> None:
        async with scratch_database() as (database, organisation):
            await bench.measure_async(
                "import into SQLite", lambda: import_rows(database, organisation, transactions)
            )
            await bench.measure_async(
                "import the same again", lambda: import_rows(database, organisation, transactions)
            )
            await bench.measure_async(
                "stream from SQLite", lambda: stream_rows(database, organisation)
            )
            await connect(database, organisation)
            overview = overview_of(database)
            for name in ("status, worked out", "status, nothing changed since"):
                await bench.measure_async(name, lambda: overview.standing(organisation))

    asyncio.run(stored())
    minute = asyncio.run(due_at_one_minute(ORGANISATIONS))
    bench.note("daily runs of one minute, enqueued", minute.enqueued_s, count=minute.started)
    bench.note("the same, until all have run", minute.done_s, count=minute.started)
    bench.note("the slowest ack meanwhile", minute.slowest_ack_s, count=1)
    Console().print(table)
    Console().print(
        f"Beside each other ran {minute.most_in_all} at most, of one company "
        f"{minute.most_of_one_company}."
    )


class _Bench:
    """Measures one job after another into a table."""

    def __init__(self, table: Table, rows: int) -> None:
        self._table = table
        self._rows = rows

    def measure(self, name: str, job: Callable[[], Result]) -> Result:
        start = perf_counter()
        result = job()
        self.note(name, perf_counter() - start, count=self._rows)
        return result

    async def measure_async(self, name: str, job: Callable[[], Awaitable[Result]]) -> Result:
        start = perf_counter()
        result = await job()
        self.note(name, perf_counter() - start, count=self._rows)
        return result

    def note(self, name: str, seconds: float, *, count: int) -> None:
        """Add what was measured elsewhere."""
        self._table.add_row(name, f"{count:,}", f"{seconds:.2f}", f"{count / seconds:,.0f}")


if __name__ == "__main__":
    main()
