"""The parts of the product that a push passes through, put together as the wiring does it.

Real database, real connector, real use cases; the engine, the clock and what is announced come
from the test. It must not decide what a test pushes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import httpx

from bot.erp.connector import Connector
from bot.erp.credentials import TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.pacing import Pacer, Pacers
from bot.erp.quickbooks.company import LABEL, QuickBooksAddresses, QuickBooksCompany
from bot.erp.quickbooks.connector import QuickBooksConnector
from bot.erp.quickbooks.faults import TRACE_HEADER
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.erp.transport import ErpTransport
from bot.ids import RandomIds
from bot.services.advancing import Advancing
from bot.services.approvals import Approvals
from bot.services.corrections import Corrections
from bot.services.delivery import Delivering, Pace
from bot.services.grants import Grants
from bot.services.look_alikes import LookAlikes
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Connectors, Owners, UnitOfWork
from bot.services.preparing import Preparing
from bot.services.runs import WORKFLOW, RunPorts, Runs
from bot.services.staleness import FIND_STALE
from bot.services.status import RunStatus, Verified
from bot.services.verification import Verification
from bot.views.staleness import told as stale_told
from ledger.organisation import Company, Organisation
from ledger.problems import Problem
from ledger.runs import Batch
from storage.database import Database
from tests.support.engine import QueueEngine, Work


@dataclass(slots=True)
class Announcements:
    """Satisfies the port ``Announcer``: keeps what people would have been told."""

    changes: list[RunStatus] = field(default_factory=list)
    verified_periods: list[Verified] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    reminded: list[Batch] = field(default_factory=list)
    ended_cards: list[Batch] = field(default_factory=list)

    async def run_changed(self, unit: UnitOfWork, status: RunStatus) -> None:
        self.changes.append(status)

    async def remind(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        self.reminded.append(batch)

    async def ended(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        self.ended_cards.append(batch)

    async def verified(self, unit: UnitOfWork, result: Verified, *, person: str) -> None:
        self.verified_periods.append(result)

    async def failed(
        self, unit: UnitOfWork, organisation: Organisation, problem: Problem, *, person: str
    ) -> None:
        self.problems.append(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksAccess:
    """How QuickBooks is reached: addresses, the app's keys and the patience of one request."""

    http: httpx.AsyncClient
    addresses: QuickBooksAddresses
    keys: AppKeys
    settle_s: float
    timeout: httpx.Timeout
    pacers: Pacers


class QuickBooksConnectors:
    """Satisfies the port ``Connectors``: the real connector over the stored grant."""

    def __init__(self, access: QuickBooksAccess, *, database: Database, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._grants = Grants(storage=database, clock=clock, on_ended=_tell_nobody)
        self._oauth = QuickBooksOAuth(
            access.keys, addresses=access.addresses, http=access.http, now=clock.now
        )

    def entry_url(self, company: Company, erp_id: str) -> str:
        return self.of(company).entry_url(erp_id)

    def of(self, company: Company) -> Connector:
        access = self._access
        return QuickBooksConnector(
            QuickBooksCompany(
                realm_id=company.external_id,
                addresses=access.addresses,
                settle_s=access.settle_s,
            ),
            transport=ErpTransport(
                access.http,
                now=self._clock.now,
                trace_header=TRACE_HEADER,
                timeout=access.timeout,
                observe=lambda _call: None,
            ),
            tokens=TokenSource(
                self._grants.of(company),
                self._oauth.refresh,
                now=self._clock.now,
                subject=LABEL,
            ),
            pacer=access.pacers.of(company.id),
            revoke=self._oauth.revoke,
        )


async def _tell_nobody(unit: UnitOfWork, companies: Sequence[Company]) -> None:
    """What people are told when a grant ends is not what these tests are about."""


def unpaced(elapsed: Callable[[], float] = monotonic) -> Pacers:
    """Pacers that only bound how many requests run at once: the sandbox's limits are off."""
    return Pacers(lambda: Pacer(at_once=8, elapsed=elapsed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One process's worth of the product, without Slack."""

    database: Database
    clock: Clock
    owners: Owners
    ports: RunPorts
    engine: QueueEngine
    announcements: Announcements
    connectors: Connectors
    preparing: Preparing
    delivering: Delivering
    advancing: Advancing
    runs: Runs
    approvals: Approvals
    verification: Verification
    look_alikes: LookAlikes
    corrections: Corrections

    @property
    def work(self) -> Mapping[str, Work]:
        """Workflow name → body, as the engine runs them."""

        async def advance(run_id: str, wake: str) -> None:
            await self.advancing.advance(run_id, int(wake))

        return {WORKFLOW: advance, FIND_STALE: self.corrections.staleness.find}

    async def drain(self) -> int:
        """Have the engine run everything that waits."""
        return await self.engine.drain(self.work)

    async def tick(self) -> int:
        """Do what one tick of the clock does, and run what it enqueued."""
        await self.runs.wake_due()
        return await self.drain()


def build_product(
    database: Database,
    *,
    owners: Owners,
    connectors: Connectors,
    pace: Pace,
    engine: QueueEngine | None = None,
    announcements: Announcements | None = None,
) -> Product:
    """Put the parts together over an open database and its clock."""
    clock: Clock = database.clock
    ids = RandomIds(clock)
    announcer = announcements or Announcements()
    queue = engine or QueueEngine()
    ports = RunPorts(
        storage=database,
        clock=clock,
        ids=ids,
        engine=queue,
        connectors=connectors,
        announcer=announcer,
    )
    preparing = Preparing(storage=database, clock=clock, ids=ids, pipeline=Pipeline(clock=clock))
    delivering = Delivering(storage=database, clock=clock, owners=owners, pace=pace)
    runs = Runs(ports)
    return Product(
        database=database,
        clock=clock,
        owners=owners,
        ports=ports,
        engine=queue,
        announcements=announcer,
        connectors=connectors,
        preparing=preparing,
        delivering=delivering,
        advancing=Advancing(ports, preparing=preparing, delivering=delivering),
        runs=runs,
        approvals=Approvals(
            storage=database,
            clock=clock,
            preparing=preparing,
            runs=runs,
            announcer=announcer,
        ),
        verification=Verification(ports, delivering=delivering),
        look_alikes=LookAlikes(ports, runs=runs),
        corrections=Corrections.over(
            ports, runs=runs, pipeline=Pipeline(clock=clock), stale_words=stale_told
        ),
    )
