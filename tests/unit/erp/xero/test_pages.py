"""Lists in pages: every row once, or said to be unreadable."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import httpx
import pytest

from bot.erp.credentials import OAuthTokens, TokenSource
from bot.erp.errors import ErpUnavailable
from bot.erp.pacing import Pacer
from bot.erp.transport import ErpTransport
from bot.erp.xero.api import AT_ONCE, LIMITS, XeroApi
from bot.erp.xero.grant import XeroGrant
from bot.erp.xero.organisation import XeroOrganisation
from bot.erp.xero.pages import PagedList, read_pages
from tests.support.token_vault import MemoryVault

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GUID = "7ea00001-0000-4000-8000-000000000001"
LIST = PagedList(path="ManualJournals", id_key="ManualJournalID", parameters={"where": "w"})
Answer = Callable[[int], tuple[list[str], dict[str, int] | None]]
"""Page number → the ids on it, and its pagination."""


@asynccontextmanager
async def api(answer: Answer, asked: list[httpx.URL]) -> AsyncIterator[XeroApi]:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        ids, pagination = answer(int(request.url.params["page"]))
        body: dict[str, object] = {"ManualJournals": [{"ManualJournalID": id_} for id_ in ids]}
        if pagination is not None:
            body["pagination"] = pagination
        return httpx.Response(200, text=json.dumps(body))

    tokens = OAuthTokens(
        access_token="a",
        refresh_token="r",
        access_expires_at=NOW + timedelta(minutes=30),
        refresh_expires_at=NOW + timedelta(days=60),
    )
    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
        yield XeroApi(
            XeroOrganisation(tenant_id=GUID, connection_id=GUID),
            transport=ErpTransport(http, now=lambda: NOW, observe=lambda _call: None),
            grant=XeroGrant(
                tokens=TokenSource(MemoryVault(tokens), _never, now=lambda: NOW, subject="Xero"),
                revoke=_never,
                is_last=_never,
                note_cut_off=_never,
            ),
            pacer=Pacer(at_once=1),
        )


async def _never(*_args: object) -> NoReturn:
    raise AssertionError("not needed here")


async def read(answer: Answer, asked: list[httpx.URL] | None = None) -> list[object]:
    async with api(answer, [] if asked is None else asked) as reached:
        return [row["ManualJournalID"] async for row in read_pages(reached, LIST)]


async def test_pages_are_read_to_the_last_with_what_was_asked() -> None:
    asked: list[httpx.URL] = []
    pages = {1: ["a", "b"], 2: ["c", "d"], 3: ["e"]}
    ids = await read(lambda p: (pages[p], {"pageCount": 3, "itemCount": 5}), asked)
    assert ids == ["a", "b", "c", "d", "e"]
    assert [url.params["page"] for url in asked] == ["1", "2", "3"]
    assert {url.params["where"] for url in asked} == {"w"}
    assert {url.params["pageSize"] for url in asked} == {"500"}


async def test_an_empty_list_is_one_page() -> None:
    asked: list[httpx.URL] = []
    assert await read(lambda _: ([], {"pageCount": 0, "itemCount": 0}), asked) == []
    assert len(asked) == 1


async def test_without_pagination_a_list_ends_at_its_first_empty_page() -> None:
    pages = {1: ["a", "b"], 2: ["c"]}
    assert await read(lambda p: (pages.get(p, []), None)) == ["a", "b", "c"]


async def test_a_row_that_moved_to_a_later_page_is_yielded_once() -> None:
    pages = {1: ["a", "b"], 2: ["b", "c"]}
    ids = await read(lambda p: (pages[p], {"pageCount": 2, "itemCount": 3}))
    assert ids == ["a", "b", "c"]


async def test_a_row_that_slipped_through_makes_the_list_unreadable() -> None:
    pages = {1: ["a", "b"], 2: ["d", "a"]}
    with pytest.raises(ErpUnavailable, match="changed while"):
        await read(lambda p: (pages[p], {"pageCount": 2, "itemCount": 4}))


async def test_a_list_without_a_last_page_is_unreadable() -> None:
    with pytest.raises(ErpUnavailable, match="no last page"):
        await read(lambda p: ([str(p)], {"pageCount": 10**6, "itemCount": 1}))


async def test_a_row_without_an_id_makes_the_list_unreadable() -> None:
    with pytest.raises(ErpUnavailable, match="no ManualJournalID"):
        await read(lambda _: ([""], {"pageCount": 1, "itemCount": 1}))


def test_the_pace_stays_under_every_limit_of_xero() -> None:
    assert AT_ONCE < 5
    assert any(limit.seconds == 60 and limit.calls < 60 for limit in LIMITS)
