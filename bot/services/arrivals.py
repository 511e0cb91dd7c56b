"""Arrivals: what becomes of an authorisation: a grant kept, a company for a person to confirm.

An authorisation may reach several companies; then the person chooses, in Slack. Its credentials are
kept before anything is read, so that none is lost. It must not make a company active: a person
confirms it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.erp.errors import ErpError
from bot.erp.reach import ReachableCompany
from bot.services import audit
from bot.services.errors import Refusal
from bot.services.grant_keeping import Arrival, GrantKeeper
from bot.services.grants import is_same_arrival
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Connectors, Engine, Ids, Storage, UnitOfWork
from bot.services.readiness import Ready
from bot.services.saying import Said, direct_message
from bot.services.sign_in import AuthorizationError, Connected, Failed, PageProblem, ToChoose
from ledger.books import Books
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.records import CompanyTakenError, ConnectRequest, Reached

READ_COMPANY = "read_company"
"""Workflow: (company id, user id) → :meth:`Arrivals.read_chosen`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalWords:
    """The views of what a person is told."""

    connected: Callable[[Connected], Said]
    choose: Callable[[ToChoose], Said]
    failed: Callable[[Failed], Said]


class Arrivals:
    """From credentials to companies."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        connectors: Connectors,
        until: Callable[[Provider, str], datetime | None],
        pipeline: Pipeline,
        wake: Callable[[str], Awaitable[int]],
        words: ArrivalWords,
    ) -> None:
        """Take the ports, the views, what wakes a company's runs, and when its secret ends."""
        self._keeper = GrantKeeper(storage)
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._connectors = connectors
        self._until = until
        self._pipeline = pipeline
        self._wake = wake
        self._words = words

    async def arrive(self, arrival: Arrival) -> Connected | ToChoose:
        """Keep the credentials, and take up the company they reach or ask which one it is.

        Raises:
            AuthorizationError: they reach no company, only companies of other organisations, or
                one that cannot be read.
        """
        chosen = [company for company in arrival.reach.companies if company.is_chosen]
        if not chosen:
            raise AuthorizationError(PageProblem.NO_COMPANY)
        request = arrival.request
        async with self._storage.unit(read_only=True) as unit:
            active = await unit.companies.active(request.organisation_id)
            free = [c for c in chosen if not await _is_taken(unit, request, c.external_id)]
        if not free:
            # Its grant stays: revoking it would end the other organisation's connection.
            raise AuthorizationError(PageProblem.TAKEN)
        kept = await self._keeper.keep(arrival)
        for company in kept.revived:
            await self._wake(company.id)
        reached = kept.reached
        again = [c for c in free if active is not None and active.key == _key(request, c)]
        if not again and len(free) > 1:
            return await self._ask(request, [reached[c.external_id] for c in free])
        one = reached[(again or free)[0].external_id]
        company = await self._attach(
            request.organisation_id, one, user_id=request.requested_by, until=arrival.until
        )
        return await self._read(company, request.requested_by)

    async def offered(
        self, organisation: Organisation, provider: Provider, *, user_id: str
    ) -> list[Reached]:
        """Return what this person authorised before and no organisation posts into."""
        async with self._storage.unit(read_only=True) as unit:
            return await unit.grants.offered(organisation.team_id, user_id, provider)

    async def choose(
        self, organisation: Organisation, grant_id: str, external_id: str, *, user_id: str
    ) -> Reached:
        """Take up one of the companies that a person authorised; its card comes when it was read.

        Raises:
            Refusal: the person did not authorise it, it is gone, or another organisation's by now.
        """
        async with self._storage.unit(read_only=True) as unit:
            known = {each.external_id: each for each in await unit.grants.reached(grant_id)}
            secret = await unit.grants.read_secret(grant_id)
        one = known.get(external_id)
        if one is None or secret is None or not _is_theirs(one, organisation, user_id):
            raise Refusal(
                "This choice is no longer open. Connect again to get a new one.",
                next_step="/integral connect",
            )
        try:
            company = await self._attach(
                organisation.id, one, user_id=user_id, until=self._until(one.provider, secret)
            )
        except AuthorizationError as error:
            raise Refusal(f"Another organisation posts into {one.name} already.") from error
        await self._engine.enqueue(
            READ_COMPANY, self._ids.new(), company.id, user_id, partition=company.id
        )
        return one

    async def read_chosen(self, company_id: str, user_id: str) -> None:
        """Read a company that was chosen, and ask the person about it (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        if company is None or company.connection is not ConnectionState.ACTIVE:
            return
        try:
            await self._read(company, user_id)
        except AuthorizationError as error:
            await self.tell_failure(company, user_id, error)

    async def tell_failure(self, company: Company, user_id: str, error: AuthorizationError) -> None:
        """Say why a company could not be read, and what to do."""
        async with self._storage.unit() as unit:
            organisation = await unit.organisations.get(company.organisation_id)
            if organisation is not None:
                failed = Failed(organisation=organisation, provider=company.provider, error=error)
                await self._say(
                    unit,
                    self._words.failed(failed),
                    key=company_card(company),
                    to=(organisation.team_id, user_id),
                )
            await unit.commit()

    async def choose_again(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> Said | None:
        """Return the question which company it is without this one; none when there is no other."""
        rest = [
            each
            for each in await unit.grants.reached(company.grant_id or "")
            if each.external_id != company.external_id
            and _is_theirs(each, organisation, company.connected_by or "")
        ]
        if not rest:
            return None
        asked = ToChoose(organisation=organisation, provider=company.provider, choices=tuple(rest))
        return self._words.choose(asked)

    async def _attach(
        self, organisation_id: str, reached: Reached, *, user_id: str, until: datetime | None
    ) -> Company:
        """Make what was chosen a company of the organisation, unconfirmed unless it was before."""
        key = f"{reached.provider.value}:{reached.external_id}"
        async with self._storage.lock(f"company:{key}"), self._storage.unit() as unit:
            known = await unit.companies.find(reached.provider, reached.external_id)
            own = next((c for c in known if c.organisation_id == organisation_id), None)
            if any(c.is_confirmed for c in known if c != own):
                raise AuthorizationError(PageProblem.TAKEN)
            company = replace(
                own or self._new_company(organisation_id, reached),
                connection=ConnectionState.ACTIVE,
                connected_by=user_id,
                connected_at=self._clock.now(),
                authorised_until=until,
                grant_id=reached.grant_id,
                connection_id=reached.connection_id,
            )
            await _save(unit, company, is_new=own is None)
            left = own.grant_id if own is not None else None
            if left not in (None, reached.grant_id) and not await unit.grants.companies(left or ""):
                await unit.grants.remove(left or "")
            await unit.commit()
        return company

    def _new_company(self, organisation_id: str, reached: Reached) -> Company:
        return Company(
            id=self._ids.new(),
            organisation_id=organisation_id,
            provider=reached.provider,
            external_id=reached.external_id,
            name=reached.name,
            functional_currency="",  # known once its books were read
        )

    # ── reading and asking ───────────────────────────────────────────────────

    async def _read(self, company: Company, user_id: str) -> Connected:
        try:
            books = await self._connectors.of(company).fetch_books()
        except ErpError as error:
            await self._give_up(company)
            raise AuthorizationError(PageProblem.ERP, erp_problem=error.problem) from error
        company = await self._save_books(company, books)
        connected = await self._connected(company, books)
        async with self._storage.unit() as unit:
            await self._note(unit, company, user_id)
            await self._say(
                unit,
                self._words.connected(connected),
                key=company_card(company),
                to=(connected.organisation.team_id, user_id),
            )
            await unit.commit()
        if company.is_confirmed:
            await self._wake(company.id)
        return connected

    async def _give_up(self, company: Company) -> None:
        """Forget a new grant whose company could not be read; a confirmed one keeps its own."""
        if company.is_confirmed:
            return
        async with self._storage.unit() as unit:
            current = await unit.companies.get(company.id)
            if current is None or current.is_confirmed or not is_same_arrival(current, company):
                # Reading took long: somebody confirmed it meanwhile, or signed in anew.
                return
            gone = replace(current, connection=ConnectionState.DISCONNECTED, grant_id=None)
            await unit.companies.save(gone)
            grant_id = company.grant_id or ""
            is_shared = len(await unit.grants.reached(grant_id)) > 1
            if not is_shared and not await unit.grants.companies(grant_id):
                await unit.grants.remove(grant_id)
            await unit.commit()

    async def _save_books(self, company: Company, books: Books) -> Company:
        async with self._storage.unit() as unit:
            now = self._clock.now()
            company = replace(
                await unit.companies.get(company.id) or company,
                name=books.company_name,
                functional_currency=books.functional_currency,
                books_at=now,
            )
            await unit.companies.save(company)
            await unit.companies.save_books(company.id, books, now)
            await unit.commit()
        return company

    async def _connected(self, company: Company, books: Books) -> Connected:
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(company.organisation_id)
            if organisation is None:
                raise AuthorizationError(PageProblem.UNKNOWN)
            return Connected(
                organisation=organisation,
                company=company,
                books=books,
                is_reconnected=company.is_confirmed,
                ready=await self._ready(unit, organisation, company),
            )

    async def _ready(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> Ready | None:
        """Return what became ready while a company was away; none for a new one."""
        if not company.is_confirmed:
            return None
        return (await self._pipeline.survey(unit, organisation, company)).ready

    async def _ask(self, request: ConnectRequest, choices: Sequence[Reached]) -> ToChoose:
        async with self._storage.unit() as unit:
            organisation = await unit.organisations.get(request.organisation_id)
            if organisation is None:
                raise AuthorizationError(PageProblem.UNKNOWN)
            asked = ToChoose(
                organisation=organisation, provider=request.provider, choices=tuple(choices)
            )
            await self._say(
                unit,
                self._words.choose(asked),
                key=f"choose:{request.id}",
                to=(request.team_id, request.requested_by),
            )
            await unit.commit()
        return asked

    async def _note(self, unit: UnitOfWork, company: Company, user_id: str) -> None:
        facts = {"company": company.name, "currency": company.functional_currency}
        record = audit.note(
            "connection.authorised",
            company.key,
            organisation_id=company.organisation_id,
            actor=user_id,
            at=self._clock.now(),
            change=(None, facts),
        )
        await unit.audit.add(record)

    async def _say(self, unit: UnitOfWork, said: Said, *, key: str, to: tuple[str, str]) -> None:
        """Set a direct message; ``to`` is the workspace and the person."""
        message = direct_message(said, key=key, team_id=to[0], user_id=to[1])
        await unit.outbox.put(message, self._clock.now())


def company_card(company: Company) -> str:
    """Return the key of the message that asks whether this is the right company."""
    return f"company:{company.id}:{company.connected_at}"


def _key(request: ConnectRequest, company: ReachableCompany) -> str:
    return f"{request.provider.value}:{company.external_id}"


def _is_theirs(reached: Reached, organisation: Organisation, user_id: str) -> bool:
    return reached.team_id == organisation.team_id and reached.authorised_by == user_id


async def _is_taken(unit: UnitOfWork, request: ConnectRequest, external_id: str) -> bool:
    known = await unit.companies.find(request.provider, external_id)
    return any(c.is_confirmed and c.organisation_id != request.organisation_id for c in known)


async def _save(unit: UnitOfWork, company: Company, *, is_new: bool) -> None:
    try:
        await (unit.companies.add(company) if is_new else unit.companies.save(company))
    except CompanyTakenError as error:
        raise AuthorizationError(PageProblem.TAKEN) from error
