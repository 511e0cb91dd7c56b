"""The credentials of an account as an administrator makes, rotates and revokes them."""

import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.netsuite.account import NetSuiteAccount
from sandbox.netsuite.assertion import read_public_key
from sandbox.netsuite.credentials import (
    MOST_CERTIFICATES,
    Certificate,
    Five,
    Level,
    Token,
    five_of,
    new_integration,
    new_token,
)
from sandbox.netsuite.defaults import USER
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.permissions import INTEGRATION_ROLE
from sandbox.netsuite.state import NetSuiteState
from sandbox.payload import JsonObject


class CredentialDesk:
    """Integrations, tokens, roles and certificates; unknown accounts raise `LookupError`."""

    def __init__(self, state: NetSuiteState, desk: Desk) -> None:
        self._state = state
        self._desk = desk

    def in_force(self, id_: str) -> list[Five]:
        """The sets of five that are in force, the newest last."""
        account = self._desk.account(id_)
        return [
            five_of(account.id, account.security, token)
            for token in account.security.tokens.values()
            if not token.revoked and account.security.integrations[token.consumer_key].enabled
        ]

    def issue(self, id_: str) -> Five:
        """A fresh set of five: a new integration record and a token for it."""
        account = self._desk.account(id_)
        integration = new_integration("Integral")
        token = new_token(integration, user=USER, role=INTEGRATION_ROLE)
        account.security.integrations[integration.consumer_key] = integration
        return self._keep_token(account, token)

    def rotate(self, id_: str, token_id: str) -> Five:
        """Revoke a token and issue another for the same user, role and integration.

        Raises:
            LookupError: no such account or token.
        """
        account, old = self._token(id_, token_id)
        old.revoked = True
        integration = account.security.integrations[old.consumer_key]
        return self._keep_token(account, new_token(integration, user=old.user, role=old.role))

    def revoke(self, id_: str, token_id: str) -> None:
        """Revoke a token."""
        account, token = self._token(id_, token_id)
        token.revoked = True
        self._state.keep_account(account)

    def change_role(self, id_: str, role_id: str, permissions: dict[str, str]) -> JsonObject:
        """Set permissions of a role to `NONE`, `VIEW`, `CREATE`, `EDIT` or `FULL`.

        Raises:
            LookupError: no such account or role, or no such level.
        """
        account = self._desk.account(id_)
        role = account.security.roles.get(role_id)
        if role is None:
            raise LookupError(f"role {role_id}")
        role.permissions |= {name: Level[level.upper()] for name, level in permissions.items()}
        self._state.keep_account(account)
        return {
            "id": role.id,
            "name": role.name,
            "permissions": {name: level.name for name, level in role.permissions.items()},
        }

    def add_certificate(self, id_: str, public_key: str | None) -> JsonObject:
        """Map a certificate; without one, make a key pair and hand out its private half, once.

        Raises:
            LookupError: no such account.
            ValueError: not a usable key, or the integration has its five already.
        """
        account = self._desk.account(id_)
        consumer_key = list(account.security.integrations)[-1]
        private_key, public_key = (None, public_key) if public_key else _new_pair()
        read_public_key(public_key)
        active = [
            it
            for it in account.security.certificates.values()
            if it.consumer_key == consumer_key and not it.revoked
        ]
        if len(active) >= MOST_CERTIFICATES:
            raise ValueError(f"an integration has at most {MOST_CERTIFICATES} active certificates")
        certificate = Certificate(
            id=secrets.token_urlsafe(32),
            public_key=public_key,
            consumer_key=consumer_key,
            user=USER,
            role=INTEGRATION_ROLE,
        )
        account.security.certificates[certificate.id] = certificate
        self._state.keep_account(account)
        return {
            "account_id": account.id,
            "client_id": consumer_key,
            "certificate_id": certificate.id,
            "private_key": private_key,
        }

    def revoke_certificate(self, id_: str, certificate_id: str) -> None:
        """Revoke a certificate; its access tokens die with it."""
        account = self._desk.account(id_)
        certificate = account.security.certificates.get(certificate_id)
        if certificate is None:
            raise LookupError(f"certificate {certificate_id}")
        certificate.revoked = True
        self._state.keep_account(account)

    def _token(self, id_: str, token_id: str) -> tuple[NetSuiteAccount, Token]:
        account = self._desk.account(id_)
        if token_id not in account.security.tokens:
            raise LookupError(f"token {token_id}")
        return account, account.security.tokens[token_id]

    def _keep_token(self, account: NetSuiteAccount, token: Token) -> Five:
        account.security.tokens[token.token_id] = token
        self._state.keep_account(account)
        return five_of(account.id, account.security, token)


def _new_pair() -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
