"""Which QuickBooks Online company, and at which addresses.

Values only. Intuit's addresses: https://developer.intuit.com/app/developer/qbo/docs/develop and
its discovery document, https://developer.api.intuit.com/.well-known/openid_configuration
"""

from __future__ import annotations

from dataclasses import dataclass

LABEL = "QuickBooks"
SETTLE_S = 120.0
"""A request ends after 120 s: developer.intuit.com/…/learn/limits-and-throttles"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksAddresses:
    """The outside addresses, without a slash at the end."""

    api_url: str
    """Before ``/v3/company``."""
    app_url: str
    """Before ``/journal``; what people open in their browser."""
    authorize_url: str = "https://appcenter.intuit.com/connect/oauth2"
    token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    revoke_url: str = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"


PRODUCTION = QuickBooksAddresses(
    api_url="https://quickbooks.api.intuit.com",
    app_url="https://app.qbo.intuit.com/app",
)
SANDBOX = QuickBooksAddresses(
    api_url="https://sandbox-quickbooks.api.intuit.com",
    app_url="https://app.sandbox.qbo.intuit.com/app",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksCompany:
    """One company.

    Raises:
        ValueError: the realm id is not a number; it becomes part of an address.
    """

    realm_id: str
    addresses: QuickBooksAddresses
    settle_s: float = SETTLE_S

    def __post_init__(self) -> None:
        if not (self.realm_id.isascii() and self.realm_id.isdecimal()):
            raise ValueError("a QuickBooks realm id has digits only")

    @property
    def url(self) -> str:
        """The address before an entity's name."""
        return f"{self.addresses.api_url}/v3/company/{self.realm_id}"
