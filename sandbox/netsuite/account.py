"""What a NetSuite account holds: its lists, its preferences and its transactions.

Values only: the rules are in `journal_rules`, the wire's shapes in `wire`, keeping in `state`.
References between records are internal ids, as everywhere in NetSuite.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from sandbox.netsuite.credentials import Security

_CENT = Decimal("0.01")


class Side(StrEnum):
    """The line property that carries an amount."""

    DEBIT = "debit"
    CREDIT = "credit"


class Approval(StrEnum):
    """`approvalStatus` ids; only an approved journal posts."""

    PENDING = "1"
    APPROVED = "2"
    REJECTED = "3"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Currency(_Record):
    """A currency; `rate` is the value of one unit in US dollars, the rate of every day here."""

    id: str
    symbol: str
    name: str
    rate: Decimal = Decimal(1)


class Subsidiary(_Record):
    """A subsidiary and its base currency."""

    id: str
    name: str
    currency: str
    elimination: bool = False
    active: bool = True


class _Shared(_Record):
    active: bool = True
    subsidiaries: tuple[str, ...] | None = None
    """Those it belongs to; none means all."""

    def belongs_to(self, subsidiary: str | None) -> bool:
        """Whether a journal of this subsidiary may use it."""
        return None in (self.subsidiaries, subsidiary) or subsidiary in (self.subsidiaries or ())


class LedgerAccount(_Shared):
    """An account of the chart; `currency` is fixed for accounts kept in a currency of their own.

    `type` is a SuiteQL `accttype` (section_1530109384.html lists them).
    """

    id: str
    number: str
    name: str
    type: str
    parent: str | None = None
    summary: bool = False
    currency: str | None = None


class Entity(_Shared):
    """A customer, vendor or employee; their ids are never shared."""

    id: str
    name: str
    external_id: str | None = None


class Dimension(_Shared):
    """A department, class, location or value of a custom segment."""

    id: str
    name: str
    parent: str | None = None


class Segment(_Record):
    """A custom segment shown on journal lines; its key is the field's name, `cseg_…`."""

    name: str
    values: dict[str, Dimension]


class Period(_Record):
    """An accounting period; only a posting one (a month, an adjustment) takes transactions."""

    id: str
    name: str
    start: date
    end: date
    parent: str | None = None
    posting: bool = True
    adjustment: bool = False
    quarter: bool = False
    year: bool = False
    closed: bool = False
    locked: bool = False
    """`alllocked`: all transactions locked, which a by-hand entry of an administrator overrides."""


class Words(_Record):
    """Refusals whose code or text Oracle does not publish for REST; a switch for each."""

    duplicate_code: str = "USER_ERROR"
    duplicate_detail: str = "This record already exists"
    closed_period: str = "This transaction cannot be saved because its posting period is closed."
    locked_period: str = "This transaction cannot be saved because its posting period is locked."


class Limits(_Record):
    """How many requests at once, the only limit there is (bridgehead_1500275603.html)."""

    concurrency: int = Field(default=5, ge=1)
    """5, 15 or 20 by service tier."""
    processing_ms: int = Field(default=10, ge=0)
    """How long each API request is worked on, so that requests can meet at all."""


class Settings(_Record):
    """An account's features and settings, and the switches for what Oracle leaves open."""

    one_world: bool = True
    approval_routing: bool = False
    """Approval routing for journal entries: `approvalStatus` counts, and pending is the start."""
    journal_approvals: bool = False
    """Without routing: journals wait until `approved` is true."""
    limits: Limits = Field(default_factory=Limits)
    required_dimensions: tuple[str, ...] = ()
    """Line fields that must be filled: `department`, `class`, `location` or `cseg_…`."""
    allow_date_outside_period: bool = False
    allow_tran_id_override: bool = False
    permission_as_user_error: bool = False
    """Answer a missing permission with 400 USER_ERROR, as often seen, and not with 403."""
    job_delay_s: float = Field(default=0, ge=0)
    """How long an asynchronous job waits before it is done."""
    words: Words = Field(default_factory=Words)


class Line(_Record):
    """A journal line, in the journal's currency."""

    number: int
    account: str
    side: Side
    amount: Decimal
    entity: str | None = None
    memo: str | None = None
    department: str | None = None
    class_id: str | None = None
    location: str | None = None
    segments: dict[str, str] = Field(default_factory=dict)
    eliminate: bool = False

    def dimension(self, field: str) -> str | None:
        """The value of a dimension field, by its name on the wire."""
        own = {"department": self.department, "class": self.class_id, "location": self.location}
        return own[field] if field in own else self.segments.get(field)


class Journal(_Record):
    """A journal entry as the account holds it."""

    id: str = ""
    tran_id: str = ""
    external_id: str | None = None
    tran_date: date
    period: str = ""
    memo: str | None = None
    subsidiary: str | None = None
    currency: str = ""
    exchange_rate: Decimal = Decimal(1)
    approval: Approval = Approval.APPROVED
    lines: list[Line]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    by_hand: bool = False

    @property
    def posting(self) -> bool:
        """Whether it is in the general ledger."""
        return self.approval is Approval.APPROVED

    def total(self, side: Side) -> Decimal:
        """The sum of the lines of one side, in the journal's currency."""
        return sum((line.amount for line in self.lines if line.side is side), Decimal(0))

    def in_base(self, line: Line) -> Decimal:
        """A line's amount in the subsidiary's base currency."""
        return (line.amount * self.exchange_rate).quantize(_CENT, ROUND_HALF_UP)


class OtherTransaction(_Record):
    """A transaction of another type, of which only its identity matters here."""

    id: str
    type: str
    tran_id: str
    external_id: str | None = None
    tran_date: date


class NetSuiteAccount(_Record):
    """An account and its lists, each keyed by internal id."""

    id: str
    name: str
    base_currency: str
    time_zone: str = "America/Los_Angeles"
    settings: Settings = Field(default_factory=Settings)
    security: Security
    currencies: dict[str, Currency]
    subsidiaries: dict[str, Subsidiary] = Field(default_factory=dict)
    accounts: dict[str, LedgerAccount]
    customers: dict[str, Entity] = Field(default_factory=dict)
    vendors: dict[str, Entity] = Field(default_factory=dict)
    employees: dict[str, Entity] = Field(default_factory=dict)
    departments: dict[str, Dimension] = Field(default_factory=dict)
    classes: dict[str, Dimension] = Field(default_factory=dict)
    locations: dict[str, Dimension] = Field(default_factory=dict)
    segments: dict[str, Segment] = Field(default_factory=dict)
    periods: dict[str, Period]

    def entity(self, id_: str) -> Entity | None:
        """A customer, vendor or employee."""
        return self.customers.get(id_) or self.vendors.get(id_) or self.employees.get(id_)

    def dimension_lists(self) -> dict[str, dict[str, Dimension]]:
        """The values of every dimension field, by the field's name on the wire."""
        segments = {field: segment.values for field, segment in self.segments.items()}
        own = {
            "department": self.departments,
            "class": self.classes,
            "location": self.locations,
        }
        return own | segments

    def home_currency(self, subsidiary: str | None) -> str:
        """The base currency of a subsidiary, or of the one company."""
        return self.base_currency if subsidiary is None else self.subsidiaries[subsidiary].currency

    def full_name(self, account: LedgerAccount) -> str:
        """`Parent : Child`, SuiteQL's `fullname`."""
        if account.parent is None:
            return account.name
        return f"{self.full_name(self.accounts[account.parent])} : {account.name}"

    def period_of(self, day: date) -> Period | None:
        """The posting period that a date falls into, adjustment periods aside."""
        return next(
            (
                period
                for period in self.periods.values()
                if period.posting and not period.adjustment and period.start <= day <= period.end
            ),
            None,
        )


def normal_id(account: str) -> str:
    """The realm spelling of an account id: `1234567-sb1` becomes `1234567_SB1`."""
    return account.strip().upper().replace("-", "_")
