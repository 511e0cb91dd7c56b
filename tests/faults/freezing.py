"""A connector that is frozen once between its claim and its first look at it."""

import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from time import monotonic

from bot.erp.connector import Connector, EntryQuery, FoundEntry, Outcome, Submission
from bot.services.ports import Connectors
from ledger.books import Books
from ledger.organisation import Company
from tests.faults.shared_clock import SharedClock


class FreezesClaimed:
    """Satisfies the port ``Connectors``: the first who is to send is stopped before it begins."""

    def __init__(self, inner: Connectors, clock: SharedClock, *, note: Callable[[], None]) -> None:
        """Take the connectors, and who is told once the process goes on."""
        self._inner = inner
        self._clock = clock
        self._note = note
        self._is_over = False

    def of(self, company: Company) -> Connector:
        return _Freezing(self._inner.of(company), freeze=self._freeze)

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self._inner.entry_url(company, erp_id)

    def _freeze(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        began = monotonic()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._clock.fall_behind(monotonic() - began)
        self._note()


class _Freezing:
    """Satisfies ``Connector``."""

    def __init__(self, inner: Connector, *, freeze: Callable[[], None]) -> None:
        self._inner = inner
        self._freeze = freeze
        self.settle_s = inner.settle_s
        self.max_postings = inner.max_postings

    async def check_access(self) -> None:
        await self._inner.check_access()

    async def fetch_books(self) -> Books:
        return await self._inner.fetch_books()

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        if submissions:
            self._freeze()
        async for done in self._inner.post_entries(submissions):
            yield done

    def find_entries(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        return self._inner.find_entries(query)

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        return await self._inner.fetch_entry(erp_id)

    def entry_url(self, erp_id: str) -> str:
        return self._inner.entry_url(erp_id)

    async def disconnect(self) -> None:
        await self._inner.disconnect()
