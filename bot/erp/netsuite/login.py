"""Signs requests with the credentials as stored now, whichever kind they are.

The stored text is read for every request, so that an update takes effect at once. It must not keep
a secret longer than the strategy that was built from it, or decide how credentials are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx

from bot.erp.credentials import DISCONNECTED
from bot.erp.errors import ErpActionRequired
from bot.erp.netsuite.account import AccountId, NetSuiteAddresses
from bot.erp.netsuite.auth import Authentication, ClientCredentialsAuth, TokenBasedAuth
from bot.erp.netsuite.credentials import Credentials, NetSuiteCredentials, load_credentials
from ledger.problems import Problem, ProblemCode


class CredentialVault(Protocol):
    """Where the credentials of one connection are kept, encrypted, for all processes."""

    async def read(self) -> str | None:
        """Return the text as stored now (``credentials.dump_credentials``); none when wiped."""
        ...

    async def mark_ended(self, reason: str) -> None:
        """Wipe the credentials and note that the connection is over; already so is fine."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What either strategy is built with."""

    http: httpx.AsyncClient
    now: Callable[[], datetime]
    """The injected clock, aware UTC."""
    new_secret: Callable[[], str]
    """A source of random text that never repeats (``bot.ids.RandomIds.secret``)."""

    def authentication(
        self, credentials: Credentials, addresses: NetSuiteAddresses
    ) -> Authentication:
        """Return the strategy that fits the credentials."""
        if isinstance(credentials, NetSuiteCredentials):
            return TokenBasedAuth(credentials, now=self.now, new_nonce=self.new_secret)
        return ClientCredentialsAuth(
            credentials,
            token_url=addresses.token_url,
            http=self.http,
            now=self.now,
            new_id=self.new_secret,
        )


@dataclass(frozen=True, slots=True)
class Login:
    """The strategy in use and the fingerprint of its credentials."""

    fingerprint: str
    authentication: Authentication


class Logins:
    """Hands out the login of one connection, as its credentials are now."""

    def __init__(
        self,
        vault: CredentialVault,
        sign_in: SignIn,
        *,
        account: AccountId,
        addresses: NetSuiteAddresses,
        subject: str,
    ) -> None:
        """Take the vault of one connection; ``subject`` names the connection to the user."""
        self._vault = vault
        self._sign_in = sign_in
        self._account = account
        self._addresses = addresses
        self._subject = subject
        self._login: Login | None = None

    async def current(self) -> Login:
        """Return the login; the same one while the stored text is the same.

        Raises:
            ErpActionRequired: the connection is over, or its credentials are another account's.
        """
        stored = await self._vault.read()
        if stored is None:
            raise ErpActionRequired(Problem(code=ProblemCode.AUTH_EXPIRED, subject=self._subject))
        fingerprint = hashlib.sha256(stored.encode()).hexdigest()
        if self._login is None or self._login.fingerprint != fingerprint:
            credentials = load_credentials(stored)
            self._require_account(credentials)
            strategy = self._sign_in.authentication(credentials, self._addresses)
            self._login = Login(fingerprint, strategy)
        return self._login

    async def end(self) -> None:
        """Wipe our copy; already wiped is fine."""
        self._login = None
        await self._vault.mark_ended(DISCONNECTED)

    def _require_account(self, credentials: Credentials) -> None:
        if credentials.account != self._account:
            facts = (("reason", f"they belong to account {credentials.account}"),)
            problem = Problem(
                code=ProblemCode.CREDENTIALS_INVALID, subject=self._subject, facts=facts
            )
            raise ErpActionRequired(problem)
