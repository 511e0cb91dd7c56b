"""What this process remembers of one account: free places, and logins that were refused.

NetSuite allows so many requests at once in an account, and locks a user for 30 minutes after five
wrong logins (…/ns-online-help/section_1534941295.html), so a refused login is not tried again by
itself, and credentials that never worked are tried by one request at a time. It knows no secret,
only a fingerprint, and nothing of HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.netsuite.account import LABEL
from bot.erp.pacing import Pacer
from ledger.problems import Problem, ProblemCode

# One under the least that an account has (5), which people's other integrations share.
PLACES = 4
LOCKED_FOR = timedelta(minutes=30)
_WHY = (
    "Setup → Users/Roles → View Login Audit Trail says it; after five wrong logins NetSuite locks "
    "the user for 30 minutes"
)


class AccountDoor:
    """Lets requests to one account pass, shared by everything in this process."""

    def __init__(self, now: Callable[[], datetime], *, pacer: Pacer | None = None) -> None:
        """Take the injected clock; without a pacer, four requests pass at once."""
        self._now = now
        self._pacer = pacer or Pacer(at_once=PLACES)
        self._refused: dict[str, datetime] = {}
        self._proven: set[str] = set()
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def place(self, fingerprint: str) -> AsyncIterator[None]:
        """Wait for a place and hold it; alone while these credentials have never worked.

        Raises:
            ErpActionRequired: NetSuite refused these credentials within the last half hour.
            ErpUnavailable: NetSuite asked to be left alone.
        """
        if fingerprint in self._proven:
            async with self._pacer.slot():
                self._require_open(fingerprint)
                yield
            return
        async with self._alone, self._pacer.slot():
            self._require_open(fingerprint)
            yield

    def note_accepted(self, fingerprint: str) -> None:
        """Note that a login with these credentials worked."""
        self._proven.add(fingerprint)
        self._refused.pop(fingerprint, None)

    def note_refused(self, fingerprint: str, *, may_differ: bool = False) -> None:
        """Note that NetSuite answered these credentials with 401.

        ``may_differ``: the next try would be with a new access token, so credentials that worked
        before get one.
        """
        has_worked = fingerprint in self._proven
        self._proven.discard(fingerprint)
        if not (has_worked and may_differ):
            self._refused[fingerprint] = self._now()

    def forget_refusal(self, fingerprint: str) -> None:
        """Let one more login be tried, because a person asked for it."""
        self._refused.pop(fingerprint, None)

    def close_for(self, seconds: float) -> None:
        """Note that NetSuite asked us to stay away."""
        self._pacer.close_for(seconds)

    def _require_open(self, fingerprint: str) -> None:
        refused_at = self._refused.get(fingerprint)
        if refused_at is not None and self._now() < refused_at + LOCKED_FOR:
            raise credentials_refused()
        wait = self._pacer.closed_for_s
        if wait > 0:
            problem = Problem(code=ProblemCode.RATE_LIMITED, subject=LABEL)
            raise ErpUnavailable(problem, retry_after_s=wait)


class AccountDoors:
    """One door per account, made at its first use and shared from then on."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take the injected clock."""
        self._now = now
        self._by_account: dict[str, AccountDoor] = {}

    def of(self, realm: str) -> AccountDoor:
        """Return the account's one door."""
        if realm not in self._by_account:
            self._by_account[realm] = AccountDoor(self._now)
        return self._by_account[realm]


def credentials_refused(*facts: tuple[str, str]) -> ErpActionRequired:
    """Say that a person has to look at the credentials."""
    problem = Problem(
        code=ProblemCode.CREDENTIALS_INVALID, subject=LABEL, facts=(*facts, ("why", _WHY))
    )
    return ErpActionRequired(problem)
