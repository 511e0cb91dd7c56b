"""The API over the test's database, reached as a program reaches it."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette

from bot.handlers.api import TransactionsApi
from bot.ids import RandomIds
from bot.services.imports import Imported, Imports, ImportWords
from bot.services.saying import Said
from bot.services.tokens import Tokens
from ledger.organisation import Organisation
from storage.database import Database
from tests.support.databases import SettableClock
from tests.support.engine import QueueEngine
from tests.support.office import office_for


class NoFiles:
    """Satisfies the port ``Files``; the API is given rows, never files."""

    async def download(self, team_id: str, file_id: str, limit_bytes: int) -> bytes:
        raise AssertionError("the API downloads nothing")


@dataclass
class Counted:
    """Satisfies ``ApiCounters``."""

    statuses: Counter[int] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    def api_request(self, status: int) -> None:
        self.statuses[status] += 1

    def api_rows(self, result: str, count: int) -> None:
        self.rows[result] += count


@dataclass(frozen=True, kw_only=True)
class Service:
    """The API with one organisation and a token of its source *bank*."""

    http: httpx.AsyncClient
    tokens: Tokens
    organisation: Organisation
    secret: str
    counted: Counted
    database: Database

    async def send(self, body: str | bytes, *, secret: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret or self.secret}"}
        content = body.encode() if isinstance(body, str) else body
        return await self.http.post("/api/v1/transactions", content=content, headers=headers)

    async def stored(self, organisation: Organisation | None = None) -> list[tuple[str, str]]:
        """Source and id of every stored transaction of an organisation."""
        id_ = (organisation or self.organisation).id
        async with self.database.unit(read_only=True) as unit:
            return [(t.source, t.id) async for t in unit.transactions.stream(id_)]

    async def another(self) -> tuple[Organisation, str]:
        """A second organisation, and a token of its own source *bank*."""
        other = office_for("2002", now=self.database.clock.now(), code="C3D4").organisation
        async with self.database.unit() as unit:
            await unit.organisations.add(other)
            await unit.commit()
        made = await self.tokens.create(other, "bank", actor="cli:test")
        return other, made.secret


def _unsaid(_: Imported) -> Said:
    return Said(text="", blocks="[]")


@pytest.fixture
async def service(database: Database, clock: SettableClock) -> AsyncIterator[Service]:
    """The API, with a valid token."""
    ids = RandomIds(clock)
    tokens = Tokens(storage=database, clock=clock, ids=ids)
    imports = Imports(
        storage=database,
        clock=clock,
        ids=ids,
        engine=QueueEngine(),
        files=NoFiles(),
        words=ImportWords(channel=_unsaid, person=_unsaid),
    )
    organisation = office_for("1001", now=clock.now()).organisation
    async with database.unit() as unit:
        await unit.organisations.add(organisation)
        await unit.commit()
    made = await tokens.create(organisation, "bank", actor="cli:test")
    counted = Counted()
    api = TransactionsApi(imports=imports, tokens=tokens, counters=counted)
    transport = httpx.ASGITransport(Starlette(routes=api.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Service(
            http=http,
            tokens=tokens,
            organisation=organisation,
            secret=made.secret,
            counted=counted,
            database=database,
        )
