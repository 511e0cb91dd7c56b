"""Reading entries back: a search's rows, page by page, put together to whole entries.

An entry is absent only when the transaction itself is: where its lines are hidden from us or of
another kind, it is found without postings, never called absent. It must not judge what is found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.erp.connector import EntryQuery, FoundEntry
from bot.erp.netsuite.api import NetSuiteApi
from bot.erp.netsuite.faults import NotThereError, not_shown, unreadable
from bot.erp.netsuite.found import Reading, read_entry
from bot.erp.netsuite.queries import (
    PAGE_ROWS,
    QUERY_ROWS,
    Condition,
    Query,
    all_of,
    by_id,
    by_numbers,
    entry_headers,
    entry_lines,
    number_chunks,
    range_condition,
)
from bot.erp.payload import JsonObject, UnreadableError, text_at

Rows = Sequence[JsonObject]


class EntrySearch:
    """Searches one account's transactions, with what its rows are read with."""

    def __init__(
        self,
        api: NetSuiteApi,
        reading: Reading,
        *,
        header: Sequence[str],
        subsidiary_id: str | None,
    ) -> None:
        """Take the account and which further columns its transactions show."""
        self._api = api
        self._reading = reading
        self._header = header
        self._subsidiary_id = subsidiary_id

    async def find(self, query: EntryQuery) -> AsyncIterator[FoundEntry]:
        """Yield every entry of a search, through all pages.

        Raises:
            ValueError: the search names no number, prefix or date.
            ErpError: NetSuite cannot be searched now; nothing is absent because of that.
        """
        limits = range_condition(query, subsidiary_id=self._subsidiary_id)
        if query.numbers:
            for chunk in number_chunks(query.numbers):
                async for found in self._find_numbers(chunk, limits):
                    yield found
        elif limits is not None:
            async for found in self._find(limits):
                yield found
        else:
            raise ValueError("a search needs numbers, a prefix or dates")

    async def fetch(self, erp_id: str) -> FoundEntry | None:
        """Read one entry; none when there is no such transaction (any more)."""
        async for found in self._find(by_id(erp_id)):
            return found
        async for headers in self._pages(entry_headers(by_id(erp_id), header=self._header)):
            for header in headers:
                return self._read([header])
        return None

    async def _find_numbers(
        self, numbers: Sequence[str], limits: Condition | None
    ) -> AsyncIterator[FoundEntry]:
        """Search by numbers; look for those without lines among the transactions alone."""
        seen: set[str] = set()
        condition = by_numbers(numbers)
        async for found in self._find(all_of([condition, *([limits] if limits else [])])):
            seen.add(found.erp_id)
            yield found
        if limits is not None or len(seen) >= len(numbers):
            return
        async for headers in self._pages(entry_headers(condition, header=self._header)):
            for header in headers:
                # It may have come about since: then it has lines by now.
                if (id_ := text_at(header, "id") or "") not in seen:
                    hidden = await self.fetch(id_)
                    if hidden is not None:
                        yield hidden

    async def _find(self, condition: Condition) -> AsyncIterator[FoundEntry]:
        """Yield whole entries; behind the most rows one query gives, ask on from the last id."""
        from_id = "0"
        while True:
            query = entry_lines(
                condition,
                header=self._header,
                dimensions=self._reading.dimensions,
                from_id=from_id,
            )
            count, group = 0, list[JsonObject]()
            async for rows in self._pages(query):
                for row in rows:
                    count += 1
                    if group and text_at(group[0], "id") != text_at(row, "id"):
                        yield self._read(group)
                        group = []
                    group.append(row)
            if count < QUERY_ROWS:
                if group:
                    yield self._read(group)
                return
            last_id = text_at(group[0], "id") or ""
            if last_id == from_id:
                raise unreadable(f"transaction {last_id} has no last line")
            from_id = last_id

    async def _pages(self, query: Query) -> AsyncIterator[Rows]:
        for offset in range(0, QUERY_ROWS, PAGE_ROWS):
            try:
                page = await self._api.page(query, operation="query_entries", offset=offset)
            except NotThereError as error:
                raise not_shown(error) from error
            yield page.rows
            if not page.has_more:
                return

    def _read(self, rows: Rows) -> FoundEntry:
        try:
            return read_entry(rows, self._reading)
        except UnreadableError as error:
            raise unreadable(error) from error
