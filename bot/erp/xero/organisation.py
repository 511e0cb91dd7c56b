"""Which Xero organisation, and at which addresses.

Values only. Xero's addresses: https://developer.xero.com/documentation/guides/oauth2/auth-flow and
https://github.com/XeroAPI/Xero-OpenAPI (``xero-identity.yaml``, ``xero_accounting.yaml``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LABEL = "Xero"
SETTLE_S = 600.0
"""Not documented: longer than the six minutes for which Xero remembers an ``Idempotency-Key``."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroAddresses:
    """The outside addresses, without a slash at the end."""

    api_url: str = "https://api.xero.com"
    """Before ``/api.xro`` and ``/connections``."""
    identity_url: str = "https://identity.xero.com"
    """Before ``/connect``."""
    authorize_url: str = "https://login.xero.com/identity/connect/authorize"
    app_url: str = "https://go.xero.com"
    """Before ``/Journal``; what people open in their browser."""


PRODUCTION = XeroAddresses()


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroOrganisation:
    """One organisation (Xero's *tenant*) and the connection through which we reach it.

    Raises:
        ValueError: an id is not a GUID; they become part of headers and addresses.
    """

    tenant_id: str
    connection_id: str
    """The id of the connection, not of the tenant: what is deleted to disconnect."""
    addresses: XeroAddresses = PRODUCTION
    base_currency: str | None = None
    """As its books say, which Xero never changes; none before they were read."""
    short_code: str | None = None
    """Xero's ``ShortCode``, for links of people with several organisations; none: not known."""
    settle_s: float = SETTLE_S

    def __post_init__(self) -> None:
        if not (is_guid(self.tenant_id) and is_guid(self.connection_id)):
            raise ValueError("a Xero tenant and a connection are named by GUIDs")

    @property
    def company(self) -> str:
        """How prepared entries name it."""
        return f"xero:{self.tenant_id}"

    @property
    def url(self) -> str:
        """The address before an endpoint's name."""
        return f"{self.addresses.api_url}/api.xro/2.0"


def is_guid(text: str) -> bool:
    """Say whether a text is an id as Xero writes them."""
    return _GUID.fullmatch(text) is not None
