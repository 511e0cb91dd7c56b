"""What an authorisation reaches, and the forms in which credentials are typed: values only.

The words between a provider's sign-in and the use cases. Nothing here asks an ERP, and no secret
is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableCompany:
    """A company that a grant reaches."""

    external_id: str
    name: str
    connection_id: str | None = None
    """The ERP's id of our way to it, where that is not the company's own (Xero)."""
    is_chosen: bool = True
    """False for one that an earlier consent of the same person reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The companies of one authorisation."""

    companies: tuple[ReachableCompany, ...]
    subject: str | None = None
    """Whoever's credentials they are, the same at each sign-in; none: each company has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One field of a form."""

    name: str
    label: str
    where: str
    """Where in the ERP it is found."""
    is_secret: bool
    is_long: bool = False
    """Several lines, such as a private key."""
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialMethod:
    """One way to sign in with typed credentials."""

    name: str
    label: str
    fields: tuple[CredentialField, ...]
    rotated: tuple[str, ...]
    """The names of the fields that are renewed when a token expires or was rotated."""
    note: str = ""
    """What a person should know before choosing it."""


class CredentialFaultsError(Exception):
    """Typed credentials that cannot be right: field name → a sentence; none quotes a value."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)
