"""What every provider is built with, and what building one gives. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bot.erp.connector import Connector
from bot.erp.journal_file.book import JournalFileBook
from bot.erp.transport import Observer
from bot.services.grants import Grants
from bot.services.ports import Authorizer, Clock, CredentialForms, Ids
from bot.settings import Settings
from ledger.organisation import Company


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpParts:
    """What every provider is built with."""

    settings: Settings
    http: httpx.AsyncClient
    clock: Clock
    ids: Ids
    grants: Grants
    observe: Observer
    book_of: Callable[[Company], JournalFileBook]
    """The book of a company without an ERP, in our own database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erp:
    """A provider that this installation can reach."""

    connect: Callable[[Company], Connector]
    authorizer: Authorizer | None = None
    """None for a provider whose credentials are typed in."""
    forms: CredentialForms | None = None
    """None for a provider that people sign in to."""


def subject_of(company: Company) -> str:
    """Return how a problem of a company's connection names it."""
    return f"{company.provider.label} company {company.name}"
