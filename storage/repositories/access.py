"""Single-use invitations, codes and API tokens: stored as hashes, used up atomically."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.records import ApiToken, ConnectRequest
from storage.statements import columns_of, hashed, value_from, values_of
from storage.tables.access import api_tokens, connect_requests, one_time_codes


class ConnectRequestsRepository:
    """Satisfies the port ``ConnectRequests``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, request: ConnectRequest, token: str) -> None:
        """Store an invitation whose link holds the token."""
        values = values_of(request) | {"token_hash": hashed(token)}
        await self._session.execute(insert(connect_requests).values(**values))

    async def get(self, request_id: str) -> ConnectRequest | None:
        """Return an invitation, used or expired ones too."""
        found = await self._session.execute(
            select(*columns_of(ConnectRequest, connect_requests)).where(
                connect_requests.c.id == request_id
            )
        )
        row = found.first()
        return value_from(ConnectRequest, row) if row else None

    async def by_token(self, token: str) -> ConnectRequest | None:
        """Return the invitation of a link, used or expired ones too; consumes nothing."""
        found = await self._session.execute(
            select(*columns_of(ConnectRequest, connect_requests)).where(
                connect_requests.c.token_hash == hashed(token)
            )
        )
        row = found.first()
        return value_from(ConnectRequest, row) if row else None

    async def open(self, request_id: str, state: str, browser: str, at: datetime) -> None:
        """Bind an OAuth state and a browser's cookie to the request, in place of earlier ones."""
        await self._session.execute(
            update(connect_requests)
            .where(connect_requests.c.id == request_id, connect_requests.c.used_at.is_(None))
            .values(state_hash=hashed(state), browser_hash=hashed(browser), opened_at=at)
        )

    async def consume(self, state: str, browser: str, at: datetime) -> ConnectRequest | None:
        """Use a state once, atomically; none when unknown, used, expired or another browser's."""
        c = connect_requests.c
        used = await self._session.execute(
            update(connect_requests)
            .where(
                c.state_hash == hashed(state),
                c.browser_hash == hashed(browser),
                c.used_at.is_(None),
                c.expires_at > at,
            )
            .values(used_at=at)
            .returning(*columns_of(ConnectRequest, connect_requests))
        )
        row = used.first()
        return value_from(ConnectRequest, row) if row else None


class OneTimeCodesRepository:
    """Satisfies the port ``OneTimeCodes``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, purpose: str, code: str, expires_at: datetime) -> None:
        """Store a code's hash."""
        await self._session.execute(
            insert(one_time_codes).values(
                purpose=purpose, code_hash=hashed(code), expires_at=expires_at
            )
        )

    async def consume(self, purpose: str, code: str, at: datetime) -> bool:
        """Use a code once, atomically; false when unknown, used or expired."""
        c = one_time_codes.c
        used = await self._session.execute(
            update(one_time_codes)
            .where(c.purpose == purpose, c.code_hash == hashed(code))
            .where(c.used_at.is_(None), c.expires_at > at)
            .values(used_at=at)
            .returning(c.purpose)
        )
        return used.first() is not None


class ApiTokensRepository:
    """Satisfies the port ``ApiTokens``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, token: ApiToken, secret: str) -> None:
        """Store a token with its secret's hash."""
        values = values_of(token) | {"secret_hash": hashed(secret)}
        await self._session.execute(insert(api_tokens).values(**values))

    async def find(self, secret: str, at: datetime) -> ApiToken | None:
        """Return the token of a secret; none when unknown, expired or revoked."""
        c = api_tokens.c
        found = await self._session.execute(
            select(*columns_of(ApiToken, api_tokens)).where(
                c.secret_hash == hashed(secret), c.expires_at > at, c.revoked_at.is_(None)
            )
        )
        row = found.first()
        return value_from(ApiToken, row) if row else None

    async def everyone(self, organisation_id: str) -> list[ApiToken]:
        """Return all tokens of the organisation, revoked and expired ones too."""
        found = await self._session.execute(
            select(*columns_of(ApiToken, api_tokens))
            .where(api_tokens.c.organisation_id == organisation_id)
            .order_by(api_tokens.c.id)
        )
        return [value_from(ApiToken, row) for row in found]

    async def revoke(self, organisation_id: str, token_id: str, at: datetime) -> bool:
        """Revoke a token; false when the organisation has no such one in force."""
        c = api_tokens.c
        revoked = await self._session.execute(
            update(api_tokens)
            .where(c.organisation_id == organisation_id, c.id == token_id)
            .where(c.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(c.id)
        )
        return revoked.first() is not None
