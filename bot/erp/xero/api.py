"""Calls to one Xero organisation: paced, authorised, judged. What they say is not its business.

A write is sent at most twice, and the second time only after a 401, which Xero documents as not
processed, with the same ``Idempotency-Key``. Reads are repeated a few times when nothing came back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import httpx
import stamina

from bot.erp.connector import Submission
from bot.erp.errors import ErpUnavailable
from bot.erp.pacing import Pacer, RateLimit
from bot.erp.payload import JsonObject
from bot.erp.transport import Claim, ErpRequest, ErpTransport
from bot.erp.xero.batches import idempotency_key
from bot.erp.xero.faults import (
    TRACE_HEADER,
    About,
    CutOffError,
    Elements,
    is_token_refused,
    read_answer,
    read_elements,
    read_reply,
    throttled,
)
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.oauth import DROPPED, drop_request
from bot.erp.xero.organisation import LABEL, XeroOrganisation
from bot.erp.xero.payloads import entries_body

_JSON = {"Accept": "application/json"}
_READ_ATTEMPTS = 3
_T = TypeVar("_T")

# A little under Xero's 60 a minute and five at once for an organisation:
# https://developer.xero.com/documentation/guides/oauth2/limits. Xero announces the day's limit.
LIMITS = (RateLimit(1, 0.1), RateLimit(55, 60.0))
AT_ONCE = 4


def new_pacer() -> Pacer:
    """Return the pacer of one organisation."""
    return Pacer(*LIMITS, at_once=AT_ONCE)


class XeroApi:
    """The HTTP face of one organisation."""

    def __init__(
        self,
        organisation: XeroOrganisation,
        *,
        transport: ErpTransport,
        grant: XeroGrant,
        pacer: Pacer,
    ) -> None:
        """Take the organisation, and the pacer that everything of this process shares for it."""
        self._organisation = organisation
        self._transport = transport
        self._grant = grant
        self._pacer = pacer
        self._headers = _JSON | {"xero-tenant-id": organisation.tenant_id}

    async def get(
        self, path: str, parameters: Mapping[str, str] | None = None, *, operation: str
    ) -> JsonObject:
        """Read, a few times if nothing comes back.

        Raises:
            ErpUnavailable, ErpActionRequired, ErpRejected: see ``faults.read_reply``.
        """
        request = ErpRequest(
            operation=f"xero.{operation}",
            erp=LABEL,
            subject=LABEL,
            method="GET",
            url=f"{self._organisation.url}/{path}",
            params=parameters or {},
            headers=self._headers,
        )

        async def send(token: str) -> httpx.Response:
            return await self._transport.read(request, token=token)

        attempts = stamina.retry_context(
            on=_is_passing, attempts=_READ_ATTEMPTS, wait_initial=0.2, wait_max=2.0
        )
        async for attempt in attempts:
            with attempt:
                return await self._call(send, lambda reply: read_reply(reply, About()))
        raise AssertionError("stamina either returns or raises")

    async def create_entries(self, batch: Sequence[Submission]) -> tuple[Elements, str | None]:
        """Create manual journals in one request; return Xero's answer and its trace id.

        Raises:
            ErpError: what became of the whole request, see ``faults.read_elements``.
        """
        entries = [submission.entry for submission in batch]
        subject = _subject(batch)
        key = idempotency_key(self._organisation.tenant_id, batch)
        request = ErpRequest(
            operation="xero.create_entries",
            erp=LABEL,
            subject=subject,
            method="PUT",
            url=f"{self._organisation.url}/ManualJournals",
            # Left out, one bad entry would have the whole request refused.
            params={"summarizeErrors": "false"},
            headers=self._headers | {"Content-Type": "application/json", "Idempotency-Key": key},
            content=entries_body(entries),
        )
        claim = Claim(send_by=min(s.send_by for s in batch), still_held=lambda: _all_held(batch))

        async def send(token: str) -> httpx.Response:
            return await self._transport.write(request, claim=claim, token=token)

        def read(response: httpx.Response) -> tuple[Elements, str | None]:
            about = About(subject=subject, is_write=True)
            return read_elements(response, about), response.headers.get(TRACE_HEADER)

        return await self._call(send, read)

    async def drop_connection(self) -> None:
        """Take this organisation away from its grant; one that is gone is fine.

        Raises:
            ErpActionRequired: the grant has ended.
            ErpUnavailable: no usable answer.
        """
        request = drop_request(self._organisation.addresses, self._organisation.connection_id)

        async def send(token: str) -> httpx.Response:
            return await self._transport.read(request, token=token)

        await self._call(send, lambda reply: read_answer(reply, About(), expected=DROPPED))

    async def _call(
        self, send: Callable[[str], Awaitable[httpx.Response]], read: Callable[[httpx.Response], _T]
    ) -> _T:
        token, response = await self._paced(send)
        if is_token_refused(response):
            _, response = await self._paced(send, rejected=token)
        try:
            return read(response)
        except ErpUnavailable as error:
            if error.retry_after_s is not None:
                self._pacer.close_for(error.retry_after_s)
            raise
        except CutOffError:
            await self._grant.note_cut_off()
            raise

    async def _paced(
        self, send: Callable[[str], Awaitable[httpx.Response]], *, rejected: str | None = None
    ) -> tuple[str, httpx.Response]:
        """Send when it is our turn; return the token, which was read only then, and the reply."""
        async with self._pacer.slot():
            wait = self._pacer.closed_for_s
            if wait > 0:
                raise throttled(wait)
            token = await self._grant.tokens.token(rejected=rejected)
            return token, await send(token)


async def _all_held(batch: Sequence[Submission]) -> bool:
    """Say whether every claim still stands; one that is lost keeps all of the request back."""
    for submission in batch:
        if not await submission.still_claimed():
            return False
    return True


def _subject(batch: Sequence[Submission]) -> str:
    first, last = batch[0].entry.number, batch[-1].entry.number
    return first if len(batch) == 1 else f"{first} to {last}"


def _is_passing(error: Exception) -> bool:
    """Say whether a read failed in a way that may be over in a second."""
    return isinstance(error, ErpUnavailable) and error.retry_after_s is None
