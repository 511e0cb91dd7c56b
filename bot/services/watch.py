"""Watch: every day each connection is tried once, which keeps it alive and notices its end early.

People are warned 30, 7 and 1 days before an authorisation ends for good. A service that is away for
an hour says nothing about a connection. It must not send or change anything in an ERP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.erp.errors import ErpActionRequired, ErpError
from bot.services.grants import Grants
from bot.services.ports import Clock, Connectors, Engine, Storage, UnitOfWork
from bot.services.saying import Said, direct_message
from ledger.organisation import Company, ConnectionState, Organisation, PersonRole, Provider
from ledger.problems import ProblemCode

WATCH_CONNECTION = "watch_connection"
"""Workflow: (company id,) → :meth:`Watch.look_at`."""
WARN_DAYS = (1, 7, 30)
"""How long before an authorisation's end people are warned, each once."""
TYPED = frozenset({Provider.NETSUITE})
"""Providers whose credentials a person must renew, and which we keep until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """An authorisation that ends soon."""

    organisation: Organisation
    company: Company
    until: datetime
    within_days: int


ExpiringWords = Callable[[Expiring], Said]


class Watch:
    """Looks at connections."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        engine: Engine,
        connectors: Connectors,
        grants: Grants,
        expiring_words: ExpiringWords,
    ) -> None:
        """Take the ports, the grants, and the view of a warning."""
        self._storage = storage
        self._clock = clock
        self._engine = engine
        self._connectors = connectors
        self._grants = grants
        self._expiring_words = expiring_words
        self._done: date | None = None

    async def tick(self) -> int:
        """Have every connection looked at once a day; called by the clock, twice is harmless."""
        today = self._clock.now().date()
        if self._done == today:
            return 0
        async with self._storage.unit(read_only=True) as unit:
            found = [
                await unit.companies.active(organisation.id)
                for organisation in await unit.organisations.everyone()
            ]
        live = [c for c in found if c is not None and c.connection is ConnectionState.ACTIVE]
        for company in live:
            workflow_id = f"watch:{company.id}:{today}"
            await self._engine.enqueue(
                WATCH_CONNECTION, workflow_id, company.id, partition=company.id
            )
        self._done = today
        return len(live)

    async def look_at(self, company_id: str) -> None:
        """Try a connection, and warn people when its authorisation ends soon (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        if company is None or company.connection is not ConnectionState.ACTIVE:
            return
        await self._try(company)
        async with self._storage.unit() as unit:
            company = await unit.companies.get(company_id) or company
            organisation = await unit.organisations.get(company.organisation_id)
            if organisation is not None and company.connection is ConnectionState.ACTIVE:
                await self._warn(unit, organisation, company)
            await unit.commit()

    async def _try(self, company: Company) -> None:
        """Call the company once: an idle grant is renewed, a dead one found out and announced."""
        try:
            await self._connectors.of(company).check_access()
        except ErpActionRequired as error:
            is_refused = error.problem.code is ProblemCode.CREDENTIALS_INVALID
            if company.provider in TYPED and is_refused:
                await self._grants.note_refused(company, error.problem.code.value)
        except ErpError:
            # Away today: nothing is known, and the next run says so if it lasts.
            return

    async def _warn(self, unit: UnitOfWork, organisation: Organisation, company: Company) -> None:
        until = company.authorised_until
        if until is None:
            return
        left = (until - self._clock.now()).days
        within = next((days for days in WARN_DAYS if left <= days), None)
        if within is None:
            return
        expiring = Expiring(
            organisation=organisation, company=company, until=until, within_days=within
        )
        said = self._expiring_words(expiring)
        for person in await people_to_tell(unit, company):
            message = direct_message(
                said,
                key=f"expiring:{company.id}:{until:%Y-%m}:{within}:{person}",
                team_id=organisation.team_id,
                user_id=person,
            )
            await unit.outbox.put(message, self._clock.now())


async def people_to_tell(unit: UnitOfWork, company: Company) -> list[str]:
    """Return who connected a company, as long as they have a role here, and one of its owners."""
    people = await unit.people.everyone(company.organisation_id)
    owners = sorted(who for who, roles in people.items() if PersonRole.OWNER in roles)
    connector = company.connected_by
    who = [connector] if connector is not None and connector in people else []
    return list(dict.fromkeys([*who, *owners[:1]]))
