"""Connections: which company an organisation posts into, confirmed, refreshed, disconnected.

Disconnecting wipes credentials and nothing else: entries in the ERP, mapping, settings, history
and the numbers already used all stay. It must not judge entries or send any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from bot.services import audit
from bot.services.arrivals import Arrivals, company_card
from bot.services.authorizations import Authorizations
from bot.services.charts import Charts, require_company
from bot.services.credentials import TypedCredentials
from bot.services.errors import Refusal
from bot.services.go_live import first_day
from bot.services.leaving import Disconnected, Leaving
from bot.services.ports import Clock, Connectors, Engine, Ids, Storage, UnitOfWork
from bot.services.saying import Said, direct_message
from ledger.organisation import Company, ConnectionState, Organisation
from ledger.periods import local_day, month_of
from ledger.records import CompanyTakenError

END_CONNECTION = "end_connection"
"""Workflow: (company id, user id) → :meth:`Connections.end_connection`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A company that a person confirmed, with what was imported from it."""

    company: Company
    accounts: int
    contacts: int
    replaced: Company | None
    """The company that was active before; its credentials are being taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A company that was not the right one, and what its card says now."""

    company: Company
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionWords:
    """The views that take the place of the question whether a company is the right one."""

    confirmed: Callable[[Confirmed], Said]
    rejected: Callable[[Company], Said]


class Connections:
    """The companies of an organisation."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        connectors: Connectors,
        authorizations: Authorizations,
        credentials: TypedCredentials,
        arrivals: Arrivals,
        charts: Charts,
        words: ConnectionWords,
    ) -> None:
        """Take the ports, the sign-in, the imported charts and the views."""
        self._words = words
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._leaving = Leaving(storage=storage, clock=clock, connectors=connectors)
        self.authorizations = authorizations
        """Links and callbacks."""
        self.credentials = credentials
        """Credentials that are typed."""
        self.arrivals = arrivals
        """What was authorised, and which company of it is meant."""
        self.charts = charts
        """Imported charts of accounts and contacts."""

    async def active(self, organisation: Organisation) -> Company | None:
        """Return the company that the organisation posts into; none before one is confirmed."""
        async with self._storage.unit(read_only=True) as unit:
            return await unit.companies.active(organisation.id)

    async def of(self, organisation: Organisation, company_id: str) -> Company:
        """Return one of the organisation's companies.

        Raises:
            Refusal: it is another organisation's.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        if company is None or company.organisation_id != organisation.id:
            raise Refusal(NOT_YOURS)
        return company

    async def unconfirmed(self, organisation: Organisation, company_id: str) -> Company:
        """Return a company that waits for its confirmation.

        Raises:
            Refusal: it is another organisation's, disconnected meanwhile, or of another currency.
        """
        async with self._storage.unit(read_only=True) as unit:
            return await _require_confirmable(unit, organisation, company_id)

    async def suggested_go_live(self, organisation: Organisation) -> date:
        """Return the first day of the earliest imported transaction's month, or of this one."""
        async with self._storage.unit(read_only=True) as unit:
            sources = await unit.transactions.sources(organisation.id)
        first = min((s.first_date for s in sources if s.first_date), default=self._clock.now())
        return month_of(local_day(first, organisation.time_zone)).first

    async def confirm(
        self,
        organisation: Organisation,
        company_id: str,
        *,
        actor: str,
        go_live_date: date | None = None,
    ) -> Confirmed:
        """Make a company the one that is posted into; the one before stops being it.

        Args:
            organisation: Whose company it becomes.
            company_id: The company to confirm.
            actor: Who confirms.
            go_live_date: Needed at its first connection; kept as it was at a later one.

        Raises:
            FieldRefusal: the go-live date (``go_live``) is missing, or a slip.
            Refusal: see :meth:`unconfirmed`; or another organisation was faster.
        """
        company = await self.unconfirmed(organisation, company_id)
        async with self._storage.lock(f"company:{company.key}"), self._storage.unit() as unit:
            company = await _require_confirmable(unit, organisation, company_id)
            today = local_day(self._clock.now(), organisation.time_zone)
            first = first_day(company, go_live_date, today=today)
            before = await unit.companies.active(organisation.id)
            if before is not None and before.id != company.id:
                await unit.companies.save(replace(before, is_confirmed=False, pushes_enabled=False))
            confirmed = replace(company, is_confirmed=True, go_live_date=first)
            await _save(unit, confirmed)
            await self._note_confirmation(unit, confirmed, actor)
            await unit.organisations.raise_shape_version(organisation.id)
            books = await unit.companies.books(company.id)
            result = Confirmed(
                company=confirmed,
                accounts=len(books.accounts) if books else 0,
                contacts=len(books.contacts) if books else 0,
                replaced=before if before is not None and before.id != company.id else None,
            )
            said = self._words.confirmed(result)
            await self._replace_card(unit, organisation, confirmed, said)
            await unit.commit()
        other = result.replaced
        if other is not None and other.connection is not ConnectionState.DISCONNECTED:
            await self._enqueue(END_CONNECTION, other, actor)
        return result

    async def reject(self, organisation: Organisation, company_id: str, *, actor: str) -> Rejected:
        """Take away the authorisation of a company that was not the right one.

        Where it reaches others too, it stays, and the person is asked which of them it is.

        Raises:
            Refusal: the company is another organisation's, or was confirmed meanwhile.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        if company is None or company.organisation_id != organisation.id:
            raise Refusal(NOT_YOURS)
        if company.is_confirmed:
            raise Refusal(
                f"{company.name} was confirmed meanwhile.", next_step="/integral disconnect"
            )
        async with self._storage.unit(read_only=True) as unit:
            again = await self.arrivals.choose_again(unit, organisation, company)
        if again is None:
            ended = (await self._end(company, actor)).company
            said = self._words.rejected(ended)
        else:
            # The others that were authorised with it stay open to be chosen.
            ended = await self._leaving.put_back(company)
            said = again
        async with self._storage.unit() as unit:
            await self._replace_card(unit, organisation, ended, said)
            await unit.commit()
        return Rejected(company=ended, said=said)

    async def disconnect(
        self, organisation: Organisation, company_id: str, *, actor: str
    ) -> Disconnected:
        """End the active company's authorisation at the ERP and wipe its credentials.

        The credentials are wiped even when the ERP cannot be told; the answer says so.

        Raises:
            Refusal: when this company is not the connected one (any more).
        """
        company = require_company(await self.active(organisation))
        if company.id != company_id:
            raise Refusal(NOT_ACTIVE, next_step="/integral status")
        if company.connection is ConnectionState.DISCONNECTED:
            raise Refusal(
                f"{company.name} is disconnected already.",
                next_step=f"/integral connect {company.provider.value}",
            )
        return await self._end(company, actor)

    async def end_connection(self, company_id: str, actor: str) -> None:
        """Take away the credentials of a company that another one replaced (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        if company is None or company.is_confirmed:
            return
        if company.connection is not ConnectionState.DISCONNECTED:
            await self._leaving.end(company, actor)

    async def _end(self, company: Company, actor: str) -> Disconnected:
        ended = await self._leaving.end(company, actor)
        if ended is None:
            raise Refusal(
                f"Somebody signed in to {company.name} again meanwhile, so it stays connected.",
                next_step="/integral status",
            )
        return ended

    async def _note_confirmation(self, unit: UnitOfWork, company: Company, actor: str) -> None:
        facts = {"company": company.name, "go-live date": str(company.go_live_date)}
        # Connecting is not shaping: whoever approves sees the company and every date on the card.
        record = audit.note(
            "company.confirmed",
            company.key,
            organisation_id=company.organisation_id,
            actor=actor,
            at=self._clock.now(),
            change=(None, facts),
        )
        await unit.audit.add(record)

    async def _replace_card(
        self, unit: UnitOfWork, organisation: Organisation, company: Company, said: Said
    ) -> None:
        """Take the buttons off the question, from whichever surface it was answered."""
        if company.connected_by is not None:
            message = direct_message(
                said,
                key=company_card(company),
                team_id=organisation.team_id,
                user_id=company.connected_by,
            )
            await unit.outbox.put(message, self._clock.now())

    async def _enqueue(self, workflow: str, company: Company, user_id: str) -> None:
        await self._engine.enqueue(
            workflow, self._ids.new(), company.id, user_id, partition=company.id
        )


NOT_ACTIVE = "Another company is connected by now."
NOT_YOURS = "This company does not belong to this organisation."


async def _save(unit: UnitOfWork, company: Company) -> None:
    try:
        await unit.companies.save(company)
    except CompanyTakenError as error:
        raise Refusal(f"Another organisation posts into {company.name} already.") from error


async def _require_confirmable(
    unit: UnitOfWork, organisation: Organisation, company_id: str
) -> Company:
    company = await unit.companies.get(company_id)
    if company is None or company.organisation_id != organisation.id:
        raise Refusal(NOT_YOURS)
    if company.connection is not ConnectionState.ACTIVE:
        raise Refusal(
            f"{company.name} was disconnected meanwhile.",
            next_step=f"/integral connect {company.provider.value}",
        )
    if company.functional_currency != organisation.base_currency:
        raise Refusal(
            f"{company.name} is kept in {company.functional_currency} and {organisation.name} in "
            f"{organisation.base_currency}: entries are posted in the base currency only. Connect "
            "a company kept in it, or start another organisation with the company's currency."
        )
    known = await unit.companies.find(company.provider, company.external_id)
    if any(c.is_confirmed and c.organisation_id != organisation.id for c in known):
        raise Refusal(f"Another organisation posts into {company.name} already.")
    return company
