"""Signed tokens: access and ID tokens are JSON Web Tokens, RS256, as Xero's are.

The key is made once in a process; its public half is served as a key set. The stand-in itself
looks tokens up and never trusts a signature.
"""

import base64
import json
from collections.abc import Mapping
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.payload import JsonObject

_KEY_ID = "sandbox-xero-1"


def signed_token(claims: Mapping[str, object]) -> str:
    """A JSON Web Token of the claims."""
    header = {"alg": "RS256", "kid": _KEY_ID, "typ": "JWT"}
    text = f"{_json_part(header)}.{_json_part(claims)}"
    signature = _key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_part(signature)}"


def public_keys() -> JsonObject:
    """The key set that verifies the tokens."""
    numbers = _key().public_key().public_numbers()
    return {
        "keys": [
            {
                "kty": "RSA",
                "use": "sig",
                "alg": "RS256",
                "kid": _KEY_ID,
                "n": _part(numbers.n.to_bytes(256, "big")),
                "e": _part(numbers.e.to_bytes(3, "big")),
            }
        ]
    }


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def _json_part(value: Mapping[str, object]) -> str:
    return _part(json.dumps(value, separators=(",", ":")).encode())


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
