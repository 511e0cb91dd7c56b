"""A JWT client assertion, read and verified against a certificate's public key.

PS256/384/512 and ES256/384/512 only; RS256 is not among what Oracle lists.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html
"""

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.payload import JsonObject, NotAnObjectError, read_json, text_at

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class BadAssertionError(ValueError):
    """The assertion cannot be read, or its signature is not the key's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A client assertion that has been read but not yet verified."""

    algorithm: str
    key_id: str
    claims: JsonObject
    signed: bytes
    signature: bytes

    @classmethod
    def parse(cls, text: str) -> "Assertion":
        """Read the compact form.

        Raises:
            BadAssertionError: it is none.
        """
        parts = text.split(".")
        if len(parts) != 3:
            raise BadAssertionError("not a compact JWT")
        try:
            header, claims = read_json(_decoded(parts[0])), read_json(_decoded(parts[1]))
            signature = _decoded(parts[2])
        except (NotAnObjectError, binascii.Error, UnicodeDecodeError) as error:
            raise BadAssertionError("not a compact JWT") from error
        return cls(
            algorithm=text_at(header, "alg") or "",
            key_id=text_at(header, "kid") or "",
            claims=claims,
            signed=f"{parts[0]}.{parts[1]}".encode(),
            signature=signature,
        )

    def verify(self, pem: str) -> None:
        """Check the signature with a public key.

        Raises:
            BadAssertionError: the algorithm is not allowed, does not fit the key, or fails.
        """
        key = read_public_key(pem)
        try:
            self._verify(key)
        except InvalidSignature as error:
            raise BadAssertionError("the signature is not the certificate's") from error

    def _verify(self, key: PublicKey) -> None:
        digest = _HASHES.get(self.algorithm[2:])
        if self.algorithm.startswith("PS") and digest and isinstance(key, rsa.RSAPublicKey):
            salted = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            key.verify(self.signature, self.signed, salted, digest)
        elif (
            isinstance(key, ec.EllipticCurvePublicKey)
            and digest
            and _CURVES.get(self.algorithm) == key.curve.name
        ):
            half = len(self.signature) // 2
            r, s = (int.from_bytes(part) for part in (self.signature[:half], self.signature[half:]))
            key.verify(encode_dss_signature(r, s), self.signed, ec.ECDSA(digest))
        else:
            raise BadAssertionError("the algorithm is not allowed for this certificate")


def read_public_key(pem: str) -> PublicKey:
    """An RSA or elliptic-curve public key, or that of a certificate.

    Raises:
        BadAssertionError: it is neither.
    """
    try:
        if "BEGIN CERTIFICATE" in pem:
            key: object = x509.load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = serialization.load_pem_public_key(pem.encode())
    except ValueError as error:
        raise BadAssertionError("not a public key or certificate in PEM") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise BadAssertionError("neither an RSA nor an elliptic-curve key")
    return key


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode() + b"=" * (-len(part) % 4), b"-_", validate=True)
