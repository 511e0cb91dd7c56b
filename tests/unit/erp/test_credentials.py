"""Tokens are renewed by one at a time, stored before the lock is released, and ended by proof."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.erp.credentials import (
    GrantRefusedError,
    OAuthTokens,
    Refresh,
    TokenSource,
    dump_tokens,
    load_tokens,
)
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from ledger.problems import Problem, ProblemCode
from tests.support.token_vault import MemoryVault

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FRESH = OAuthTokens(
    access_token="access-1",
    refresh_token="refresh-1",
    access_expires_at=NOW + timedelta(hours=1),
    refresh_expires_at=NOW + timedelta(days=100),
    hard_expires_at=NOW + timedelta(days=1800),
)
STALE = replace(FRESH, access_expires_at=NOW + timedelta(minutes=5))
RENEWED = replace(FRESH, access_token="access-2", refresh_token="refresh-2")


def source(vault: MemoryVault, refresh: Refresh) -> TokenSource:
    return TokenSource(vault, refresh, now=lambda: NOW, subject="QuickBooks")


async def renew(_tokens: OAuthTokens) -> OAuthTokens:
    await asyncio.sleep(0)
    return RENEWED


async def refuse(_tokens: OAuthTokens) -> OAuthTokens:
    raise GrantRefusedError


async def be_away(_tokens: OAuthTokens) -> OAuthTokens:
    raise ErpUnavailable(Problem(code=ProblemCode.ERP_UNREACHABLE, subject="QuickBooks"))


async def test_a_fresh_token_is_handed_out_as_it_is() -> None:
    assert await source(MemoryVault(FRESH), refuse).token() == "access-1"


async def test_a_token_within_the_margin_is_renewed_and_stored() -> None:
    vault = MemoryVault(STALE)
    assert await source(vault, renew).token() == "access-2"
    assert vault.written == [RENEWED]


async def test_a_rejected_token_is_renewed_however_fresh() -> None:
    vault = MemoryVault(FRESH)
    assert await source(vault, renew).token(rejected="access-1") == "access-2"


async def test_a_token_rejected_meanwhile_renewed_is_not_renewed_again() -> None:
    vault = MemoryVault(RENEWED)
    assert await source(vault, refuse).token(rejected="access-1") == "access-2"
    assert vault.written == []


async def test_callers_of_several_processes_renew_once() -> None:
    vault = MemoryVault(STALE)
    sources = [source(vault, renew) for _ in range(3)]
    tokens = await asyncio.gather(*(s.token() for s in sources for _ in range(3)))
    assert set(tokens) == {"access-2"}
    assert vault.written == [RENEWED]


async def test_an_endpoint_that_is_away_ends_nothing() -> None:
    vault = MemoryVault(STALE)
    with pytest.raises(ErpUnavailable):
        await source(vault, be_away).token()
    assert (vault.tokens, vault.ended) == (STALE, [])


async def test_a_refused_grant_is_marked_as_ended() -> None:
    vault = MemoryVault(STALE)
    with pytest.raises(ErpActionRequired) as raised:
        await source(vault, refuse).token()
    assert raised.value.problem.code is ProblemCode.AUTH_EXPIRED
    assert vault.ended == ["invalid_grant"]


async def test_a_grant_that_another_has_rotated_is_not_ended() -> None:
    vault = MemoryVault(STALE)

    async def lose_the_race(_tokens: OAuthTokens) -> OAuthTokens:
        vault.tokens = RENEWED
        raise GrantRefusedError

    assert await source(vault, lose_the_race).token() == "access-2"
    assert vault.ended == []


async def test_a_rotated_grant_whose_token_is_stale_too_is_renewed_once_more() -> None:
    vault = MemoryVault(STALE)

    async def refuse_the_first(tokens: OAuthTokens) -> OAuthTokens:
        if tokens.refresh_token == "refresh-1":
            vault.tokens = replace(STALE, refresh_token="refresh-1b")
            raise GrantRefusedError
        return RENEWED

    assert await source(vault, refuse_the_first).token() == "access-2"


async def test_a_grant_wiped_while_it_was_renewed_needs_a_person() -> None:
    vault = MemoryVault(STALE)

    async def wiped(_tokens: OAuthTokens) -> OAuthTokens:
        vault.tokens = None
        raise GrantRefusedError

    with pytest.raises(ErpActionRequired):
        await source(vault, wiped).token()


async def test_a_connection_without_tokens_needs_a_person() -> None:
    with pytest.raises(ErpActionRequired):
        await source(MemoryVault(None), renew).token()


async def test_a_cancelled_caller_does_not_lose_the_new_tokens() -> None:
    vault, asked, answered = MemoryVault(STALE), asyncio.Event(), asyncio.Event()

    async def answer_late(_tokens: OAuthTokens) -> OAuthTokens:
        asked.set()
        await answered.wait()
        return RENEWED

    tokens = source(vault, answer_late)
    caller = asyncio.create_task(tokens.token())
    await asked.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    answered.set()
    assert await tokens.token() == "access-2"
    assert vault.written == [RENEWED]


async def test_surrendering_revokes_and_wipes_and_twice_is_fine() -> None:
    vault, revoked = MemoryVault(FRESH), []

    async def revoke(tokens: OAuthTokens) -> None:
        revoked.append(tokens)

    for _ in range(2):
        await source(vault, renew).surrender(revoke)
    assert (revoked, vault.ended) == ([FRESH], ["disconnected"])


def test_secrets_stay_out_of_the_representation() -> None:
    assert "access-1" not in repr(FRESH)
    assert "refresh-1" not in repr(FRESH)


@pytest.mark.parametrize("tokens", [FRESH, replace(FRESH, hard_expires_at=None)])
def test_stored_tokens_read_back_equal(tokens: OAuthTokens) -> None:
    assert load_tokens(dump_tokens(tokens)) == tokens
