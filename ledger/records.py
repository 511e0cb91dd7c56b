"""What use cases hand to storage and get back, beside the ledger's own nouns.

Values, and the two ways in which a database constraint says no. No I/O, no SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry
from ledger.organisation import Provider
from ledger.runs import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRequest:
    """A single-use invitation to authorise, from the DM's link to the callback."""

    id: str
    organisation_id: str
    provider: Provider
    team_id: str
    requested_by: str
    channel_id: str | None
    expires_at: datetime
    opened_at: datetime | None = None
    """When the page's button was pressed and the browser got its cookie."""
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A company that a grant reaches, and who in Slack authorised that."""

    grant_id: str
    provider: Provider
    external_id: str
    name: str
    """As the ERP called it when it was authorised."""
    connection_id: str | None
    """The ERP's id of our way to it, where there is one (Xero)."""
    team_id: str
    authorised_by: str
    """The only person who is offered it for another organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import changed."""

    added: int
    unchanged: int
    corrected: int
    stale_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place transactions come from, such as an exchange account."""

    name: str
    transactions: int
    last_import_at: datetime
    first_date: datetime | None
    last_date: datetime | None


class RunInProgressError(Exception):
    """Another run of this company and period is open; its id is in ``run_id``."""

    def __init__(self, run_id: str) -> None:
        """Keep the id of the run that is open."""
        super().__init__(f"run {run_id} is open for this period")
        self.run_id = run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """An entry to be frozen into a batch, with the state it starts in."""

    id: str
    entry: PreparedEntry
    state: DeliveryState
    request_key: str
    problem: str | None = None
    reverses: str | None = None
    """The id of the entry that it reverses."""
    replaces: tuple[str, ...] = ()
    """The ids of the entries that it stands in for. It holds no effects until it is approved."""


class ReversalTakenError(Exception):
    """An entry that is to be reversed has a live reversal already."""


class EffectTakenError(Exception):
    """An effect already belongs to a live entry: another run froze it first."""


class CompanyTakenError(Exception):
    """Another organisation confirmed this company, or this one is connected to another company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of one delivery, applied only if it still is as the mover saw it."""

    delivery: Delivery
    """As last read: its state and fence must still be the stored ones."""
    new: Delivery
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who did what, append only. ``is_shaping`` counts for the approver rule."""

    at: datetime
    organisation_id: str
    actor: str
    action: str
    subject: str
    before: str | None = None
    after: str | None = None
    is_shaping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What Slack should show under a key; the notifier makes it so and keeps it so.

    ``channel`` is a conversation id, or a user id for a DM. ``ephemeral_to`` posts once, to
    one person. ``kind`` ``home`` publishes an App Home, with ``channel`` the user's id.
    """

    key: str
    team_id: str
    channel: str
    text: str
    blocks: str
    """Block Kit as JSON text; of a home, the whole view."""
    ephemeral_to: str | None = None
    is_home: bool = False
    thread_of: str | None = None
    """The key of the message whose thread it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token of the transactions API, without its secret."""

    id: str
    organisation_id: str
    source: str
    name: str
    expires_at: datetime
    created_by: str
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to be imported: held only until it is read, then its content is dropped."""

    id: str
    organisation_id: str
    team_id: str
    user_id: str
    channel_id: str | None
    source: str
    kind: str
    """``transactions`` or ``opening_lots``."""
    filename: str
    slack_file_id: str | None = None
    result: str | None = None
