"""Signatures against Oracle's own known answer, and the certificate's assertion."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.netsuite.auth import ClientCredentialsAuth, TokenBasedAuth
from bot.erp.netsuite.credentials import CertificateCredentials, NetSuiteCredentials
from ledger.problems import ProblemCode

# https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_156935170194.html
ORACLES = NetSuiteCredentials(
    account_id="123456",
    consumer_key="ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
    consumer_secret="d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
    token_id="2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
    token_secret="c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
)
MOMENT = datetime.fromtimestamp(1508242306, UTC)
NONCE = "fjaLirsIcCGVZWzBX0pg"
HOST = "https://123456.suitetalk.api.netsuite.com/services/rest"
SANDBOX_HOST = "https://123456-sb1.suitetalk.api.netsuite.com/services/rest"
TOKEN_URL = f"{HOST}/auth/oauth2/v1/token"


async def header(method: str, url: str) -> str:
    auth = TokenBasedAuth(ORACLES, now=lambda: MOMENT, new_nonce=lambda: NONCE)
    return await auth.header(method, url)


async def test_the_signature_is_oracles_known_answer() -> None:
    signed = await header("GET", f"{HOST}/record/v1/employee/40")
    assert signed.startswith('OAuth realm="123456", ')
    assert 'oauth_signature="B5OIWznZ2YP0OB7VrJrGkYsTh%2B8H%2B5T9Hag%2Bo92q0zY%3D"' in signed
    assert 'oauth_signature_method="HMAC-SHA256"' in signed
    assert f'oauth_nonce="{NONCE}"' in signed
    assert 'oauth_timestamp="1508242306"' in signed
    assert 'oauth_version="1.0"' in signed
    assert "body_hash" not in signed


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (f"{HOST}/record/v1/journalEntry", "mE7b2gtmZ94vf6LY2XyUKs91IrMuQFy6WDrJjgU3nTQ%3D"),
        (
            f"{SANDBOX_HOST}/query/v1/suiteql?limit=1000&offset=0",
            "LjzqkKDpsRTpwqBkevEM3wfFmspmqdKggHTdHxxHp%2BU%3D",
        ),
    ],
)
async def test_query_parameters_are_signed_and_a_body_is_not(url: str, signature: str) -> None:
    assert f'oauth_signature="{signature}"' in await header("POST", url)


async def test_the_realm_is_the_account_in_capitals_with_an_underscore() -> None:
    values = {**_values(), "account_id": "123456-sb1"}
    auth = TokenBasedAuth(
        NetSuiteCredentials(**values), now=lambda: MOMENT, new_nonce=lambda: NONCE
    )
    assert (await auth.header("GET", HOST)).startswith('OAuth realm="123456_SB1", ')


async def test_no_secret_stands_in_the_header() -> None:
    signed = await header("GET", HOST)
    assert ORACLES.consumer_secret not in signed
    assert ORACLES.token_secret not in signed


def test_a_signature_cannot_be_renewed() -> None:
    auth = TokenBasedAuth(ORACLES, now=lambda: MOMENT, new_nonce=lambda: NONCE)
    assert auth.forget() is False


def _values() -> dict[str, str]:
    names = ("consumer_key", "consumer_secret", "token_id", "token_secret")
    return {name: getattr(ORACLES, name) for name in names}


class TokenServer:
    """A sign-in service in memory that keeps what it was asked."""

    def __init__(self, status: int = 200, body: dict[str, object] | None = None) -> None:
        self.asked: list[dict[str, str]] = []
        self.status = status
        self.body = body or {"access_token": "secret-token", "expires_in": "3600"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        assert "authorization" not in request.headers
        self.asked.append({name: values[0] for name, values in form.items()})
        return httpx.Response(self.status, json=self.body)


class Watch:
    def __init__(self) -> None:
        self.moment = MOMENT

    def now(self) -> datetime:
        return self.moment


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> CertificateCredentials:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return CertificateCredentials(
        account_id="123456",
        client_id=ORACLES.consumer_key,
        certificate_id="custcertificate-1",
        private_key=pem.decode(),
    )


RSA = certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048))
EC = certificate(ec.generate_private_key(ec.SECP256R1()))


def strategy(
    server: TokenServer, watch: Watch, credentials: CertificateCredentials = EC
) -> ClientCredentialsAuth:
    return ClientCredentialsAuth(
        credentials,
        token_url=TOKEN_URL,
        http=httpx.AsyncClient(transport=httpx.MockTransport(server)),
        now=watch.now,
        new_id=lambda: "unique",
    )


@pytest.mark.parametrize(("credentials", "algorithm"), [(RSA, "PS256"), (EC, "ES256")])
async def test_the_assertion_says_what_oracle_asks_for(
    credentials: CertificateCredentials, algorithm: str
) -> None:
    server = TokenServer()
    assert await strategy(server, Watch(), credentials).header("GET", HOST) == "Bearer secret-token"
    (form,) = server.asked
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"].endswith(":jwt-bearer")
    kind = RSAKey if algorithm == "PS256" else ECKey
    key = kind.import_key(credentials.private_key)
    token = jwt.decode(form["client_assertion"], key, algorithms=[algorithm])
    assert token.header == {"alg": algorithm, "typ": "JWT", "kid": "custcertificate-1"}
    assert token.claims["iss"] == credentials.client_id
    assert token.claims["scope"] == ["rest_webservices"]
    assert token.claims["aud"] == TOKEN_URL
    assert token.claims["iat"] == 1508242306
    assert 0 < token.claims["exp"] - token.claims["iat"] < 3600


async def test_an_access_token_is_kept_until_near_its_end() -> None:
    server, watch = TokenServer(), Watch()
    auth = strategy(server, watch)
    for minutes in (0, 30, 54):
        watch.moment = MOMENT + timedelta(minutes=minutes)
        await auth.header("GET", HOST)
    assert len(server.asked) == 1
    watch.moment = MOMENT + timedelta(minutes=55)
    await auth.header("GET", HOST)
    assert len(server.asked) == 2


async def test_many_that_need_a_token_ask_for_one() -> None:
    server = TokenServer()
    auth = strategy(server, Watch())
    await asyncio.gather(*(auth.header("GET", HOST) for _ in range(8)))
    assert len(server.asked) == 1


async def test_a_forgotten_token_is_asked_for_again() -> None:
    server = TokenServer()
    auth = strategy(server, Watch())
    await auth.header("GET", HOST)
    assert auth.forget() is True
    await auth.header("GET", HOST)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "invalid_grant"), (401, "invalid_client"), (400, "invalid_request"), (401, None)],
)
async def test_a_refused_certificate_needs_a_person(status: int, error: str | None) -> None:
    server = TokenServer(status, {"error": error} if error else {"no": "error"})
    with pytest.raises(ErpActionRequired) as raised:
        await strategy(server, Watch()).header("GET", HOST)
    assert raised.value.problem.code is ProblemCode.CREDENTIALS_INVALID


@pytest.mark.parametrize(
    ("status", "body"),
    [(429, {"a": 1}), (500, {"error": "invalid_grant"}), (503, {"a": 1}), (200, {"a": 1})],
)
async def test_a_sign_in_service_that_is_away_condemns_nothing(
    status: int, body: dict[str, object]
) -> None:
    with pytest.raises(ErpUnavailable):
        await strategy(TokenServer(status, body), Watch()).header("GET", HOST)
