"""Integrations, tokens, certificates and roles of a NetSuite account.

Values and their making; who may log in is decided in `logins` and `oauth2`.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1534941088.html
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import IntEnum

from pydantic import BaseModel, ConfigDict, Field

MOST_CERTIFICATES = 5
"""Active ones of one integration (section_0525020842.html)."""


class Level(IntEnum):
    """How far a permission reaches."""

    NONE = 0
    VIEW = 1
    CREATE = 2
    EDIT = 3
    FULL = 4


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Role(_Record):
    """A role and its permissions by their names in NetSuite's own role form."""

    id: str
    name: str
    permissions: dict[str, Level]

    def allows(self, permission: str, level: Level) -> bool:
        """Whether the role has a permission at this level or above."""
        return self.permissions.get(permission, Level.NONE) >= level


class Integration(_Record):
    """An integration record; its consumer key is the client id of OAuth 2.0."""

    name: str
    consumer_key: str
    consumer_secret: str
    enabled: bool = True


class Token(_Record):
    """An access token of one user in one role for one integration."""

    token_id: str
    token_secret: str
    consumer_key: str
    user: str
    role: str
    revoked: bool = False


class Certificate(_Record):
    """A public key mapped to user, role and integration for OAuth 2.0 client credentials."""

    id: str
    public_key: str
    """PEM."""
    consumer_key: str
    user: str
    role: str
    revoked: bool = False


class AccessGrant(_Record):
    """An OAuth 2.0 access token."""

    token: str
    account: str
    certificate: str
    expires_at: datetime


class Security(_Record):
    """Who may log in to an account, each list keyed by its own id."""

    integrations: dict[str, Integration] = Field(default_factory=dict)
    tokens: dict[str, Token] = Field(default_factory=dict)
    certificates: dict[str, Certificate] = Field(default_factory=dict)
    roles: dict[str, Role] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Five:
    """The five values that a person pastes to connect an account."""

    account_id: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str

    def as_json(self) -> dict[str, str]:
        """The five by name."""
        return asdict(self)


def new_integration(name: str) -> Integration:
    """An integration record with fresh keys."""
    return Integration(
        name=name, consumer_key=secrets.token_hex(32), consumer_secret=secrets.token_hex(32)
    )


def new_token(integration: Integration, *, user: str, role: str) -> Token:
    """A fresh token."""
    return Token(
        token_id=secrets.token_hex(32),
        token_secret=secrets.token_hex(32),
        consumer_key=integration.consumer_key,
        user=user,
        role=role,
    )


def five_of(account_id: str, security: Security, token: Token) -> Five:
    """The five values that belong to a token."""
    integration = security.integrations[token.consumer_key]
    return Five(
        account_id=account_id,
        consumer_key=integration.consumer_key,
        consumer_secret=integration.consumer_secret,
        token_id=token.token_id,
        token_secret=token.token_secret,
    )
