"""Ways to sign in to NetSuite, exchangeable: token-based authentication, or a certificate.

From 2027.1 no new integration may use the first, so nothing else knows which one is used:
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_158921905537.html
It must not store or log a secret, and never tries a login twice.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import httpx
from authlib.oauth1 import ClientAuth
from authlib.oauth1.rfc5849.parameters import prepare_headers
from authlib.oauth1.rfc5849.signature import generate_signature_base_string
from authlib.oauth1.rfc5849.util import escape
from authlib.oauth1.rfc5849.wrapper import OAuth1Request
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bot.erp.credentials import GrantRefusedError
from bot.erp.errors import ErpActionRequired
from bot.erp.netsuite.account import LABEL
from bot.erp.netsuite.credentials import (
    CertificateCredentials,
    NetSuiteCredentials,
    signature_algorithm,
)
from bot.erp.netsuite.door import credentials_refused
from bot.erp.oauth import TokenEndpoint
from bot.erp.payload import text_at

SIGNATURE_METHOD = "HMAC-SHA256"
SCOPE = "rest_webservices"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Below the hour that is allowed; it is used at once.
_ASSERTION_LIFE = timedelta(minutes=5)
_MARGIN = timedelta(minutes=5)


class Authentication(Protocol):
    """A way to sign requests with one set of credentials."""

    async def header(self, method: str, url: str) -> str:
        """Return the ``Authorization`` header of one request; ``url`` is whole, query included.

        Raises:
            ErpActionRequired: NetSuite refuses the credentials.
            ErpUnavailable: the sign-in service is away.
        """
        ...

    def forget(self) -> bool:
        """Drop what was obtained with the credentials, because NetSuite answered 401.

        Returns whether the next header will differ in more than its signature.
        """
        ...


def _sign_hmac_sha256(client: ClientAuth, request: OAuth1Request) -> str:
    """Sign as Oracle documents it: section_1534941088.html, subsect_156935170194.html."""
    key = f"{escape(client.client_secret)}&{escape(client.token_secret)}".encode()
    text: str = generate_signature_base_string(request)
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


ClientAuth.register_signature_method(SIGNATURE_METHOD, _sign_hmac_sha256)


class TokenBasedAuth:
    """Signs every request with consumer and token secrets (OAuth 1.0a); nothing is exchanged."""

    def __init__(
        self,
        credentials: NetSuiteCredentials,
        *,
        now: Callable[[], datetime],
        new_nonce: Callable[[], str],
    ) -> None:
        """Take the injected clock (within five minutes of NetSuite's) and a source of nonces.

        A nonce has at least six characters and is never repeated.
        """
        self._now = now
        self._new_nonce = new_nonce
        self._client = ClientAuth(
            credentials.consumer_key,
            client_secret=credentials.consumer_secret,
            token=credentials.token_id,
            token_secret=credentials.token_secret,
            signature_method=SIGNATURE_METHOD,
            realm=credentials.account_id,
        )

    async def header(self, method: str, url: str) -> str:
        """Return the header of one request; a JSON body is not signed."""
        timestamp = str(int(self._now().timestamp()))
        values = self._client.get_oauth_params(self._new_nonce(), timestamp)
        headers = prepare_headers(values, {}, realm=self._client.realm)
        signature = self._client.get_oauth_signature(method, url, headers, "")
        signed = prepare_headers(
            [*values, ("oauth_signature", signature)], {}, realm=self._client.realm
        )
        return str(signed["Authorization"])

    def forget(self) -> bool:
        """Say no: nothing was obtained."""
        return False


@dataclass(frozen=True, slots=True)
class _AccessToken:
    value: str = field(repr=False)
    expires_at: datetime


class ClientCredentialsAuth:
    """Exchanges a signed assertion for an access token of an hour, and keeps it until near its end.

    https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html
    """

    def __init__(
        self,
        credentials: CertificateCredentials,
        *,
        token_url: str,
        http: httpx.AsyncClient,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Take the process's one client, the injected clock and a source of unique ids."""
        self._credentials = credentials
        self._token_url = token_url
        self._endpoint = TokenEndpoint(http, erp=LABEL, url=token_url, keys=None)
        self._now = now
        self._new_id = new_id
        self._token: _AccessToken | None = None
        self._lock = asyncio.Lock()

    async def header(self, method: str, url: str) -> str:  # noqa: ARG002 - a bearer token fits every request
        """Return the header of any request."""
        async with self._lock:
            if self._token is None or self._now() + _MARGIN >= self._token.expires_at:
                self._token = await self._fetch()
            return f"Bearer {self._token.value}"

    def forget(self) -> bool:
        """Drop the token; the next request asks for a new one."""
        self._token = None
        return True

    async def _fetch(self) -> _AccessToken:
        asked_at = self._now()
        try:
            reply = await self._endpoint.ask(
                "client_credentials",
                headers={},
                client_assertion_type=_ASSERTION_TYPE,
                client_assertion=self._assertion(asked_at),
            )
        except GrantRefusedError as error:
            raise credentials_refused(("error", "invalid_grant")) from error
        except ErpActionRequired as error:
            raise credentials_refused(*error.problem.facts) from error
        # A lifetime in seconds, which comes as a number or as text.
        token, life = text_at(reply, "access_token"), text_at(reply, "expires_in") or ""
        if token is None or not life.isdecimal():
            raise self._endpoint.away("the reply lacks a token or a lifetime")
        return _AccessToken(token, asked_at + timedelta(seconds=int(life)))

    def _assertion(self, now: datetime) -> str:
        private_key = self._credentials.private_key
        algorithm = signature_algorithm(private_key)
        header = {"alg": algorithm, "typ": "JWT", "kid": self._credentials.certificate_id}
        issued = int(now.timestamp())
        claims = {
            "iss": self._credentials.client_id,
            "scope": [SCOPE],
            "aud": self._token_url,
            "iat": issued,
            "exp": issued + int(_ASSERTION_LIFE.total_seconds()),
            "jti": self._new_id(),
        }
        kind = RSAKey if algorithm.startswith("PS") else ECKey
        return jwt.encode(header, claims, kind.import_key(private_key), algorithms=[algorithm])
