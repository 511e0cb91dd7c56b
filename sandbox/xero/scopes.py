"""Granular scopes: which exist, and which an endpoint needs.

https://developer.xero.com/documentation/guides/oauth2/scopes: apps made since 2 March 2026 have
these only, so the broad ones are unknown here, as is the ledger's, which needs a higher tier.
"""

ALL_NEEDED = (
    "openid profile email offline_access accounting.manualjournals "
    "accounting.settings.read accounting.contacts.read"
)
_IDENTITY = ("openid", "profile", "email", "offline_access")
_WITH_READ = (
    "accounting.manualjournals",
    "accounting.settings",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
)
KNOWN = frozenset((*_IDENTITY, *_WITH_READ, *(f"{scope}.read" for scope in _WITH_READ)))
_OF_ENDPOINT = {
    "Organisation": "accounting.settings",
    "Accounts": "accounting.settings",
    "TrackingCategories": "accounting.settings",
    "Contacts": "accounting.contacts",
    "ManualJournals": "accounting.manualjournals",
}


def allows(scope: str, *, endpoint: str, writes: bool) -> bool:
    """Whether the scopes of a token (apart by spaces) open an endpoint that exists."""
    needed = _OF_ENDPOINT[endpoint]
    held = scope.split()
    return needed in held or (not writes and f"{needed}.read" in held)


def is_endpoint(name: str) -> bool:
    """Whether the stand-in has this endpoint."""
    return name in _OF_ENDPOINT
