"""Encryption of secrets at rest: AES-256-GCM, several keys, each secret bound to its place.

A secret is bound to its table, row and column, so that a copied ciphertext opens nowhere else.
It must not log or show a key or a secret.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
# NIST SP 800-38D recommends 96 bits: https://csrc.nist.gov/pubs/sp/800/38/d/final
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class VaultError(Exception):
    """A key or a stored secret that cannot be used; the text holds neither."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is stored; it can be opened nowhere else."""

    table: str
    column: str
    row: str

    @property
    def associated_data(self) -> bytes:
        """Bytes that differ for different places."""
        return f"{self.table}\x1f{self.column}\x1f{self.row}".encode()


class Vault:
    """The keys, of which the first encrypts and all decrypt."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            message = "no key to encrypt with"
            raise VaultError(message)
        self._ciphers = MappingProxyType({id_: AESGCM(key) for id_, key in keys.items()})
        self._current = next(iter(keys))

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Read a comma list of ``id:base64 of 32 bytes``; the first one encrypts.

        Raises:
            VaultError: naming the key's place in the list, never its bytes.
        """
        keys: dict[str, bytes] = {}
        for place, part in enumerate(text.split(","), start=1):
            key_id, _, encoded = part.strip().partition(":")
            if not _KEY_ID.fullmatch(key_id) or key_id in keys:
                message = f"key {place} needs an id of its own: letters, digits, - or _"
                raise VaultError(message)
            keys[key_id] = _key_bytes(encoded, place)
        return cls(keys)

    @property
    def current_key(self) -> str:
        """The id of the key that encrypts."""
        return self._current

    def encrypt(self, secret: str, place: Place) -> str:
        """Return the secret encrypted as text, the key's id in front."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, secret.encode(), place.associated_data)
        return f"{self._current}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, place: Place) -> str:
        """Return the secret that :meth:`encrypt` stored at this place.

        Raises:
            VaultError: unknown key, damaged text, or a ciphertext from another place.
        """
        key_id, _, encoded = stored.partition(":")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            message = f"a secret in {place.table} needs a key that is not configured"
            raise VaultError(message)
        try:
            data = base64.urlsafe_b64decode(encoded)
            opened = cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place.associated_data)
        except (InvalidTag, ValueError) as error:
            message = f"a secret in {place.table} is damaged or belongs elsewhere"
            raise VaultError(message) from error
        return opened.decode()

    def is_current(self, stored: str) -> bool:
        """Say whether the stored secret was encrypted with the key that encrypts now."""
        return stored.partition(":")[0] == self._current


def _key_bytes(encoded: str, place: int) -> bytes:
    try:
        key = base64.b64decode(encoded, altchars=b"-_" if {"-", "_"} & set(encoded) else None)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        message = f"key {place} must be {KEY_BYTES} bytes in base64"
        raise VaultError(message)
    return key
