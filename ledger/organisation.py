"""Who owns what: organisations, their people and rights, and the companies they post into.

Values and rules only; storage keeps them, services change them. No I/O, no Slack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Provider(StrEnum):
    """The ERPs an organisation can post into."""

    QUICKBOOKS = "quickbooks"
    XERO = "xero"
    NETSUITE = "netsuite"
    JOURNAL_FILE = "journal_file"

    @property
    def label(self) -> str:
        """The ERP's name as people write it."""
        return _PROVIDER_LABELS[self]


_PROVIDER_LABELS = {
    Provider.QUICKBOOKS: "QuickBooks",
    Provider.XERO: "Xero",
    Provider.NETSUITE: "NetSuite",
    Provider.JOURNAL_FILE: "Journal file",
}


class PersonRole(StrEnum):
    """What a person may do in an organisation; a person may hold several."""

    OWNER = "owner"
    ADMIN = "admin"
    PREPARER = "preparer"
    APPROVER = "approver"
    VIEWER = "viewer"


class Right(StrEnum):
    """What a command or button needs."""

    READ = "read"
    PREPARE = "prepare"
    """Import, map, preview, sync, decide look-alikes."""
    APPROVE = "approve"
    ADMINISTER = "administer"
    """Connect, change settings and roles, enable, pause, choose the channel."""
    GRANT_APPROVER = "grant_approver"


_RIGHTS: dict[PersonRole, frozenset[Right]] = {
    PersonRole.OWNER: frozenset(
        {Right.READ, Right.PREPARE, Right.ADMINISTER, Right.GRANT_APPROVER}
    ),
    PersonRole.ADMIN: frozenset({Right.READ, Right.PREPARE, Right.ADMINISTER}),
    PersonRole.PREPARER: frozenset({Right.READ, Right.PREPARE}),
    PersonRole.APPROVER: frozenset({Right.READ, Right.APPROVE}),
    PersonRole.VIEWER: frozenset({Right.READ}),
}


def rights_of(roles: frozenset[PersonRole]) -> frozenset[Right]:
    """Return every right that the roles give together."""
    return frozenset().union(*(_RIGHTS[role] for role in roles))


def roles_with(right: Right) -> tuple[PersonRole, ...]:
    """Return the roles that give a right, for the sentence that refuses somebody."""
    return tuple(role for role, rights in _RIGHTS.items() if right in rights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What an organisation decided about approvals and live sources."""

    always_approve: bool = False
    """Every batch needs approval, whatever its class."""
    approve_above: str | None = None
    """A batch whose total is above this amount (text, base currency) needs approval."""
    single_person_team: bool = False
    """The owner said that there is no second person; shapers may approve."""
    source_limit_hours: int = 24 * 35
    """A source is live when its last import is at most this old."""
    remind_after_hours: int = 24
    """Approvers are reminded of a card after this time, and once more after as long again."""
    fallback_approver: str | None = None
    """Asked besides the others when nobody has decided in time; a Slack user id."""
    fallback_after_hours: int = 48
    """How long a card waits before the fallback approver is asked."""
    expire_after_days: int = 7
    """A card that nobody decided on ends after this time; its entries can be prepared again."""
    two_approvers_above: str | None = None
    """A batch whose total is above this amount (text, base currency) needs two approvers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One set of books' owner; a Slack workspace holds many."""

    id: str
    team_id: str
    name: str
    code: str
    """Four random Crockford base-32 characters: the organisation's part of journal numbers."""
    base_currency: str
    time_zone: str
    finance_channel: str | None = None
    policies: Policies = field(default_factory=Policies)
    shape_version: int = 0
    """Raised by everything that may change an entry: imports, mapping, settings, prices."""


class ConnectionState(StrEnum):
    """Whether we can reach a company."""

    ACTIVE = "active"
    ENDED = "ended"
    """The ERP ended the authorisation; a person must reauthorise."""
    DISCONNECTED = "disconnected"
    """Taken away by a person; credentials are wiped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company in an ERP, as one organisation posts into it."""

    id: str
    organisation_id: str
    provider: Provider
    external_id: str
    """QuickBooks realm, Xero tenant, NetSuite account and subsidiary."""
    name: str
    functional_currency: str
    is_confirmed: bool = False
    """A person said in Slack that this is the right company."""
    pushes_enabled: bool = False
    """Starts false; ``resume`` sets it once the three prerequisites hold."""
    go_live_date: date | None = None
    """Transactions before it build cost and form no entry."""
    connection: ConnectionState = ConnectionState.DISCONNECTED
    connected_by: str | None = None
    connected_at: datetime | None = None
    authorised_until: datetime | None = None
    books_at: datetime | None = None
    last_month_end: date | None = None
    """The last day of the newest month whose push was approved."""
    grant_id: str | None = None
    """The grant through which it is reached; one grant may reach several companies."""
    connection_id: str | None = None
    """What the ERP calls our way to it, where that is not the company's own id (Xero)."""
    segments: tuple[tuple[str, str], ...] = ()
    """NetSuite's custom segments that people named: field id (``cseg_…``) and name."""

    @property
    def key(self) -> str:
        """``provider:external id``, bound into every entry's digest."""
        return f"{self.provider.value}:{self.external_id}"
