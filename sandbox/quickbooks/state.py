"""Everything the QuickBooks stand-in remembers, and its keeping on disk.

One company's lists, journals and deleted journals, request keys and grants. Changes go through the
methods here, so that nothing is changed in memory that was not first written down.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from sandbox.clock import SandboxClock
from sandbox.document_store import DocumentStore
from sandbox.quickbooks import charts
from sandbox.quickbooks.company import Company, Journal, Settings

HARBOR_STREET = "9341453000000101"
SECOND_COMPANY = "9341453000000202"
_FIRST_TRANSACTION = 144


class Grant(BaseModel):
    """A company's consent: one refresh token chain and the access tokens it gave out."""

    realm: str
    scope: str
    refresh_token: str
    refresh_value_since: datetime
    refresh_expires_at: datetime
    hard_expires_at: datetime
    access_tokens: dict[str, datetime]
    """Token to the moment it expires."""


class Replay(BaseModel):
    """The reply that a `requestid` is answered with again."""

    at: datetime
    digest: str
    status: int
    body: str
    """Its JSON."""


class QuickBooksState:
    """The stand-in's memory; with a file, what it held when it stopped."""

    def __init__(self, clock: SandboxClock, data_file: Path | None) -> None:
        self.clock = clock
        self.store = DocumentStore(data_file)
        self.companies = {
            realm: Company.model_validate(body)
            for realm, body in self.store.load("company").items()
        }
        self.grants = {
            realm: Grant.model_validate(body) for realm, body in self.store.load("grant").items()
        }
        self.replays = {
            key: Replay.model_validate(body) for key, body in self.store.load("replay").items()
        }
        self._last_ids: dict[str, int] = {}
        self._journals: dict[str, dict[str, Journal]] = {}
        self._deleted: dict[str, dict[str, Journal]] = {}
        self._load_journals("journal", self._journals)
        self._load_journals("deleted", self._deleted)
        self.calls: dict[str, Counter[str]] = {}
        if not self.companies:
            for company in default_companies(clock.now()):
                self.keep_company(company)

    def keep_company(self, company: Company) -> None:
        """Write a new or changed company."""
        self.store.put("company", company.realm, company.model_dump(mode="json"))
        self.companies[company.realm] = company

    def next_realm(self) -> str:
        """A company id that is not taken."""
        return str(max(int(realm) for realm in self.companies) + 101)

    def journals(self, realm: str) -> dict[str, Journal]:
        """A company's journals by id, oldest first."""
        return self._journals.setdefault(realm, {})

    def deleted_journals(self, realm: str) -> dict[str, Journal]:
        """Those that were deleted, as they last stood."""
        return self._deleted.setdefault(realm, {})

    def next_journal_id(self, realm: str) -> str:
        """The id of the company's next transaction; ids of deleted ones are not used again."""
        self._last_ids[realm] = self._last_ids.get(realm, _FIRST_TRANSACTION) + 1
        return str(self._last_ids[realm])

    def keep_journal(self, realm: str, journal: Journal) -> None:
        """Write a new or changed journal."""
        self.store.put("journal", f"{realm}/{journal.id}", journal.model_dump(mode="json"))
        self.journals(realm)[journal.id] = journal

    def drop_journal(self, realm: str, journal: Journal) -> None:
        """Move a journal to the deleted ones."""
        key = f"{realm}/{journal.id}"
        self.store.delete("journal", key)
        self.store.put("deleted", key, journal.model_dump(mode="json"))
        self.deleted_journals(realm)[journal.id] = self.journals(realm).pop(journal.id)

    def keep_grant(self, grant: Grant) -> None:
        """Write a new or changed grant."""
        self.store.put("grant", grant.realm, grant.model_dump(mode="json"))
        self.grants[grant.realm] = grant

    def drop_grant(self, realm: str) -> None:
        """Forget a company's consent and all its tokens."""
        self.store.delete("grant", realm)
        self.grants.pop(realm, None)

    def keep_replay(self, key: str, replay: Replay) -> None:
        """Remember the reply of a request key."""
        self.store.put("replay", key, replay.model_dump(mode="json"))
        self.replays[key] = replay

    def replay(self, company: Company, key: str) -> Replay | None:
        """The reply remembered for a request key, while the company remembers it."""
        replay = self.replays.get(key)
        memory = timedelta(seconds=company.settings.requestid_memory_s)
        return replay if replay and self.clock.now() < replay.at + memory else None

    def count_call(self, realm: str, kind: str, calls: int = 1) -> None:
        """Count calls as Intuit meters them: `Core` writes, `CorePlus` reads and batch items."""
        self.calls.setdefault(realm, Counter())[kind] += calls

    def _load_journals(self, kind: str, into: dict[str, dict[str, Journal]]) -> None:
        for key, body in self.store.load(kind).items():
            realm, id_ = key.split("/")
            self._last_ids[realm] = max(int(id_), self._last_ids.get(realm, _FIRST_TRANSACTION))
            into.setdefault(realm, {})[id_] = Journal.model_validate(body)


def default_companies(now: datetime) -> Iterable[Company]:
    """Harbor Street Labs in dollars with a euro bank account, and Second Company Ltd in pounds."""
    yield Company(
        realm=HARBOR_STREET,
        name="Harbor Street Labs",
        foreign_currencies=("EUR",),
        created_at=now,
        settings=Settings(multicurrency=True),
        accounts=charts.default_chart(foreign_bank=True),
        customers=charts.default_customers(),
        vendors=charts.default_vendors(),
        classes=charts.default_classes(),
        departments=charts.default_departments(),
    )
    yield Company(
        realm=SECOND_COMPANY,
        name="Second Company Ltd",
        country="GB",
        home_currency="GBP",
        fiscal_year_start="April",
        created_at=now,
        accounts=charts.default_chart(foreign_bank=False),
        customers=charts.default_customers(),
        vendors=charts.default_vendors(),
    )
