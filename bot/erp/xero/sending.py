"""One request of entries: the last look for those that were sent before, the sending, the outcomes.

Why this cannot double an entry is written down in ``batches``. It must not repeat a request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.erp.connector import Outcome, Submission
from bot.erp.errors import ErpError, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.xero.api import XeroApi
from bot.erp.xero.outcomes import read_outcomes, unknown
from ledger.entries import PreparedEntry

Done = tuple[Submission, Outcome]
Find = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Returns those of some numbers that Xero holds."""


class Sending:
    """Sends one request's entries."""

    def __init__(self, api: XeroApi, *, find: Find) -> None:
        """Take the organisation's face, and how entries are looked for."""
        self._api = api
        self._find = find

    async def send(self, batch: Sequence[Submission]) -> list[Done]:
        """Create entries and return each one's outcome.

        One that was sent before and is found now is not sent: its outcome is unknown, so that the
        service compares and adopts it.
        """
        again = [s.entry.number for s in batch if s.attempt > 1]
        try:
            held = await self._find(again) if again else set()
        except ErpError as error:
            return [(submission, _not_sent(error)) for submission in batch]
        there: list[Done] = [
            (s, unknown(s.entry, "found in Xero before it was sent again"))
            for s in batch
            if s.entry.number in held
        ]
        rest = [s for s in batch if s.entry.number not in held]
        return [*there, *(await self._create(rest))] if rest else there

    async def _create(self, batch: Sequence[Submission]) -> list[Done]:
        entries = [submission.entry for submission in batch]
        try:
            elements, trace_id = await self._api.create_entries(batch)
        except ErpError as error:
            return [(s, _of_entry(error, s.entry)) for s in batch]
        outcomes = read_outcomes(elements, entries, trace_id=trace_id)
        return list(zip(batch, outcomes, strict=True))


def _not_sent(error: ErpError) -> ErpError:
    """Return why a search failed as an outcome: whatever its family, no entry has left."""
    if isinstance(error, ErpRejected | OutcomeUnknown):
        return ErpUnavailable(error.problem, trace_id=error.trace_id)
    return error


def _of_entry(error: ErpError, entry: PreparedEntry) -> ErpError:
    """Return an error of the whole request as one entry's own, where it is about entries."""
    if not isinstance(error, ErpRejected | OutcomeUnknown):
        return error
    problem = replace(error.problem, subject=entry.number)
    return type(error)(problem, trace_id=error.trace_id)
