"""The values of a sign-in at an ERP: the link, the browser that opened it, the callback, the end.

Only values: ``bot.services.authorizations`` decides, ``bot.handlers.pages`` draws. Secrets stay
out of ``repr``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.services.readiness import Ready
from ledger.books import Books
from ledger.organisation import Company, Organisation, Provider
from ledger.problems import Problem
from ledger.records import ConnectRequest, Reached


class PageProblem(StrEnum):
    """Why a link or a callback leads nowhere; each has its own page with its own remedy."""

    UNKNOWN = "unknown"
    """Never handed out, or swept away long ago."""
    USED = "used"
    EXPIRED = "expired"
    FORWARDED = "forwarded"
    """Opened in a browser that did not start the sign-in."""
    FOREIGN = "foreign"
    """The sign-in was started from another link than this browser's last."""
    DENIED = "denied"
    """The person chose not to allow it at the ERP."""
    NO_COMPANY = "no_company"
    """The ERP's answer names no company or no code."""
    STRANGER = "stranger"
    """Signed in to Slack as somebody else than the person who asked."""
    SLACK = "slack"
    """Slack did not say who is signed in."""
    TAKEN = "taken"
    """Another organisation posts into this company."""
    ERP = "erp"
    """The ERP did not let us in, or could not be read."""


class AuthorizationError(Exception):
    """A link or callback that leads nowhere. Carries what its page shows; never a secret."""

    def __init__(self, reason: PageProblem, *, erp_problem: Problem | None = None) -> None:
        """Keep the reason and, where the ERP gave one, its problem."""
        super().__init__(reason.value)
        self.reason = reason
        self.erp_problem = erp_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that was handed to one person."""

    url: str = field(repr=False)
    request: ConnectRequest
    organisation: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A sign-in that was started in a browser."""

    authorization_url: str = field(repr=False)
    cookie: str = field(repr=False)
    provider: Provider
    lifetime_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the ERP's login page sent back, with the browser's cookie."""

    provider: Provider
    state: str
    cookie: str | None = field(repr=False)
    code: str | None = field(default=None, repr=False)
    external_id: str | None = None
    """QuickBooks ``realmId``."""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A company whose authorisation was stored, and its books."""

    organisation: Organisation
    company: Company
    books: Books
    is_reconnected: bool
    """The organisation posts into it already; mapping and settings go on as they were."""
    ready: Ready | None = None
    """What became ready while it was away; none for a company that is new."""

    @property
    def currency_differs(self) -> bool:
        """Such a company can be kept but not confirmed."""
        return self.company.functional_currency != self.organisation.base_currency


@dataclass(frozen=True, slots=True, kw_only=True)
class ToChoose:
    """An authorisation that reaches several companies: a person says which one is meant."""

    organisation: Organisation
    provider: Provider
    choices: tuple[Reached, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A company or credentials that could not be connected, for a direct message."""

    organisation: Organisation
    provider: Provider
    error: AuthorizationError
