"""The product as the wiring builds it, over a test's database, with a queue for an engine.

Everything is real but Slack, which is never called: what would be said waits in the outbox.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from bot.handlers.connect import choose as choose_company
from bot.handlers.context import Ask, Caller, Click, Submit
from bot.ids import RandomIds
from bot.services.arrivals import READ_COMPANY
from bot.services.connections import END_CONNECTION
from bot.services.credentials import CHECK_CREDENTIALS
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.runs import RunPorts, Runs
from bot.services.sign_in import Callback
from bot.services.tokens import Tokens
from bot.services.use_cases import UseCases
from bot.services.watch import WATCH_CONNECTION, Watch
from bot.settings import Settings
from bot.views import grants as grant_views
from bot.wiring.cases import Outside, open_outside
from bot.wiring.connecting import build_connections
from bot.wiring.ground import Ground
from ledger.books import Books
from ledger.organisation import Company, Organisation, PersonRole, Provider
from ledger.records import Message
from sandbox.clock import SandboxClock
from storage.database import Database
from storage.engine_store import EngineStore
from storage.outbox import OutboxQueue
from storage.vault import Vault
from tests.support import books
from tests.support.databases import SECRET_KEYS
from tests.support.engine import QueueEngine
from tests.support.pushing import Announcements

TEAM, OWNER = "T1", "U1"
OWNERS = frozenset({PersonRole.OWNER})
PUBLIC_URL = "https://integral.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The product, and what people do with it."""

    database: Database
    outside: Outside
    use_cases: UseCases
    engine: QueueEngine
    _seen: set[tuple[str, int]] = field(default_factory=set)

    async def organisation(self, id_: str = "org-1", *, code: str = "A1B2") -> Organisation:
        """A new organisation of the one owner, with a finance channel."""
        made = books.organisation(id_, team=TEAM, code=code)
        async with self.database.unit() as unit:
            await unit.organisations.add(made)
            await unit.people.grant(id_, OWNER, PersonRole.OWNER)
            await unit.organisations.set_finance_channel(id_, f"C-{id_}")
            await unit.commit()
            stored = await unit.organisations.get(id_)
        assert stored is not None
        return stored

    async def begin(self, organisation: Organisation, provider: Provider) -> tuple[str, str]:
        """Press the button of a link; return the OAuth state and the browser's cookie."""
        authorizations = self.use_cases.connections.authorizations
        given = await authorizations.invite(organisation, provider, user_id=OWNER, channel_id="D1")
        opened = await authorizations.open(given.url.rpartition("/")[2])
        query = parse_qs(urlsplit(opened.authorization_url).query)
        return query["state"][0], opened.cookie

    async def come_back(self, organisation: Organisation, code: str) -> object:
        """Return from Xero's consent page with a code."""
        state, cookie = await self.begin(organisation, Provider.XERO)
        callback = Callback(provider=Provider.XERO, state=state, cookie=cookie, code=code)
        return await self.use_cases.connections.authorizations.finish(callback)

    async def choose(self, organisation: Organisation, grant_id: str, external_id: str) -> None:
        """Pick a company in the direct message, and let it be read."""
        click = Click(
            caller=CALLER,
            organisation=organisation,
            roles=OWNERS,
            arguments=(grant_id,),
            chosen=external_id,
        )
        await choose_company(click, self.use_cases)
        await self.work()

    async def confirm(self, organisation: Organisation, company: Company) -> None:
        """Confirm the company, with a go-live date."""
        await self.use_cases.connections.confirm(
            organisation, company.id, actor=OWNER, go_live_date=date(2020, 1, 1)
        )

    async def work(self) -> None:
        """Run what the engine holds."""
        connections = self.use_cases.connections
        await self.engine.drain(
            {
                READ_COMPANY: connections.arrivals.read_chosen,
                CHECK_CREDENTIALS: connections.credentials.check,
                END_CONNECTION: connections.end_connection,
                WATCH_CONNECTION: self.use_cases.watch.look_at,
            }
        )

    async def companies(self, organisation: Organisation) -> list[Company]:
        """Every company that an organisation knows."""
        async with self.database.unit(read_only=True) as unit:
            return await unit.companies.of_organisation(organisation.id)

    async def active(self, organisation: Organisation) -> Company:
        """The company that is posted into."""
        company = await self.use_cases.connections.active(organisation)
        assert company is not None
        return company

    async def imported(self, company: Company) -> Books:
        """The books as last imported."""
        async with self.database.unit(read_only=True) as unit:
            found = await unit.companies.books(company.id)
        assert found is not None
        return found

    async def secret(self, company: Company) -> str | None:
        """What is kept of a company's credentials, decrypted."""
        if company.grant_id is None:
            return None
        async with self.database.unit(read_only=True) as unit:
            return await unit.grants.read_secret(company.grant_id)

    async def said(self) -> list[Message]:
        """What waits to be said and was not seen by the test before."""
        due = await OutboxQueue(self.database).due(self.database.clock.now(), 1000)
        fresh = [each for each in due if (each.message.key, each.version) not in self._seen]
        self._seen.update((each.message.key, each.version) for each in fresh)
        return [each.message for each in fresh]


CALLER = Caller(team_id=TEAM, user_id=OWNER, channel_id="D1", trigger_id="1.2")


def ask(organisation: Organisation, *words: str) -> Ask:
    """A slash command."""
    return Ask(
        caller=CALLER,
        words=words,
        text=" ".join(words),
        known_organisation=organisation,
        roles=OWNERS,
    )


def click(organisation: Organisation, *arguments: str, chosen: str | None = None) -> Click:
    """A button or picker."""
    return Click(
        caller=CALLER,
        organisation=organisation,
        roles=OWNERS,
        arguments=arguments,
        chosen=chosen,
    )


def submit(
    organisation: Organisation, arguments: tuple[str, ...], values: Mapping[str, str]
) -> Submit:
    """A form that was sent off."""
    return Submit(
        caller=CALLER,
        known_organisation=organisation,
        roles=OWNERS,
        arguments=arguments,
        values=dict(values),
    )


def _use_cases(ground: Ground, outside: Outside, engine: QueueEngine) -> UseCases:
    """Those that connecting calls."""
    pipeline = Pipeline(clock=ground.clock)
    runs = Runs(
        RunPorts(
            storage=ground.database,
            clock=ground.clock,
            ids=ground.ids,
            engine=engine,
            connectors=outside.erps,
            announcer=Announcements(),
        )
    )
    watch = Watch(
        storage=ground.database,
        clock=ground.clock,
        engine=engine,
        connectors=outside.erps,
        grants=outside.grants,
        expiring_words=grant_views.expiring,
    )
    made = SimpleNamespace(
        connections=build_connections(
            ground, outside.erps, engine=engine, pipeline=pipeline, runs=runs
        ),
        watch=watch,
        runs=runs,
        overview=Overview(storage=ground.database, clock=ground.clock, pipeline=pipeline),
        clock=ground.clock,
    )
    return cast("UseCases", made)


@asynccontextmanager
async def running_bot(url: str, clock: SandboxClock, **addresses: Any) -> AsyncIterator[Bot]:
    """Build the product over a migrated database; ``addresses`` are settings."""
    settings = Settings(  # type: ignore[call-arg] # pydantic-settings' own argument
        _env_file=None,
        database_url=SecretStr(url),
        public_url=PUBLIC_URL,
        slack_bot_token=SecretStr("xoxb-unused"),
        slack_api_url="http://127.0.0.1:1/api/",
        quickbooks_api_url="http://127.0.0.1:1",
        **addresses,
    )
    database = Database(url, Vault.from_text(SECRET_KEYS), clock=clock)
    ids = RandomIds(clock)
    ground = Ground(
        settings=settings,
        clock=clock,  # type: ignore[arg-type] # the sandbox's, of this very process
        ids=ids,
        database=database,
        tokens=Tokens(storage=database, clock=clock, ids=ids),
        engine_store=EngineStore(database),
    )
    outside, engine = open_outside(ground), QueueEngine()
    try:
        yield Bot(
            database=database,
            outside=outside,
            use_cases=_use_cases(ground, outside, engine),
            engine=engine,
        )
    finally:
        await outside.close()
        await database.close()
