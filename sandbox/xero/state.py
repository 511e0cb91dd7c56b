"""Everything the Xero stand-in remembers, and its keeping on disk.

Organisations, manual journals, people's connections and grants, idempotency keys. Changes go
through the methods here, so that nothing is changed in memory that was not first written down.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel

from sandbox.clock import SandboxClock
from sandbox.document_store import DocumentStore
from sandbox.xero import charts
from sandbox.xero.organisation import Journal, Organisation, Settings


def tenant_id(number: int) -> str:
    """The tenant id of the organisation `number`."""
    return f"7ea{number:05x}-0000-4000-8000-{number:012d}"


HARBOR_STREET = tenant_id(1)
SECOND_ORGANISATION = tenant_id(2)


class Connection(BaseModel):
    """One person's consent that the app may reach one organisation."""

    id: str
    user: str
    """The person's e-mail address."""
    tenant: str
    auth_event_id: str
    created_at: datetime
    updated_at: datetime


class Grant(BaseModel):
    """The tokens of one consent: a chain of refresh tokens and the access tokens it gave out."""

    id: str
    user: str
    scope: str
    auth_event_id: str
    refresh_token: str | None = None
    """None without `offline_access`, or once revoked."""
    refresh_expires_at: datetime
    previous_token: str | None = None
    previous_until: datetime
    """The end of the grace in which the previous refresh token still works."""
    access_tokens: dict[str, datetime]
    """Token to the moment it expires."""


class Replay(BaseModel):
    """The reply that an `Idempotency-Key` is answered with again."""

    at: datetime
    digest: str
    status: int
    body: str
    """Its JSON."""


class XeroState:
    """The stand-in's memory; with a file, what it held when it stopped."""

    def __init__(self, clock: SandboxClock, data_file: Path | None) -> None:
        self.clock = clock
        self.store = DocumentStore(data_file)
        load = self.store.load
        self.organisations = {
            key: Organisation.model_validate(body) for key, body in load("organisation").items()
        }
        self.connections = {
            key: Connection.model_validate(body) for key, body in load("connection").items()
        }
        self.grants = {key: Grant.model_validate(body) for key, body in load("grant").items()}
        self._replays = {key: Replay.model_validate(body) for key, body in load("replay").items()}
        self._journals: dict[str, dict[str, Journal]] = {}
        for key, body in load("journal").items():
            tenant, id_ = key.split("/")
            self.journals(tenant)[id_] = Journal.model_validate(body)
        self.usage: dict[str, Counter[str]] = {}
        if not self.organisations:
            for organisation in _default_organisations(clock.now()):
                self.keep_organisation(organisation)

    def keep_organisation(self, organisation: Organisation) -> None:
        """Write a new or changed organisation."""
        body = organisation.model_dump(mode="json")
        self.store.put("organisation", organisation.tenant, body)
        self.organisations[organisation.tenant] = organisation

    def next_number(self) -> int:
        """The number of the next organisation."""
        return max(held.number for held in self.organisations.values()) + 1

    def journals(self, tenant: str) -> dict[str, Journal]:
        """An organisation's manual journals of every status by id, oldest first."""
        return self._journals.setdefault(tenant, {})

    def keep_journal(self, tenant: str, journal: Journal) -> None:
        """Write a new or changed journal."""
        self.store.put("journal", f"{tenant}/{journal.id}", journal.model_dump(mode="json"))
        self.journals(tenant)[journal.id] = journal

    def connection(self, user: str, tenant: str) -> Connection | None:
        """The connection of a person to an organisation."""
        for held in self.connections.values():
            if (held.user, held.tenant) == (user, tenant):
                return held
        return None

    def keep_connection(self, connection: Connection) -> None:
        """Write a new or renewed connection."""
        self.store.put("connection", connection.id, connection.model_dump(mode="json"))
        self.connections[connection.id] = connection

    def drop_connection(self, id_: str) -> None:
        """Forget a connection; forgetting what is not there changes nothing."""
        self.store.delete("connection", id_)
        self.connections.pop(id_, None)

    def keep_grant(self, grant: Grant) -> None:
        """Write a new or changed grant."""
        self.store.put("grant", grant.id, grant.model_dump(mode="json"))
        self.grants[grant.id] = grant

    def keep_replay(self, key: str, replay: Replay) -> None:
        """Remember the reply of an idempotency key."""
        self.store.put("replay", key, replay.model_dump(mode="json"))
        self._replays[key] = replay

    def replay(self, organisation: Organisation, key: str) -> Replay | None:
        """The reply remembered for an idempotency key, while it is kept."""
        replay = self._replays.get(key)
        memory = timedelta(seconds=organisation.settings.key_memory_s)
        return replay if replay and self.clock.now() < replay.at + memory else None

    def count(self, tenant: str, **amounts: int) -> None:
        """Add to an organisation's counters."""
        self.usage.setdefault(tenant, Counter()).update(amounts)


def new_organisation(name: str, *, number: int, now: datetime) -> Organisation:
    """An organisation with the default lists and no manual journals."""
    return Organisation(
        tenant=tenant_id(number),
        number=number,
        name=name,
        short_code=f"!x{number:04x}",
        created_at=now,
        accounts=charts.chart("default", number=number, multicurrency=False, now=now),
        contacts=charts.default_contacts(number=number, now=now),
        tracking=charts.default_tracking(number=number),
    )


def new_id() -> str:
    """A fresh identifier as Xero writes them."""
    return str(uuid4())


def _default_organisations(now: datetime) -> Iterator[Organisation]:
    """Harbor Street Labs in dollars with a euro bank account, and Second Company Ltd in pounds."""
    harbor = new_organisation("Harbor Street Labs", number=1, now=now)
    harbor.settings = Settings(multicurrency=True)
    harbor.accounts = charts.chart("default", number=1, multicurrency=True, now=now)
    yield harbor
    second = new_organisation("Second Company Ltd", number=2, now=now)
    second.currency, second.country, second.timezone = "GBP", "GB", "GMTSTANDARDTIME"
    second.year_end_month = 3
    yield second
