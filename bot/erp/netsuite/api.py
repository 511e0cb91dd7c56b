"""Calls to one NetSuite account: let in, in their places, judged. What they say is not its own.

A write is sent once, whatever comes back. Reads are repeated a few times when nothing came back,
and never after a refused login.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx
import stamina

from bot.erp.connector import Submission
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.netsuite.account import LABEL, NetSuiteCompany
from bot.erp.netsuite.door import AccountDoor
from bot.erp.netsuite.faults import About, NotThereError, read_created, read_reply
from bot.erp.netsuite.login import Login, Logins
from bot.erp.netsuite.queries import PAGE_ROWS, QUERY_ROWS, ListQuery, Query
from bot.erp.payload import JsonObject, flag_at, objects_at, text_at, write_json
from bot.erp.transport import Claim, ErpRequest, ErpTransport

_Answer = TypeVar("_Answer")
_READ_ATTEMPTS = 3
_LOGIN_REFUSED = 401
# ``Error`` instead of the default ``Warning``, under which a misspelt field is silently dropped.
_STRICT = {
    "X-NetSuite-PropertyNameValidation": "Error",
    "X-NetSuite-PropertyValueValidation": "Error",
}
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a query's rows."""

    rows: tuple[JsonObject, ...]
    has_more: bool


class NetSuiteApi:
    """The HTTP face of one company's account."""

    def __init__(
        self,
        company: NetSuiteCompany,
        *,
        transport: ErpTransport,
        logins: Logins,
        door: AccountDoor,
    ) -> None:
        """Take the company, and the door that everything of this process shares for its account."""
        self._rest_url = company.addresses.rest_url
        self._transport = transport
        self._logins = logins
        self._door = door

    async def admit_once_more(self) -> None:
        """Let one login be tried although the last was refused, because a person asked for it."""
        login = await self._logins.current()
        self._door.forget_refusal(login.fingerprint)

    async def page(
        self, query: Query, *, operation: str, offset: int = 0, limit: int = PAGE_ROWS
    ) -> Page:
        """Read one page, a few times if nothing comes back.

        Raises:
            ErpUnavailable, ErpActionRequired, NotThereError: see ``faults.read_reply``.
        """
        request = ErpRequest(
            operation=f"netsuite.{operation}",
            erp=LABEL,
            subject=LABEL,
            method="POST",
            # Whole, because the query parameters are signed.
            url=f"{self._rest_url}/query/v1/suiteql?limit={limit}&offset={offset}",
            headers=_JSON | {"Prefer": "transient"},
            content=write_json({"q": query.text, "params": list(query.values)}).encode(),
        )

        async def send(authorization: str) -> httpx.Response:
            return await self._transport.read(_authorized(request, authorization))

        def judge(response: httpx.Response) -> Page:
            reply = read_reply(response, About())
            return Page(rows=objects_at(reply, "items"), has_more=flag_at(reply, "hasMore"))

        attempts = stamina.retry_context(
            on=_is_passing, attempts=_READ_ATTEMPTS, wait_initial=0.2, wait_max=2.0
        )
        async for attempt in attempts:
            with attempt:
                return await self._call(request, send, judge)
        raise AssertionError("stamina either returns or raises")

    async def rows(
        self, lists: Sequence[ListQuery], *, operation: str
    ) -> tuple[JsonObject, ...] | None:
        """Read every row of the first of these lists that this account knows each column of.

        Returns none when it knows none of them: the feature is off, or hidden from the role.

        Raises:
            ErpUnavailable, ErpActionRequired: see ``faults.read_reply``.
        """
        for query in lists:
            try:
                return tuple([row async for row in self._every_row(query, operation)])
            except NotThereError:
                continue
        return None

    async def knows(self, lists: Sequence[ListQuery]) -> bool:
        """Say whether the account knows one of these lists, at the price of one row.

        Raises:
            ErpUnavailable, ErpActionRequired: see ``faults.read_reply``.
        """
        for query in lists:
            try:
                await self.page(query.after(None), operation="probe", limit=1)
            except NotThereError:
                continue
            return True
        return False

    async def create_entry(self, body: bytes, submission: Submission) -> str:
        """Create a journal entry and return its internal id.

        Raises:
            ErpError: one of the four families, see ``faults.read_created``.
        """
        entry = submission.entry
        request = ErpRequest(
            operation="netsuite.create_entry",
            erp=LABEL,
            subject=entry.number,
            method="POST",
            url=f"{self._rest_url}/record/v1/journalEntry",
            headers=_JSON | _STRICT,
            content=body,
        )
        claim = Claim(send_by=submission.send_by, still_held=submission.still_claimed)

        async def send(authorization: str) -> httpx.Response:
            return await self._transport.write(_authorized(request, authorization), claim=claim)

        labels = [posting.account_label for posting in entry.postings]
        about = About(subject=entry.number, is_write=True, account_labels=labels)
        return await self._call(request, send, lambda response: read_created(response, about))

    async def _every_row(self, query: ListQuery, operation: str) -> AsyncIterator[JsonObject]:
        """Yield the rows by internal id; behind the most one query gives, ask on from there."""
        last_id: str | None = None
        is_whole = False
        while not is_whole:
            part = query.after(last_id)
            for offset in range(0, QUERY_ROWS, PAGE_ROWS):
                page = await self.page(part, operation=operation, offset=offset)
                for row in page.rows:
                    last_id = text_at(row, "id")
                    yield row
                # The last page of a part says that there is no more, even if there is.
                is_whole = not page.has_more and offset + PAGE_ROWS < QUERY_ROWS
                if not page.has_more:
                    break

    async def _call(
        self,
        request: ErpRequest,
        send: Callable[[str], Awaitable[httpx.Response]],
        judge: Callable[[httpx.Response], _Answer],
    ) -> _Answer:
        login = await self._logins.current()
        async with self._door.place(login.fingerprint):
            authorization = await self._authorize(login, request)
            response = await send(authorization)
            if response.status_code == _LOGIN_REFUSED:
                may_differ = login.authentication.forget()
                self._door.note_refused(login.fingerprint, may_differ=may_differ)
            else:
                self._door.note_accepted(login.fingerprint)
        try:
            return judge(response)
        except ErpUnavailable as error:
            if error.retry_after_s is not None:
                self._door.close_for(error.retry_after_s)
            raise

    async def _authorize(self, login: Login, request: ErpRequest) -> str:
        try:
            return await login.authentication.header(request.method, request.url)
        except ErpActionRequired:
            self._door.note_refused(login.fingerprint)
            raise


def _authorized(request: ErpRequest, authorization: str) -> ErpRequest:
    return replace(request, headers={**request.headers, "Authorization": authorization})


def _is_passing(error: Exception) -> bool:
    """Say whether a read failed in a way that may be over in a second."""
    return isinstance(error, ErpUnavailable) and error.retry_after_s is None
