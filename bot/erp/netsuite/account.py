"""Which NetSuite account and subsidiary, and at which addresses.

Values only. An account id becomes a host name, so nothing but an account id may pass here:
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/chapter_157017286140.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

LABEL = "NetSuite"
SETTLE_S = 900.0
"""A synchronous request ends after 15 minutes: …/ns-online-help/article_0127092747.html"""

# Letters for trial accounts (TSTDRV…), a suffix for sandboxes and release previews (_SB1, _RP).
_ACCOUNT = re.compile(r"[A-Z]{0,10}[0-9]{3,12}(?:_[A-Z]{2,4}[0-9]{0,2})?")
_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class AccountId:
    """An account id in its realm form, such as ``123456_SB1``.

    Raises:
        ValueError: the text is none; it becomes a host name and is never guessed at.
    """

    realm: str

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.realm):
            raise ValueError("a NetSuite account id has digits and perhaps an ending such as _SB1")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read either form, ``123456_SB1`` or ``123456-sb1``.

        Raises:
            ValueError: the text is no account id.
        """
        return cls(text.upper().replace("-", "_")) if text.isascii() else cls(text)

    @property
    def host(self) -> str:
        """The form that host names begin with: ``123456-sb1``."""
        return self.realm.lower().replace("_", "-")

    def __str__(self) -> str:
        return self.realm


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSuiteAddresses:
    """The outside addresses of one account, without a slash at the end."""

    api_url: str
    """Before ``/services/rest``."""
    app_url: str
    """Before ``/app/accounting``; what people open in their browser."""

    @classmethod
    def of(
        cls, account: AccountId, *, api_url: str | None = None, app_url: str | None = None
    ) -> Self:
        """Return the account's own hosts, or others in their place."""
        return cls(
            api_url=api_url or f"https://{account.host}.suitetalk.api.netsuite.com",
            app_url=app_url or f"https://{account.host}.app.netsuite.com",
        )

    @property
    def rest_url(self) -> str:
        """The address before ``/record`` and ``/query``."""
        return f"{self.api_url}/services/rest"

    @property
    def token_url(self) -> str:
        """Where client credentials are exchanged (…/ns-online-help/section_0525020842.html)."""
        return f"{self.rest_url}/auth/oauth2/v1/token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A custom segment that the account shows on journal lines.

    Raises:
        ValueError: the key is no field name; it becomes part of a query.
    """

    key: str
    """The field's name, ``cseg_…``."""
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"cseg[a-z0-9_]{1,40}", self.key):
            raise ValueError("a custom segment's key begins with cseg and has a-z, 0-9 and _ only")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSuiteCompany:
    """One set of books: an account, and in OneWorld one of its subsidiaries.

    Raises:
        ValueError: the subsidiary's id is not a number; it becomes part of a query.
    """

    account: AccountId
    addresses: NetSuiteAddresses
    subsidiary_id: str | None = None
    """None for an account without OneWorld."""
    segments: tuple[Segment, ...] = ()
    required_dimensions: frozenset[str] = frozenset()
    """Keys the account's forms or preferences ask for; NetSuite's API does not tell."""
    settle_s: float = SETTLE_S

    def __post_init__(self) -> None:
        if self.subsidiary_id is not None and not is_id(self.subsidiary_id):
            raise ValueError("a NetSuite subsidiary's id has digits only")

    @property
    def external_id(self) -> str:
        """``account`` or ``account:subsidiary``."""
        return external_id(self.account, self.subsidiary_id)


def external_id(account: AccountId, subsidiary_id: str | None) -> str:
    """Write the id of a company; :func:`read_external_id` reads it."""
    return f"{account}{_SEPARATOR}{subsidiary_id}" if subsidiary_id else str(account)


def read_external_id(text: str) -> tuple[AccountId, str | None]:
    """Read the id of a company into its account and its subsidiary, if it has one.

    Raises:
        ValueError: the text is no such id.
    """
    account, _, subsidiary = text.partition(_SEPARATOR)
    return AccountId(account), subsidiary or None


def is_id(text: str) -> bool:
    """Say whether a text is an internal id."""
    return text.isascii() and text.isdecimal()
