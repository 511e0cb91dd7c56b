"""What a person pastes to connect NetSuite, checked field by field before anything is sent.

Each wrong login counts towards NetSuite's lock of the user, so what cannot be right is told here.
Two sets: the five values of token-based authentication, and a certificate's for OAuth 2.0
(https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html).
Secrets never show in ``repr``, in a message or in a fault; ids show four characters at each end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.erp.netsuite.account import AccountId

_KEY = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_KEY_LENGTH = 64
_CERTIFICATE_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
_LEAST_KEY_BITS = 2048
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

_TOKEN_KIND = "token"  # noqa: S105 - a word of the stored JSON
_CERTIFICATE_KIND = "certificate"


class CredentialsError(ValueError):
    """Credentials that cannot be right; ``faults`` has a sentence for each wrong field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep the sentences by field name; none of them quotes a value."""
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form, in NetSuite's own words."""

    name: str
    label: str
    where: str
    """Where in NetSuite it is found."""
    is_secret: bool
    find_fault: Callable[[str], str | None]
    """Says what is wrong with a value, as the end of a sentence; none when nothing is."""
    shown_whole: bool = False
    """Nobody can do anything with it; of other ids the first and last four characters are shown."""
    is_optional: bool = False

    def fault(self, value: str) -> str | None:
        """Return a sentence that a person can act on, or none."""
        wrong = self.find_fault(value)
        return f"{self.label} {wrong}. Copy it again from {self.where}." if wrong else None


def _hexadecimal_fault(value: str) -> str | None:
    if _KEY.fullmatch(value):
        return None
    if not value:
        return "is missing"
    if any(c.isspace() for c in value):
        return "has white space in it"
    if len(value) < _KEY_LENGTH:
        return f"is cut short: it has {len(value)} of {_KEY_LENGTH} characters"
    if len(value) > _KEY_LENGTH:
        return f"is too long: it has {len(value)} characters instead of {_KEY_LENGTH}"
    return "has characters other than 0-9 and a-f"


def _account_fault(value: str) -> str | None:
    if not value:
        return "is missing"
    if any(c.isspace() for c in value):
        return "has white space in it"
    try:
        AccountId.parse(value)
    except ValueError:
        return "is not an account id such as 1234567 or 1234567_SB1"
    return None


def _certificate_id_fault(value: str) -> str | None:
    if not value:
        return "is missing"
    if any(c.isspace() for c in value):
        return "has white space in it"
    return None if _CERTIFICATE_ID.fullmatch(value) else "is not the id of a certificate"


def _day_fault(value: str) -> str | None:
    if not value:
        return None
    try:
        date.fromisoformat(value)
    except ValueError:
        return "is not a day such as 2028-06-30"
    return None


def _private_key_fault(value: str) -> str | None:
    if not value.strip():
        return "is missing"
    try:
        signature_algorithm(value)
    except ValueError as error:
        return str(error)
    return None


def signature_algorithm(private_key: str) -> str:
    """Return the algorithm of a private key's signatures, one of those that NetSuite lists.

    Raises:
        ValueError: it is no key that NetSuite takes; the message is the end of a sentence.
    """
    try:
        key = load_pem_private_key(private_key.strip().encode(), password=None)
    except (ValueError, TypeError):
        message = "is not an unencrypted private key in PEM form, or it is cut short"
        raise ValueError(message) from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= _LEAST_KEY_BITS:
        return "PS256"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise ValueError(f"is not an RSA key of {_LEAST_KEY_BITS} bits or more, nor an EC key")


_INTEGRATIONS = "Setup → Integration → Manage Integrations"
_TOKENS = "Setup → Users/Roles → Access Tokens"
_CERTIFICATES = "Setup → Integration → OAuth 2.0 Client Credentials (M2M) Setup"
_SHOWN_ONCE = "NetSuite shows it only when it is made; make a new one if it is lost"

_ACCOUNT_FIELD = Field(
    name="account_id",
    label="Account ID",
    where="Setup → Company → Company Information",
    is_secret=False,
    find_fault=_account_fault,
    shown_whole=True,
)
TOKEN_FIELDS = (
    _ACCOUNT_FIELD,
    Field(
        name="consumer_key",
        label="Consumer Key",
        where=f"{_INTEGRATIONS} ({_SHOWN_ONCE})",
        is_secret=False,
        find_fault=_hexadecimal_fault,
    ),
    Field(
        name="consumer_secret",
        label="Consumer Secret",
        where=f"{_INTEGRATIONS} ({_SHOWN_ONCE})",
        is_secret=True,
        find_fault=_hexadecimal_fault,
    ),
    Field(
        name="token_id",
        label="Token ID",
        where=f"{_TOKENS} ({_SHOWN_ONCE})",
        is_secret=False,
        find_fault=_hexadecimal_fault,
    ),
    Field(
        name="token_secret",
        label="Token Secret",
        where=f"{_TOKENS} ({_SHOWN_ONCE})",
        is_secret=True,
        find_fault=_hexadecimal_fault,
    ),
)
"""The form's five fields, in the order of the guide."""
CERTIFICATE_FIELDS = (
    _ACCOUNT_FIELD,
    Field(
        name="client_id",
        label="Client ID",
        where=f"{_INTEGRATIONS} ({_SHOWN_ONCE})",
        is_secret=False,
        find_fault=_hexadecimal_fault,
    ),
    Field(
        name="certificate_id",
        label="Certificate ID",
        where=_CERTIFICATES,
        is_secret=False,
        find_fault=_certificate_id_fault,
    ),
    Field(
        name="private_key",
        label="Private Key",
        where="the file that belongs to the certificate you uploaded",
        is_secret=True,
        find_fault=_private_key_fault,
    ),
    Field(
        name="valid_until",
        label="Valid Until (YYYY-MM-DD)",
        where=_CERTIFICATES,
        is_secret=False,
        find_fault=_day_fault,
        shown_whole=True,
        is_optional=True,
    ),
)
"""The form's fields of the certificate's way; only the certificate's last day may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NetSuiteCredentials:
    """The five values of token-based authentication (OAuth 1.0a).

    Raises:
        CredentialsError: a field cannot be right.
    """

    account_id: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str

    def __post_init__(self) -> None:
        _require_sound(TOKEN_FIELDS, _values(self, TOKEN_FIELDS))
        object.__setattr__(self, "account_id", AccountId.parse(self.account_id).realm)

    @property
    def account(self) -> AccountId:
        """The account."""
        return AccountId(self.account_id)

    def __repr__(self) -> str:
        return _shown("NetSuiteCredentials", self, TOKEN_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertificateCredentials:
    """The values of OAuth 2.0 client credentials; the certificate is mapped in NetSuite.

    Raises:
        CredentialsError: a field cannot be right.
    """

    account_id: str
    client_id: str
    certificate_id: str
    private_key: str
    """RSA or EC, PEM, unencrypted."""
    valid_until: str = ""
    """The certificate's last day, ISO; empty when nobody said. NetSuite tells it to people only."""

    def __post_init__(self) -> None:
        _require_sound(CERTIFICATE_FIELDS, _values(self, CERTIFICATE_FIELDS))
        object.__setattr__(self, "account_id", AccountId.parse(self.account_id).realm)

    @property
    def account(self) -> AccountId:
        """The account."""
        return AccountId(self.account_id)

    def __repr__(self) -> str:
        return _shown("CertificateCredentials", self, CERTIFICATE_FIELDS)


Credentials = NetSuiteCredentials | CertificateCredentials


def find_faults(fields: Iterable[Field], values: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each field that cannot be right, by its name; values are not quoted."""
    found = ((field.name, field.fault(values.get(field.name, ""))) for field in fields)
    faults = {name: fault for name, fault in found if fault is not None}
    return faults or _mixed_up(values)


def dump_credentials(credentials: Credentials) -> str:
    """Write credentials as one JSON text, a secret to be stored encrypted."""
    if isinstance(credentials, NetSuiteCredentials):
        return json.dumps({"kind": _TOKEN_KIND} | _values(credentials, TOKEN_FIELDS))
    return json.dumps({"kind": _CERTIFICATE_KIND} | _values(credentials, CERTIFICATE_FIELDS))


def load_credentials(secret: str) -> Credentials:
    """Read what :func:`dump_credentials` wrote.

    Raises:
        ValueError, KeyError: when the stored text was damaged.
    """
    kept: dict[str, str] = json.loads(secret)
    kind = kept.pop("kind")
    if kind == _TOKEN_KIND:
        return NetSuiteCredentials(**kept)
    if kind == _CERTIFICATE_KIND:
        return CertificateCredentials(**kept)
    raise ValueError("the stored credentials are of no known kind")


def masked(value: str) -> str:
    """Return the first and last four characters of an id."""
    return f"{value[:4]}…{value[-4:]}" if len(value) > 8 else "…"


def as_shown(field: Field, value: str) -> str:
    """Return what people and logs may see of a value that is no secret."""
    return value if field.shown_whole else masked(value)


def _mixed_up(values: Mapping[str, str]) -> dict[str, str]:
    """Notice one value pasted into two fields."""
    seen: dict[str, str] = {}
    for name, value in values.items():
        label = next((f.label for f in TOKEN_FIELDS if f.name == name), None)
        if label is None:
            continue
        if value in seen:
            return {name: f"{label} is the same as {seen[value]}. Copy it again."}
        seen[value] = label
    return {}


def _require_sound(fields: Iterable[Field], values: Mapping[str, str]) -> None:
    faults = find_faults(fields, values)
    if faults:
        raise CredentialsError(faults)


def _values(credentials: object, fields: Iterable[Field]) -> dict[str, str]:
    return {field.name: getattr(credentials, field.name) for field in fields}


def _shown(name: str, credentials: object, fields: Iterable[Field]) -> str:
    pairs = [(f.name, as_shown(f, getattr(credentials, f.name))) for f in fields if not f.is_secret]
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in pairs)})"
