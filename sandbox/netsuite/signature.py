"""OAuth 1.0a signatures as NetSuite reads them: header, base string, HMAC-SHA256.

Pure: which keys and tokens exist is no concern of it.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1534941295.html
https://www.rfc-editor.org/rfc/rfc5849#section-3.4
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

METHOD = "HMAC-SHA256"
_PAIR = re.compile(r'([A-Za-z0-9_]+)="([A-Za-z0-9\-._~%]*)"')
_DEFAULT_PORTS = {"http": 80, "https": 443}


class MalformedHeaderError(ValueError):
    """The Authorization header is not one that NetSuite can read."""


@dataclass(frozen=True, slots=True)
class OAuthHeader:
    """The decoded values of an `Authorization: OAuth …` header."""

    values: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "OAuthHeader":
        """Read a header; every value must be percent-encoded, as Oracle demands.

        Raises:
            MalformedHeaderError: it cannot be read, or a name stands twice.
        """
        kind, _, rest = text.partition(" ")
        if kind != "OAuth":
            raise MalformedHeaderError("not an OAuth header")
        values: dict[str, str] = {}
        for part in rest.split(","):
            match = _PAIR.fullmatch(part.strip())
            if match is None or match[1] in values:
                raise MalformedHeaderError("a value is not percent-encoded or stands twice")
            values[match[1]] = unquote(match[2])
        return cls(values)

    def get(self, name: str) -> str:
        """A value, empty when it is not there."""
        return self.values.get(name, "")

    def signed_parameters(self) -> list[tuple[str, str]]:
        """All but the realm and the signature itself."""
        unsigned = ("realm", "oauth_signature")
        return [(name, value) for name, value in self.values.items() if name not in unsigned]


def escape(text: str) -> str:
    """Percent-encode: only letters, digits and `-._~` stay (RFC 3986)."""
    return quote(text, safe="~")


def base_string(method: str, url: str, parameters: list[tuple[str, str]]) -> str:
    """`METHOD&base URL&parameters`: query parameters of `url` and `parameters` sorted together."""
    parts = urlsplit(url)
    # A path is signed as it was sent, so nothing of it is decoded.
    base_url = f"{parts.scheme.lower()}://{_authority(parts.scheme.lower(), parts.netloc)}"
    base_url += parts.path or "/"
    every = [*parameters, *parse_qsl(parts.query, keep_blank_values=True)]
    pairs = sorted((escape(name), escape(value)) for name, value in every)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), escape(base_url), escape(joined)))


def sign(base: str, *, consumer_secret: str, token_secret: str) -> str:
    """The base64 of the HMAC-SHA256 of a base string."""
    key = f"{escape(consumer_secret)}&{escape(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, base.encode(), hashlib.sha256).digest()).decode()


def _authority(scheme: str, netloc: str) -> str:
    host, colon, port = netloc.lower().rpartition(":")
    if colon and port.isdigit() and int(port) == _DEFAULT_PORTS.get(scheme):
        return host
    return netloc.lower()
