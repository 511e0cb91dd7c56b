"""Authorizations: from a person's wish to connect, through the ERP's login page, to an arrival.

A link is for one person, for 15 minutes and for one use; the browser that pressed its button is
the only one whose callback counts. What becomes of it is ``bot.services.arrivals``' business.
Intuit's callback: https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.erp.credentials import OAuthTokens, dump_tokens
from bot.erp.errors import ErpError
from bot.erp.reach import Reach
from bot.services.arrivals import Arrivals
from bot.services.errors import Refusal
from bot.services.grant_keeping import Arrival
from bot.services.grants import ends_at
from bot.services.ports import Authorizer, Clock, Ids, Storage, UnitOfWork
from bot.services.saying import Said, direct_message
from bot.services.sign_in import (
    AuthorizationError,
    Callback,
    Connected,
    Invitation,
    Opened,
    PageProblem,
    ToChoose,
)
from ledger.organisation import Organisation, Provider
from ledger.records import ConnectRequest

LINK_LIFETIME = timedelta(minutes=15)
_COOKIE_SEPARATOR = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWords:
    """The views of what a sign-in says in direct messages."""

    invited: Callable[[Invitation], Said]
    used: Callable[[Provider], Said]


class Authorizations:
    """Connect links and OAuth callbacks."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        authorizers: Mapping[Provider, Authorizer],
        arrivals: Arrivals,
        words: SignInWords,
        public_url: str,
    ) -> None:
        """Take the ports, the views and our own address."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._authorizers = authorizers
        self._arrivals = arrivals
        self._words = words
        self._public_url = public_url.rstrip("/")

    @property
    def providers(self) -> tuple[Provider, ...]:
        """The providers that people sign in to."""
        return tuple(self._authorizers)

    @property
    def is_https(self) -> bool:
        """Say whether our cookies can demand https."""
        return self._public_url.startswith("https://")

    async def invite(
        self,
        organisation: Organisation,
        provider: Provider,
        *,
        user_id: str,
        channel_id: str | None,
    ) -> Invitation:
        """Hand out a link for one person; outside a direct message it is sent as one, too.

        Raises:
            Refusal: when the bot has no keys of this ERP.
        """
        if provider not in self._authorizers:
            raise Refusal(
                f"{provider.label} cannot be connected here: whoever runs the bot has not set "
                "its client id and secret."
            )
        token = self._ids.secret()
        request = ConnectRequest(
            id=self._ids.new(),
            organisation_id=organisation.id,
            provider=provider,
            team_id=organisation.team_id,
            requested_by=user_id,
            channel_id=channel_id,
            expires_at=self._clock.now() + LINK_LIFETIME,
        )
        url = f"{self._public_url}/connect/{token}"
        invitation = Invitation(url=url, request=request, organisation=organisation)
        async with self._storage.unit() as unit:
            await unit.connect_requests.add(request, token)
            if channel_id is not None:
                await self._send(unit, request, self._words.invited(invitation))
            await unit.commit()
        return invitation

    async def look(self, token: str) -> Invitation:
        """Return what a link is for, and consume nothing.

        Raises:
            AuthorizationError: the link is unknown, used or expired.
        """
        async with self._storage.unit(read_only=True) as unit:
            request = await unit.connect_requests.by_token(token)
            if request is None:
                raise AuthorizationError(PageProblem.UNKNOWN)
            self._require_usable(request)
            organisation = await unit.organisations.get(request.organisation_id)
        if organisation is None:
            raise AuthorizationError(PageProblem.UNKNOWN)
        url = f"{self._public_url}/connect/{token}"
        return Invitation(url=url, request=request, organisation=organisation)

    async def open(self, token: str) -> Opened:
        """Bind this browser to the link and return the ERP's login address.

        Raises:
            AuthorizationError: the link is unknown, used or expired.
        """
        request = (await self.look(token)).request
        state, browser = self._ids.secret(), self._ids.secret()
        now = self._clock.now()
        async with self._storage.unit() as unit:
            await unit.connect_requests.open(request.id, state, browser, now)
            await unit.commit()
        authorizer = self._authorizers[request.provider]
        return Opened(
            authorization_url=authorizer.authorization_url(
                state, self._redirect_uri(request.provider)
            ),
            cookie=f"{browser}{_COOKIE_SEPARATOR}{token}",
            provider=request.provider,
            lifetime_s=max(int((request.expires_at - now).total_seconds()), 1),
        )

    async def finish(self, callback: Callback) -> Connected | ToChoose:
        """Take the ERP's answer: keep its tokens, and the company unconfirmed with its books.

        Raises:
            AuthorizationError: with the reason that its page explains.
        """
        request = await self._consume(callback)
        if callback.error or not callback.code:
            is_denied = callback.error == "access_denied"
            raise AuthorizationError(PageProblem.DENIED if is_denied else PageProblem.NO_COMPANY)
        tokens, reach = await self._exchange(callback, callback.code)
        arrival = Arrival(
            request=request, secret=dump_tokens(tokens), reach=reach, until=ends_at(tokens)
        )
        return await self._arrivals.arrive(arrival)

    async def _consume(self, callback: Callback) -> ConnectRequest:
        browser, token = _read_cookie(callback.cookie)
        if browser is None or token is None:
            raise AuthorizationError(PageProblem.FORWARDED)
        async with self._storage.unit() as unit:
            now = self._clock.now()
            request = await unit.connect_requests.consume(callback.state, browser, now)
            if request is not None and request.channel_id is not None:
                await self._send(unit, request, self._words.used(request.provider))
            await unit.commit()
            if request is not None and request.provider is callback.provider:
                return request
            started = await unit.connect_requests.by_token(token)
        if started is None:
            raise AuthorizationError(PageProblem.UNKNOWN)
        self._require_usable(started)
        raise AuthorizationError(PageProblem.FOREIGN)

    def _require_usable(self, request: ConnectRequest) -> None:
        if request.used_at is not None:
            raise AuthorizationError(PageProblem.USED)
        if request.expires_at <= self._clock.now():
            raise AuthorizationError(PageProblem.EXPIRED)

    async def _exchange(self, callback: Callback, code: str) -> tuple[OAuthTokens, Reach]:
        authorizer = self._authorizers[callback.provider]
        try:
            tokens = await authorizer.exchange(code, self._redirect_uri(callback.provider))
            return tokens, await authorizer.reach(tokens, callback.external_id)
        except ErpError as error:
            raise AuthorizationError(PageProblem.ERP, erp_problem=error.problem) from error

    async def _send(self, unit: UnitOfWork, request: ConnectRequest, said: Said) -> None:
        """Set the direct message of a link; once used, it no longer holds the link."""
        message = direct_message(
            said,
            key=f"connect:{request.id}",
            team_id=request.team_id,
            user_id=request.requested_by,
        )
        await unit.outbox.put(message, self._clock.now())

    def _redirect_uri(self, provider: Provider) -> str:
        return f"{self._public_url}/oauth/{provider.value}/callback"


def _read_cookie(cookie: str | None) -> tuple[str | None, str | None]:
    """Split the cookie into the browser's secret and the link it was given for."""
    browser, _, token = (cookie or "").partition(_COOKIE_SEPARATOR)
    return browser or None, token or None
