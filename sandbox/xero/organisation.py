"""What a Xero organisation holds: its lists, its settings and its manual journals.

Values only: the rules are in `journal_rules`, the wire's shapes in `wire`, keeping in `state`.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """A manual journal's `Status`; only a posted one is in the ledger."""

    DRAFT = "DRAFT"
    POSTED = "POSTED"
    DELETED = "DELETED"
    """A draft that was taken back."""
    VOIDED = "VOIDED"
    """A posted one that was taken back."""
    ARCHIVED = "ARCHIVED"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Account(_Record):
    """An account of the chart; not every one has a code.

    https://developer.xero.com/documentation/api/accounting/accounts
    """

    id: str
    code: str | None = Field(default=None, max_length=10)
    name: str = Field(max_length=150)
    type: str
    system_account: str | None = None
    tax_type: str = "NONE"
    currency: str | None = None
    """Of a bank account; none where it is the base currency."""
    bank_account_number: str | None = None
    active: bool = True
    updated_at: datetime


class Contact(_Record):
    """A contact; it is a customer or supplier only after a first invoice or bill."""

    id: str
    name: str
    email: str | None = None
    is_customer: bool = False
    is_supplier: bool = False
    status: Literal["ACTIVE", "ARCHIVED", "GDPRREQUEST"] = "ACTIVE"
    updated_at: datetime


class TrackingOption(_Record):
    """An option of a tracking category."""

    id: str
    name: str
    active: bool = True


class TrackingCategory(_Record):
    """A tracking category with its options by id."""

    id: str
    name: str
    active: bool = True
    options: dict[str, TrackingOption] = Field(default_factory=dict)


class Limits(_Record):
    """Request limits of an organisation, over sliding windows of the sandbox's clock.

    https://developer.xero.com/documentation/guides/oauth2/limits
    """

    enabled: bool = True
    tier: Literal["starter", "core"] = "core"
    """The app's tier: a Starter app has 1,000 calls a day for each organisation, others 5,000."""
    at_once: int = 5
    per_minute: int = 60
    per_day: int | None = None
    """Left out, the tier's."""
    per_minute_app: int = 10_000
    minute_s: float = 60
    """How long a minute is; shorter ones make short waits."""
    day_s: float = 86_400
    processing_s: float = 0.02
    """Real seconds that a call takes, so that calls at once are at once."""

    @property
    def daily(self) -> int:
        """The calls of a day."""
        if self.per_day is not None:
            return self.per_day
        return 1000 if self.tier == "starter" else 5000


class Settings(_Record):
    """An organisation's preferences, and the switches for what Xero leaves undocumented."""

    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    adviser: bool = False
    """The app's user is an adviser, whom the period lock date does not bind (practice)."""
    multicurrency: bool = False
    limits: Limits = Field(default_factory=Limits)
    refuse_retained_earnings: bool = True
    """The API's page says so; Xero's own screen takes them."""
    refuse_rounding: bool = False
    """Whether the API takes the rounding account is not documented."""
    refuse_tax_accounts: bool = False
    """Whether the API takes the sales tax accounts is not documented."""
    summarized_keeps_good: bool = False
    """Whether a summarised refusal stores the elements without errors is not documented."""
    high_volume: int = 100_000
    """Above so many records of a list, filters that Xero has no index for are refused."""
    key_memory_s: int = 360
    """How long an `Idempotency-Key` is kept: six minutes."""


class Line(_Record):
    """A journal line; a debit is positive, a credit negative."""

    amount: Decimal
    account: str
    description: str | None = None
    tax_type: str | None = None
    tracking: tuple[tuple[str, str], ...] = ()
    """Pairs of category id and option id."""


class Journal(_Record):
    """A manual journal as the organisation holds it."""

    id: str = ""
    narration: str = ""
    journal_date: date
    status: Status = Status.DRAFT
    line_amount_types: str = "NoTax"
    url: str | None = None
    show_on_cash_basis: bool = True
    lines: list[Line] = Field(default_factory=list)
    updated_at: datetime
    by_hand: bool = False

    @property
    def debits(self) -> Decimal:
        """The sum of the debits, in the base currency."""
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal(0))

    @property
    def credits(self) -> Decimal:
        """The sum of the credits as Xero writes it: zero or negative."""
        return sum((line.amount for line in self.lines if line.amount < 0), Decimal(0))


class Organisation(_Record):
    """An organisation and its lists, each keyed by id."""

    tenant: str
    number: int
    """Counts the organisations from 1; the ids of its lists are made from it."""
    name: str
    short_code: str
    currency: str = "USD"
    country: str = "US"
    timezone: str = "EASTERNSTANDARDTIME"
    year_end_day: int = 31
    year_end_month: int = 12
    status: str = "ACTIVE"
    created_at: datetime
    settings: Settings = Field(default_factory=Settings)
    accounts: dict[str, Account] = Field(default_factory=dict)
    contacts: dict[str, Contact] = Field(default_factory=dict)
    tracking: dict[str, TrackingCategory] = Field(default_factory=dict)
