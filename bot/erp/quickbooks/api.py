"""Calls to one QuickBooks company: paced, authorised, judged. What they say is not its business.

A write is sent at most twice, and the second time only after a 401, which QuickBooks documents as
not processed, with the same ``requestid``. Reads are repeated a few times when nothing came back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import httpx
import stamina

from bot.erp.connector import Submission
from bot.erp.credentials import TokenSource
from bot.erp.errors import ErpUnavailable
from bot.erp.pacing import Pacer, RateLimit
from bot.erp.payload import JsonObject
from bot.erp.quickbooks.company import LABEL, QuickBooksCompany
from bot.erp.quickbooks.faults import About, is_token_refused, read_reply
from bot.erp.quickbooks.payloads import entry_body
from bot.erp.transport import Claim, ErpRequest, ErpTransport
from ledger.problems import Problem, ProblemCode

# Since August 2025 lower values are read as 75: developer.intuit.com/…/minor-versions
_MINOR_VERSION = "75"
_JSON = {"Accept": "application/json"}
_READ_ATTEMPTS = 3


# A little under Intuit's 10 a second and 500 a minute for a company, and evenly, since the network
# may bunch what left apart: developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
LIMITS = (RateLimit(1, 0.125), RateLimit(450, 60.0))


def new_pacer() -> Pacer:
    """Return the pacer of one company."""
    return Pacer(*LIMITS, at_once=8)


class QuickBooksApi:
    """The HTTP face of one company."""

    def __init__(
        self,
        company: QuickBooksCompany,
        *,
        transport: ErpTransport,
        tokens: TokenSource,
        pacer: Pacer,
    ) -> None:
        """Take the company, and the pacer that everything of this process shares for it."""
        self._company = company
        self._transport = transport
        self._tokens = tokens
        self._pacer = pacer

    async def get(
        self, path: str, parameters: Mapping[str, str] | None = None, *, operation: str
    ) -> JsonObject:
        """Read, a few times if nothing comes back.

        Raises:
            ErpUnavailable, ErpActionRequired, ErpRejected: see ``faults.read_reply``.
        """
        request = ErpRequest(
            operation=f"quickbooks.{operation}",
            erp=LABEL,
            subject=LABEL,
            method="GET",
            url=f"{self._company.url}/{path}",
            params={**(parameters or {}), "minorversion": _MINOR_VERSION},
            headers=_JSON,
        )

        async def send(token: str) -> httpx.Response:
            return await self._transport.read(request, token=token)

        attempts = stamina.retry_context(
            on=_is_passing, attempts=_READ_ATTEMPTS, wait_initial=0.2, wait_max=2.0
        )
        async for attempt in attempts:
            with attempt:
                return await self._call(send, About())
        raise AssertionError("stamina either returns or raises")

    async def create_entry(self, submission: Submission) -> JsonObject:
        """Create a journal entry.

        Raises:
            ErpError: one of the four families, see ``faults.read_reply``.
        """
        entry = submission.entry
        request = ErpRequest(
            operation="quickbooks.create_entry",
            erp=LABEL,
            subject=entry.number,
            method="POST",
            url=f"{self._company.url}/journalentry",
            params={"minorversion": _MINOR_VERSION, "requestid": submission.request_key},
            headers=_JSON | {"Content-Type": "application/json"},
            content=entry_body(entry),
        )

        claim = Claim(send_by=submission.send_by, still_held=submission.still_claimed)

        async def send(token: str) -> httpx.Response:
            return await self._transport.write(request, claim=claim, token=token)

        labels = {posting.account_id: posting.account_label for posting in entry.postings}
        about = About(subject=entry.number, is_write=True, account_labels=labels)
        return await self._call(send, about)

    async def _call(
        self, send: Callable[[str], Awaitable[httpx.Response]], about: About
    ) -> JsonObject:
        token, response = await self._paced(send)
        if is_token_refused(response):
            _, response = await self._paced(send, rejected=token)
        try:
            return read_reply(response, about)
        except ErpUnavailable as error:
            if error.retry_after_s is not None:
                self._pacer.close_for(error.retry_after_s)
            raise

    async def _paced(
        self, send: Callable[[str], Awaitable[httpx.Response]], *, rejected: str | None = None
    ) -> tuple[str, httpx.Response]:
        """Send when it is our turn; return the token, which was read only then, and the reply."""
        async with self._pacer.slot():
            wait = self._pacer.closed_for_s
            if wait > 0:
                problem = Problem(code=ProblemCode.RATE_LIMITED, subject=LABEL)
                raise ErpUnavailable(problem, retry_after_s=wait)
            token = await self._tokens.token(rejected=rejected)
            return token, await send(token)


def _is_passing(error: Exception) -> bool:
    """Say whether a read failed in a way that may be over in a second."""
    return isinstance(error, ErpUnavailable) and error.retry_after_s is None
