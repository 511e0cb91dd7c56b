"""Authorizations: from a person's wish to connect, through the ERP's login page, to a company.

A link is for one person, for 15 minutes and for one use; the browser that pressed its button is
the only one whose callback counts. It must not make a company active: a person confirms it.
Intuit's callback: https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.erp.credentials import OAuthTokens, dump_tokens
from bot.erp.errors import ErpError
from bot.services import audit
from bot.services.errors import Refusal
from bot.services.grants import lock_name
from bot.services.ports import Authorizer, Clock, Connectors, Ids, Storage, UnitOfWork
from bot.services.saying import Said, direct_message
from bot.services.sign_in import (
    AuthorizationError,
    Callback,
    Connected,
    Invitation,
    Opened,
    PageProblem,
)
from ledger.books import Books
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.records import CompanyTakenError, ConnectRequest

LINK_LIFETIME = timedelta(minutes=15)
_COOKIE_SEPARATOR = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWords:
    """The views of what a sign-in says in direct messages."""

    invited: Callable[[Invitation], Said]
    used: Callable[[Provider], Said]
    connected: Callable[[Connected], Said]


class Authorizations:
    """Connect links and OAuth callbacks."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        authorizers: Mapping[Provider, Authorizer],
        connectors: Connectors,
        words: SignInWords,
        public_url: str,
    ) -> None:
        """Take the ports, the views and our own address."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._authorizers = authorizers
        self._connectors = connectors
        self._words = words
        self._public_url = public_url.rstrip("/")

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

    async def finish(self, callback: Callback) -> Connected:
        """Take the ERP's answer: keep the company unconfirmed, its tokens and its books.

        Raises:
            AuthorizationError: with the reason that its page explains.
        """
        request = await self._consume(callback)
        if callback.error or not callback.code or not callback.external_id:
            is_denied = callback.error == "access_denied"
            raise AuthorizationError(PageProblem.DENIED if is_denied else PageProblem.NO_COMPANY)
        tokens = await self._exchange(callback, callback.code)
        company = await self._store(request, tokens, callback.external_id)
        try:
            books = await self._connectors.of(company).fetch_books()
        except ErpError as error:
            await self._give_up(company)
            raise AuthorizationError(PageProblem.ERP, erp_problem=error.problem) from error
        return await self._complete(request, company, books)

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

    async def _exchange(self, callback: Callback, code: str) -> OAuthTokens:
        authorizer = self._authorizers[callback.provider]
        try:
            return await authorizer.exchange(code, self._redirect_uri(callback.provider))
        except ErpError as error:
            raise AuthorizationError(PageProblem.ERP, erp_problem=error.problem) from error

    async def _store(
        self, request: ConnectRequest, tokens: OAuthTokens, external_id: str
    ) -> Company:
        """Keep company and tokens before anything is asked of the ERP: a grant is never lost."""
        lock = f"company:{request.provider.value}:{external_id}"
        async with self._storage.lock(lock):
            async with self._storage.unit(read_only=True) as unit:
                known = await unit.companies.find(request.provider, external_id)
            own = next((c for c in known if c.organisation_id == request.organisation_id), None)
            if any(c.is_confirmed for c in known if c != own):
                # Its grant stays: revoking it would end the other organisation's connection.
                raise AuthorizationError(PageProblem.TAKEN)
            company = own or self._new_company(request, external_id)
            # Nobody may be renewing the grant that these tokens replace.
            async with self._storage.lock(lock_name(company.id)), self._storage.unit() as unit:
                company = replace(
                    await unit.companies.get(company.id) or company,
                    connection=ConnectionState.ACTIVE,
                    connected_by=request.requested_by,
                    connected_at=self._clock.now(),
                    authorised_until=_ends_at(tokens),
                )
                await _keep(unit, company, is_new=own is None)
                await unit.companies.write_secret(company.id, dump_tokens(tokens))
                await unit.commit()
        return company

    def _new_company(self, request: ConnectRequest, external_id: str) -> Company:
        return Company(
            id=self._ids.new(),
            organisation_id=request.organisation_id,
            provider=request.provider,
            external_id=external_id,
            name=f"{request.provider.label} company {external_id}",
            functional_currency="",  # known once its books were read
        )

    async def _give_up(self, company: Company) -> None:
        """Forget a new grant whose company could not be read; a confirmed one keeps its own."""
        if company.is_confirmed:
            return
        async with self._storage.unit() as unit:
            await unit.companies.wipe_secret(company.id)
            await unit.companies.save(replace(company, connection=ConnectionState.DISCONNECTED))
            await unit.commit()

    async def _complete(self, request: ConnectRequest, company: Company, books: Books) -> Connected:
        async with self._storage.unit() as unit:
            now = self._clock.now()
            current = await unit.companies.get(company.id) or company
            company = replace(
                current,
                name=books.company_name,
                functional_currency=books.functional_currency,
                books_at=now,
            )
            await unit.companies.save(company)
            await unit.companies.save_books(company.id, books, now)
            connected = await self._connected(unit, request, company, books)
            await self._tell(unit, request, connected)
            await unit.commit()
        return connected

    async def _connected(
        self, unit: UnitOfWork, request: ConnectRequest, company: Company, books: Books
    ) -> Connected:
        organisation = await unit.organisations.get(request.organisation_id)
        if organisation is None:
            raise AuthorizationError(PageProblem.UNKNOWN)
        return Connected(
            organisation=organisation,
            company=company,
            books=books,
            is_reconnected=company.is_confirmed,
        )

    async def _tell(self, unit: UnitOfWork, request: ConnectRequest, connected: Connected) -> None:
        now = self._clock.now()
        company = connected.company
        facts = {"company": company.name, "currency": company.functional_currency}
        record = audit.note(
            "connection.authorised",
            company.key,
            organisation_id=request.organisation_id,
            actor=request.requested_by,
            at=now,
            change=(None, facts),
        )
        await unit.audit.add(record)
        message = direct_message(
            self._words.connected(connected),
            key=company_card(company),
            team_id=request.team_id,
            user_id=request.requested_by,
        )
        await unit.outbox.put(message, now)

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


def company_card(company: Company) -> str:
    """Return the key of the message that asks whether this is the right company."""
    return f"company:{company.id}:{company.connected_at}"


async def _keep(unit: UnitOfWork, company: Company, *, is_new: bool) -> None:
    try:
        await (unit.companies.add(company) if is_new else unit.companies.save(company))
    except CompanyTakenError as error:
        raise AuthorizationError(PageProblem.TAKEN) from error


def _read_cookie(cookie: str | None) -> tuple[str | None, str | None]:
    """Split the cookie into the browser's secret and the link it was given for."""
    browser, _, token = (cookie or "").partition(_COOKIE_SEPARATOR)
    return browser or None, token or None


def _ends_at(tokens: OAuthTokens) -> datetime:
    """Return when a person must authorise again, if nothing renews the grant meanwhile."""
    hard = tokens.hard_expires_at
    return tokens.refresh_expires_at if hard is None else min(hard, tokens.refresh_expires_at)
