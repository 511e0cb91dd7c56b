"""The source: everything that building entries works on, as read in one unit of work.

Reads only; what is made of it is ``bot.services.pipeline``'s.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from bot.services.ports import UnitOfWork
from ledger.books import Books
from ledger.dimensions import DimensionChoices, with_required
from ledger.entries import EntryMember
from ledger.lots import Lot
from ledger.mapping import Mapping, mapping_from_choices
from ledger.organisation import Company, Organisation
from ledger.settings import JournalSettings, settings_from_dict
from ledger.stragglers import ignored
from ledger.transactions import Transaction

NO_BOOKS = Books(company_name="", functional_currency="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Everything the pipeline works on, as read in one unit of work."""

    organisation: Organisation
    company: Company
    settings: JournalSettings
    mapping: Mapping
    dimensions: DimensionChoices
    books: Books
    """As last imported, with what the company's people require of dimensions besides."""
    transactions: tuple[Transaction, ...]
    opening_lots: tuple[Lot, ...]
    taken: frozenset[EntryMember]
    """Effects that have a live entry already."""
    has_settings: bool
    """False until somebody saved the journal-entry settings."""
    ignored: frozenset[tuple[str, str]] = frozenset()
    """(source, id) of late transactions that a person chose to leave out of the books."""


async def read_source(unit: UnitOfWork, organisation: Organisation, company: Company) -> Source:
    """Read everything that building depends on."""
    return await read_rows(unit, await read_choices(unit, organisation, company))


async def read_choices(unit: UnitOfWork, organisation: Organisation, company: Company) -> Source:
    """Read all of it but the transactions and the effects of them that are taken."""
    stored = await unit.choices.settings(company.id)
    dimensions = await unit.choices.dimensions(company.id)
    books = await unit.companies.books(company.id) or NO_BOOKS
    return Source(
        organisation=organisation,
        company=company,
        settings=settings_of(organisation, stored),
        mapping=mapping_from_choices(await unit.choices.mapping(company.id)),
        dimensions=dimensions,
        books=with_required(books, dimensions),
        transactions=(),
        opening_lots=tuple(await unit.transactions.opening_lots(organisation.id)),
        taken=frozenset(),
        has_settings=stored is not None,
        ignored=ignored(await unit.stragglers.decisions(company.id)),
    )


async def read_rows(unit: UnitOfWork, choices: Source) -> Source:
    """Read the transactions, and which effects of them are taken, besides."""
    stored = unit.transactions.stream(choices.organisation.id)
    return replace(
        choices,
        transactions=tuple([transaction async for transaction in stored]),
        taken=frozenset(await unit.deliveries.taken_effects(choices.company.id)),
    )


def settings_of(organisation: Organisation, stored: str | None) -> JournalSettings:
    """Return the company's settings, with the organisation's currency and time zone."""
    content: dict[str, object] = dict(json.loads(stored)) if stored else {}
    return settings_from_dict(
        content | {"base_currency": organisation.base_currency, "time_zone": organisation.time_zone}
    )
