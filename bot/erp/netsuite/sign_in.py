"""Signing in to NetSuite, as the use cases ask for it: forms, checks, and what credentials reach.

Satisfies the port ``CredentialForms``. A wrong login counts towards NetSuite's lock of the user, so
one sign-in is one login. It must not keep or log a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from bot.erp.netsuite.account import AccountId, NetSuiteAddresses, NetSuiteCompany, external_id
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.credentials import (
    CERTIFICATE_FIELDS,
    TOKEN_FIELDS,
    CertificateCredentials,
    Credentials,
    Field,
    NetSuiteCredentials,
    as_shown,
    dump_credentials,
    find_faults,
    load_credentials,
)
from bot.erp.netsuite.door import AccountDoors
from bot.erp.netsuite.login import Logins, SignIn
from bot.erp.reach import (
    CredentialFaultsError,
    CredentialField,
    CredentialMethod,
    Reach,
    ReachableCompany,
)
from bot.erp.transport import ErpTransport

_TOKEN, _CERTIFICATE = "token", "certificate"
_LONG = frozenset({"private_key"})


def _field(field: Field) -> CredentialField:
    return CredentialField(
        name=field.name,
        label=field.label,
        where=field.where,
        is_secret=field.is_secret,
        is_long=field.name in _LONG,
        is_optional=field.is_optional,
    )


METHODS = (
    CredentialMethod(
        name=_TOKEN,
        label="Token-based authentication",
        fields=tuple(_field(field) for field in TOKEN_FIELDS),
        rotated=("token_id", "token_secret"),
        # …/ns-online-help/section_158921905537.html
        note=(
            "From version 2027.1 NetSuite takes no new integrations with tokens; those that exist "
            "go on. For a new integration choose the certificate."
        ),
    ),
    CredentialMethod(
        name=_CERTIFICATE,
        label="OAuth 2.0 with a certificate",
        fields=tuple(_field(field) for field in CERTIFICATE_FIELDS),
        rotated=("certificate_id", "private_key", "valid_until"),
        note="Upload the certificate in NetSuite first, mapped to a user, a role and the app.",
    ),
)
_FIELDS = {_TOKEN: TOKEN_FIELDS, _CERTIFICATE: CERTIFICATE_FIELDS}


@dataclass(frozen=True, slots=True)
class _OneSecret:
    """A vault that holds one text for the length of a sign-in."""

    secret: str

    async def read(self) -> str | None:
        return self.secret

    async def mark_ended(self, reason: str) -> None:
        """Nothing is kept here."""


class NetSuiteSignIn:
    """The forms of NetSuite, and one sign-in with what they hold."""

    methods = METHODS

    def __init__(
        self,
        sign_in: SignIn,
        *,
        transport: ErpTransport,
        doors: AccountDoors,
        addresses: Callable[[AccountId], NetSuiteAddresses],
    ) -> None:
        """Take what a connector is built with; ``addresses`` gives an account's hosts."""
        self._sign_in = sign_in
        self._transport = transport
        self._doors = doors
        self._addresses = addresses

    def read(self, method: str, values: Mapping[str, str]) -> str:
        """Check what was typed and return it as one secret text.

        Raises:
            CredentialFaultsError: with a sentence for each wrong field.
        """
        fields = _FIELDS[method]
        given = {field.name: values.get(field.name, "") for field in fields}
        faults = find_faults(fields, given)
        if faults:
            raise CredentialFaultsError(faults)
        credentials: Credentials = (
            NetSuiteCredentials(**given) if method == _TOKEN else CertificateCredentials(**given)
        )
        return dump_credentials(credentials)

    def method_of(self, secret: str) -> str:
        """Return which method a stored secret belongs to."""
        is_token = isinstance(load_credentials(secret), NetSuiteCredentials)
        return _TOKEN if is_token else _CERTIFICATE

    def update(self, secret: str, values: Mapping[str, str]) -> str:
        """Return a stored secret with the fields replaced that are rotated.

        Raises:
            CredentialFaultsError: with a sentence for each wrong field.
        """
        name = self.method_of(secret)
        method = next(each for each in METHODS if each.name == name)
        known = self._known(secret, name)
        return self.read(name, known | {key: values.get(key, "") for key in method.rotated})

    def shown(self, secret: str) -> tuple[tuple[str, str], ...]:
        """Return (label, first and last four characters) of the ids; the account id is whole."""
        name = self.method_of(secret)
        known = self._known(secret, name)
        return tuple(
            (field.label, as_shown(field, known[field.name]))
            for field in _FIELDS[name]
            if not field.is_secret and known[field.name]
        )

    def until(self, secret: str) -> datetime | None:
        """Return when the certificate's last day begins; none for tokens, which have no end."""
        credentials = load_credentials(secret)
        if isinstance(credentials, NetSuiteCredentials) or not credentials.valid_until:
            return None
        return datetime.combine(date.fromisoformat(credentials.valid_until), time(0), UTC)

    async def reach(self, secret: str) -> Reach:
        """Sign in, and return the subsidiaries, or the account itself without OneWorld.

        Raises:
            ErpActionRequired: NetSuite refuses the credentials, or the role lacks a right.
            ErpUnavailable: no usable answer.
        """
        credentials = load_credentials(secret)
        account = credentials.account
        subsidiaries = await self._connector(account, secret).list_subsidiaries()
        companies = tuple(
            ReachableCompany(external_id=external_id(account, each.id), name=each.name)
            for each in subsidiaries
        )
        if not companies:
            alone = ReachableCompany(
                external_id=external_id(account, None), name=f"NetSuite account {account}"
            )
            companies = (alone,)
        return Reach(companies=companies, subject=_subject(credentials))

    def _connector(self, account: AccountId, secret: str) -> NetSuiteConnector:
        addresses = self._addresses(account)
        door = self._doors.of(str(account))
        # A person asked for it: credentials that were refused before are tried once more.
        door.forget_refusal(hashlib.sha256(secret.encode()).hexdigest())
        logins = Logins(
            _OneSecret(secret),
            self._sign_in,
            account=account,
            addresses=addresses,
            subject=f"NetSuite account {account}",
        )
        company = NetSuiteCompany(account=account, addresses=addresses)
        return NetSuiteConnector(company, transport=self._transport, logins=logins, door=door)

    def _known(self, secret: str, method: str) -> dict[str, str]:
        credentials = load_credentials(secret)
        return {field.name: getattr(credentials, field.name) for field in _FIELDS[method]}


def _subject(credentials: Credentials) -> str:
    """Name whose credentials they are without saying them."""
    if isinstance(credentials, NetSuiteCredentials):
        named = f"{credentials.consumer_key}:{credentials.token_id}"
    else:
        named = f"{credentials.client_id}:{credentials.certificate_id}"
    return f"{credentials.account}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
