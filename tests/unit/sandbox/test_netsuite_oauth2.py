"""OAuth 2.0 client credentials at the NetSuite sandbox: certificates, assertions, tokens."""

import base64
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.unit.sandbox.netsuite_support import CONTROL, World, code, new_world

TOKEN_PATH = "/netsuite/services/rest/auth/oauth2/v1/token"
TOKEN_URL = f"http://127.0.0.1:8000{TOKEN_PATH}"
TOKEN_INFO = "/netsuite/rest/tokeninfo"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with new_world() as ready:
        yield ready


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(key: Key, algorithm: str, data: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    digest = hashes.SHA256()
    if algorithm.startswith("PS"):
        salted = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        return key.sign(data, salted, digest)
    return key.sign(data, padding.PKCS1v15(), digest)


class Client:
    """A machine client of the account, with one certificate."""

    def __init__(self, world: World, key: Key, made: dict[str, str]) -> None:
        self.world, self.key, self.made = world, key, made

    def assertion(self, algorithm: str = "", changes: dict[str, object] | None = None) -> str:
        usual = "PS256" if isinstance(self.key, rsa.RSAPrivateKey) else "ES256"
        header = {"typ": "JWT", "alg": algorithm or usual, "kid": self.made["certificate_id"]}
        now = int(self.world.clock.now().timestamp())
        claims = {
            "iss": self.made["client_id"],
            "scope": ["rest_webservices"],
            "aud": TOKEN_URL,
            "iat": now,
            "exp": now + 3600,
        } | (changes or {})
        data = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        return f"{data}.{encoded(signed(self.key, algorithm or usual, data.encode()))}"

    async def ask(self, assertion: str = "", **changes: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(),
        } | changes
        return await self.world.http.post(TOKEN_PATH, data=form)

    async def token(self) -> str:
        reply = await self.ask()
        assert reply.status_code == 200, reply.text
        return str(reply.json()["access_token"])


async def client_with(world: World, key: Key) -> Client:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    reply = await world.http.post(f"{CONTROL}/certificates", json={"public_key": pem.decode()})
    assert reply.status_code == 201, reply.text
    return Client(world, key, reply.json())


async def with_bearer(world: World, token: str) -> httpx.Response:
    return await world.http.get(TOKEN_INFO, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["PS256", "ES256"])
async def test_an_assertion_buys_an_access_token_of_an_hour(world: World, key: Key) -> None:
    client = await client_with(world, key)
    reply = await client.ask()
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")
    body = reply.json()
    assert (body["expires_in"], body["token_type"]) == (3600, "bearer")
    assert "refresh_token" not in body
    assert (await with_bearer(world, body["access_token"])).json()["companyId"] == "1234567_SB1"
    world.clock.advance(3601)
    late = await with_bearer(world, body["access_token"])
    assert (late.status_code, code(late)) == (401, "INVALID_LOGIN")


async def test_a_key_pair_made_by_the_sandbox_works(world: World) -> None:
    made = (await world.http.post(f"{CONTROL}/certificates")).json()
    key = serialization.load_pem_private_key(made["private_key"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    await Client(world, key, made).token()


async def test_rs256_is_refused(world: World) -> None:
    client = await client_with(world, RSA_KEY)
    reply = await client.ask(client.assertion("RS256"))
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "another"},
        {"aud": "https://example.invalid/token"},
        {"scope": ["restlets"]},
        {"exp": 1_500_000_000},
        {"exp": 4_000_000_000},
        {"iat": "soon"},
    ],
)
async def test_an_assertion_with_wrong_claims_is_refused(
    world: World, claims: dict[str, object]
) -> None:
    client = await client_with(world, EC_KEY)
    reply = await client.ask(client.assertion(changes=claims))
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    assert world.reasons()[-1] is not None


async def test_the_signature_must_be_the_certificates(world: World) -> None:
    client = await client_with(world, EC_KEY)
    client.key = ec.generate_private_key(ec.SECP256R1())
    assert (await client.ask()).json()["error"] == "invalid_client"
    reply = await client.ask("not.a.token")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    assert (await client.ask(grant_type="password")).json()["error"] == "unsupported_grant_type"


async def test_a_revoked_certificate_ends_its_tokens(world: World) -> None:
    client = await client_with(world, EC_KEY)
    token = await client.token()
    await world.http.post(f"{CONTROL}/certificates/{client.made['certificate_id']}/revoke")
    assert (await with_bearer(world, token)).status_code == 401
    assert (await client.ask()).json()["error"] == "invalid_client"


async def test_an_integration_has_five_active_certificates_at_most(world: World) -> None:
    for _ in range(5):
        await client_with(world, EC_KEY)
    reply = await world.http.post(f"{CONTROL}/certificates")
    assert reply.status_code == 400
    reply = await world.http.post(f"{CONTROL}/certificates", json={"public_key": "nonsense"})
    assert reply.status_code == 400


async def test_a_role_without_oauth_login_is_refused(world: World) -> None:
    token = await (await client_with(world, EC_KEY)).token()
    await world.http.post(
        f"{CONTROL}/roles/1001", json={"Log in using OAuth 2.0 Access Tokens": "NONE"}
    )
    assert (await with_bearer(world, token)).status_code == 401
    assert world.reasons()[-1] == "permission_denied"
