"""What a QuickBooks company holds: its lists, its settings and its journal entries.

Values only: the rules are in `journal_rules`, the wire's shapes in `wire`, keeping in `state`.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Side(StrEnum):
    """A line's `PostingType`."""

    DEBIT = "Debit"
    CREDIT = "Credit"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Account(_Record):
    """An account of the chart; `currency` is none where it is the home currency."""

    id: str
    name: str = Field(max_length=100)
    type: str
    subtype: str
    number: str | None = None
    currency: str | None = None
    parent: str | None = None
    active: bool = True


class Contact(_Record):
    """A customer, vendor or employee."""

    id: str
    name: str
    currency: str | None = None
    email: str | None = None
    active: bool = True


class Dimension(_Record):
    """A class or a location (`Department` on the wire)."""

    id: str
    name: str
    parent: str | None = None
    active: bool = True


class Limits(_Record):
    """Request limits of a company, each over a sliding window of the sandbox's clock.

    https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
    """

    enabled: bool = True
    per_minute: int = 500
    per_second: int = 10
    batch_per_minute: int = 40


class Settings(_Record):
    """A company's preferences, and the switches for what Intuit leaves undocumented."""

    book_close_date: date | None = None
    multicurrency: bool = False
    warn_duplicate_journal_number: bool = False
    class_tracking_per_line: bool = True
    track_departments: bool = True
    use_account_numbers: bool = False
    subscription_ended: bool = False
    limits: Limits = Field(default_factory=Limits)
    faults_as_200: bool = False
    """Send validation faults with HTTP 200, as a few real ones are."""
    single_receivable_line: bool = False
    """Refuse a second receivable or payable line in one journal: an unwritten product rule."""
    requestid_memory_s: int = 86_400
    """How long a `requestid` is remembered; Intuit does not say."""
    replay_faults: bool = False
    """Whether a refused request is replayed too; Intuit does not say."""
    refuse_changed_replay: bool = False
    """Refuse a `requestid` with another body, instead of replaying; Intuit does not say."""
    concurrent_refresh_revokes: bool = False
    """Let a second refresh at the same time revoke what the first was given; Intuit says it may."""


class Line(_Record):
    """A journal line; a line that only describes has neither side, amount nor account."""

    id: str
    description: str | None = None
    amount: Decimal | None = None
    side: Side | None = None
    account: str | None = None
    entity_type: str | None = None
    entity: str | None = None
    class_id: str | None = None
    department: str | None = None


class Journal(_Record):
    """A journal entry as the company holds it."""

    id: str = ""
    sync_token: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    by_hand: bool = False
    doc_number: str | None = None
    txn_date: date
    private_note: str | None = None
    currency: str | None = None
    exchange_rate: Decimal = Decimal(1)
    adjustment: bool = False
    lines: list[Line]

    def total(self, side: Side) -> Decimal:
        """The sum of the lines of one side, in the journal's currency."""
        return sum(
            (line.amount or Decimal(0) for line in self.lines if line.side is side), Decimal(0)
        )


class Company(_Record):
    """A company and its lists, each keyed by id."""

    realm: str
    name: str
    country: str = "US"
    home_currency: str = "USD"
    foreign_currencies: tuple[str, ...] = ()
    fiscal_year_start: str = "January"
    created_at: datetime
    settings: Settings = Field(default_factory=Settings)
    accounts: dict[str, Account] = Field(default_factory=dict)
    customers: dict[str, Contact] = Field(default_factory=dict)
    vendors: dict[str, Contact] = Field(default_factory=dict)
    employees: dict[str, Contact] = Field(default_factory=dict)
    classes: dict[str, Dimension] = Field(default_factory=dict)
    departments: dict[str, Dimension] = Field(default_factory=dict)

    def contacts(self, entity_type: str) -> dict[str, Contact]:
        """The list that an `Entity.Type` of the wire names."""
        return {"Customer": self.customers, "Vendor": self.vendors, "Employee": self.employees}.get(
            entity_type, {}
        )

    def account_currency(self, account: Account) -> str:
        """The currency an account is kept in."""
        return account.currency or self.home_currency

    def full_name(self, account: Account) -> str:
        """`Parent:Child`, the `FullyQualifiedName`."""
        if account.parent is None:
            return account.name
        return f"{self.full_name(self.accounts[account.parent])}:{account.name}"
