"""What was worked out for a company, kept as long as nothing that it rests on has changed.

A value is found only under the very basis that it was worked out from, read anew each time, so
it cannot be stale. It must not know what is worked out, or read anything.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

COMPANIES = 32
"""How many companies' values are kept in one process."""
Basis = TypeVar("Basis")
Value = TypeVar("Value")


class SurveyCache(Generic[Basis, Value]):
    """The last value of each company, with its basis. Bases are compared whole, by value."""

    def __init__(self, most: int = COMPANIES) -> None:
        """Begin empty; the company that was asked for longest ago goes first."""
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Basis, Value]] = OrderedDict()
        self._locks: dict[Hashable, asyncio.Lock] = {}

    @asynccontextmanager
    async def alone(self, company: Hashable) -> AsyncIterator[None]:
        """Let one task at a time work out a company's value; the next finds it."""
        lock = self._locks.setdefault(company, asyncio.Lock())
        async with lock:
            yield

    def find(self, company: Hashable, basis: Basis) -> Value | None:
        """Return what was worked out from exactly this basis, or none."""
        kept = self._kept.get(company)
        if kept is None or kept[0] != basis:
            return None
        self._kept.move_to_end(company)
        return kept[1]

    def keep(self, company: Hashable, basis: Basis, value: Value) -> None:
        """Keep a value in place of the company's last one."""
        self._kept[company] = (basis, value)
        self._kept.move_to_end(company)
        while len(self._kept) > self._most:
            gone, _ = self._kept.popitem(last=False)
            lock = self._locks.get(gone)
            if lock is not None and not lock.locked():
                del self._locks[gone]
