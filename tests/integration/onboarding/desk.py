"""The onboarding use cases over a real database; ERP, Slack and engine are stand-ins outside it.

It must not stand in for anything of ours.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.erp.connector import Connector, EntryQuery, FoundEntry, Outcome, Submission
from bot.erp.credentials import OAuthTokens, load_tokens
from bot.erp.errors import ErpError
from bot.erp.reach import Reach, ReachableCompany
from bot.services.access import CHOOSE_CHANNEL, OWNER_CODE, Access, NewOrganisation
from bot.services.arrivals import READ_COMPANY, Arrivals, ArrivalWords
from bot.services.authorizations import Authorizations, SignInWords
from bot.services.charts import REFRESH_BOOKS, Charts
from bot.services.connections import END_CONNECTION, Connections, ConnectionWords
from bot.services.credentials import CHECK_CREDENTIALS, CredentialWords, TypedCredentials
from bot.services.dimensions import Dimensions
from bot.services.grants import ends_at
from bot.services.imports import IMPORT_FILE, Imports, ImportWords
from bot.services.journal_settings import JournalSettingsService
from bot.services.mappings import Mappings
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.ports import FileRefusedError
from bot.services.runs import RunPorts, Runs
from bot.views import charts as chart_views
from bot.views import choosing
from bot.views import connect as connect_views
from bot.views import credentials as credential_views
from bot.views import imports as import_views
from bot.views import start as start_views
from ledger.books import Account, AccountClass, Books, Contact, ContactKind
from ledger.organisation import Company, Organisation, Provider
from storage.database import Database
from storage.outbox import OutboxQueue
from tests.support.databases import SettableClock
from tests.support.engine import QueueEngine
from tests.support.pushing import Announcements

TEAM, OWNER, CHANNEL = "T1", "U1", "C1"
CODE = "owner-code-1"
REALM = "9130355"


def account(erp_id: str, name: str, class_: AccountClass, **more: object) -> Account:
    """An account that takes entries, unless told otherwise."""
    values: dict[str, object] = {
        "erp_id": erp_id,
        "name": name,
        "classification": class_,
        "erp_type": class_.value.title(),
    }
    return Account(**(values | more))  # type: ignore[arg-type]


BOOKS = Books(
    company_name="Acme Inc",
    functional_currency="USD",
    fiscal_year_start_month=4,
    accounts=(
        account("1", "Kraken", AccountClass.ASSET),
        account("2", "Crypto proceeds", AccountClass.ASSET),
        account("3", "Trading fees", AccountClass.EXPENSE),
        account("4", "Gas fees", AccountClass.EXPENSE),
        account("5", "Realized gains", AccountClass.INCOME),
        account("6", "Realized losses", AccountClass.EXPENSE),
        account("7", "Payroll", AccountClass.EXPENSE),
        account("8", "Old wallet", AccountClass.ASSET, is_active=False),
        account("9", "Euro account", AccountClass.ASSET, currency="EUR"),
        account("10", "Bank", AccountClass.ASSET),
    ),
    contacts=(Contact(erp_id="1", name="Ada", kind=ContactKind.CUSTOMER),),
)
ROLES = {"proceeds": "2", "trading_fees": "3", "network_fees": "4", "gains": "5", "losses": "6"}


@dataclass
class CountingIds:
    """Ids and secrets in order, so that a failing test shows the same ones again."""

    count: int = 0

    def new(self) -> str:
        self.count += 1
        return f"id-{self.count:06}"

    def secret(self) -> str:
        self.count += 1
        return f"secret-{self.count:06}-" + "x" * 32


@dataclass
class OutsideErp:
    """An ERP: its login, its books, and whether it can be reached. Serves every company."""

    books: Books = BOOKS
    fails_with: ErpError | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens once, while it reads its books or is told of an end."""
    codes: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    reaches: Reach | None = None
    """What the next sign-in reaches; none: the company that the callback names."""
    clock: SettableClock = field(default_factory=SettableClock)

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        return f"https://login.example/authorize?state={state}&redirect_uri={redirect_uri}"

    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens:
        self.codes.append(code)
        now = self.clock.now()
        return OAuthTokens(
            access_token=f"access-{code}",
            refresh_token=f"refresh-{code}",
            access_expires_at=now + timedelta(hours=1),
            refresh_expires_at=now + timedelta(days=100),
        )

    async def reach(self, tokens: OAuthTokens, named: str | None) -> Reach:
        if self.reaches is not None:
            return self.reaches
        return Reach(companies=(ReachableCompany(external_id=named, name=named),) if named else ())

    def of(self, company: Company) -> Connector:
        return OutsideCompany(self, company.id)

    def entry_url(self, company: Company, erp_id: str) -> str:
        return f"https://erp.example/{company.external_id}/{erp_id}"


@dataclass
class OutsideCompany:
    """One company of the ERP."""

    erp: OutsideErp
    company_id: str
    settle_s: float = 120
    max_postings: int = 200

    async def check_access(self) -> None:
        self._fail()

    async def fetch_books(self) -> Books:
        await self._be_slow()
        self._fail()
        return self.erp.books

    async def post_entries(
        self, submissions: Sequence[Submission]
    ) -> AsyncGenerator[tuple[Submission, Outcome], None]:
        raise AssertionError(f"onboarding sent {len(submissions)} entries")
        yield  # makes it a generator

    async def find_entries(self, query: EntryQuery) -> AsyncGenerator[FoundEntry, None]:
        raise AssertionError(f"onboarding searched for {query}")
        yield  # makes it a generator

    async def fetch_entry(self, erp_id: str) -> FoundEntry | None:
        raise AssertionError(f"onboarding read {erp_id}")

    def entry_url(self, erp_id: str) -> str:
        return f"https://erp.example/{erp_id}"

    async def disconnect(self) -> None:
        self.erp.ended.append(self.company_id)
        await self._be_slow()
        self._fail()

    async def _be_slow(self) -> None:
        meanwhile, self.erp.meanwhile = self.erp.meanwhile, None
        if meanwhile is not None:
            await meanwhile()

    def _fail(self) -> None:
        if self.erp.fails_with is not None:
            raise self.erp.fails_with


@dataclass
class OutsideSlack:
    """Slack's conversations and files."""

    shared: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """What happens once, while a file is fetched."""

    async def is_shared(self, team_id: str, channel_id: str) -> bool:
        return channel_id in self.shared

    async def download(self, team_id: str, file_id: str, limit_bytes: int) -> bytes:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if file_id not in self.files:
            raise FileRefusedError("The file is no longer in Slack.")
        return self.files[file_id]


class Desk:
    """Everything a person does before the first entry is sent."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.database, self.clock, self.ids = database, clock, CountingIds()
        self.engine, self.erp, self.slack = QueueEngine(), OutsideErp(clock=clock), OutsideSlack()
        ports = {"storage": database, "clock": clock, "ids": self.ids}
        pipeline = Pipeline(clock=clock)
        self.access = Access(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            channels=self.slack,
            channel_words=start_views.channel_chosen,
        )
        runs = Runs(
            RunPorts(
                **ports,  # type: ignore[arg-type]
                engine=self.engine,
                connectors=self.erp,
                announcer=Announcements(),
            )
        )
        self.runs = runs
        self.arrivals = Arrivals(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            connectors=self.erp,
            until=lambda _provider, secret: ends_at(load_tokens(secret)),
            pipeline=pipeline,
            wake=runs.wake_company,
            words=ArrivalWords(
                connected=connect_views.connected,
                choose=lambda asked: choosing.choose(asked).said(),
                failed=lambda failed: choosing.failed(failed).said(),
            ),
        )
        self.authorizations = Authorizations(
            **ports,  # type: ignore[arg-type]
            authorizers={Provider.QUICKBOOKS: self.erp},
            arrivals=self.arrivals,
            words=SignInWords(
                invited=lambda invitation: connect_views.invitation(invitation).said(),
                used=lambda provider: connect_views.invitation_used(provider).said(),
            ),
            public_url="https://integral.example.com",
        )
        self.credentials = TypedCredentials(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            forms={},
            arrivals=self.arrivals,
            words=CredentialWords(
                checking=lambda provider: credential_views.checking(provider).said(),
                accepted=lambda provider: credential_views.accepted(provider).said(),
                failed=lambda failed: choosing.failed(failed).said(),
            ),
        )
        self.charts = Charts(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            connectors=self.erp,
            refreshed_words=chart_views.refreshed,
        )
        self.connections = Connections(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            connectors=self.erp,
            authorizations=self.authorizations,
            credentials=self.credentials,
            arrivals=self.arrivals,
            charts=self.charts,
            words=ConnectionWords(
                confirmed=lambda result: connect_views.confirmed(result).said(),
                rejected=lambda company: connect_views.rejected(company).said(),
            ),
        )
        self.imports = Imports(
            **ports,  # type: ignore[arg-type]
            engine=self.engine,
            files=self.slack,
            words=ImportWords(channel=import_views.announced, person=import_views.finished),
        )
        self.settings = JournalSettingsService(storage=database, clock=clock)
        self.mappings = Mappings(storage=database, clock=clock, pipeline=pipeline)
        self.dimensions = Dimensions(storage=database, clock=clock, pipeline=pipeline)
        self.overview = Overview(storage=database, clock=clock, pipeline=pipeline)

    async def start(self, *, code: str = CODE, channel: str | None = CHANNEL) -> Organisation:
        """Hand out a code and use it."""
        async with self.database.unit() as unit:
            await unit.codes.add(OWNER_CODE, code, self.clock.now() + timedelta(days=1))
            await unit.commit()
        form = NewOrganisation(code=code, name="Acme", base_currency="USD", time_zone="UTC")
        return await self.access.start(form, team_id=TEAM, user_id=OWNER, channel_id=channel)

    async def work(self) -> None:
        """Run what the engine holds."""
        await self.engine.drain(
            {
                CHOOSE_CHANNEL: self.access.choose_channel,
                IMPORT_FILE: self.imports.run,
                REFRESH_BOOKS: self.charts.refresh_books,
                END_CONNECTION: self.connections.end_connection,
                READ_COMPANY: self.arrivals.read_chosen,
                CHECK_CREDENTIALS: self.credentials.check,
            }
        )

    async def said(self) -> dict[str, str]:
        """What waits in the outbox: key → text and blocks."""
        due = await OutboxQueue(self.database).due(self.clock.now(), 1000)
        return {
            item.message.key: item.message.text + json.dumps(json.loads(item.message.blocks))
            for item in due
        }

    async def actions(self, organisation: Organisation) -> list[tuple[str, bool]]:
        """The audit trail: (action, is shaping), oldest first."""
        async with self.database.unit(read_only=True) as unit:
            records = await unit.audit.recent(organisation.id, 50)
        return [(r.action, r.is_shaping) for r in sorted(records, key=lambda r: r.at)]
