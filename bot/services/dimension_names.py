"""Dimensions that no ERP tells: NetSuite's custom segments, and all of a company without an ERP.

A person names them; it must not choose which postings carry them (``bot.services.dimensions``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.services import audit
from bot.services.errors import Refusal
from bot.services.journal_settings import require_books
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.saying import FieldRefusal
from ledger.books import Books, Dimension, DimensionValue
from ledger.organisation import Company, Organisation, Provider

_LONGEST_NAME = 60
_NO_SEGMENT = (
    "That is no custom segment's id. It is the field's id, such as cseg_fund: Customization > "
    "Lists, Records, & Fields > Custom Segments."
)


class DimensionNames:
    """What people of the active company name themselves."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock

    async def name_segment(
        self, organisation: Organisation, key: str, name: str, *, actor: str
    ) -> None:
        """Take note of a custom segment of a NetSuite account; its values come with the books.

        Raises:
            FieldRefusal: ``key`` or ``name`` cannot be one.
            Refusal: the active company is none of NetSuite's.
        """
        key = key.strip().casefold()
        async with self._storage.unit() as unit:
            company, _ = await require_books(unit, organisation)
            _require_provider(company, Provider.NETSUITE)
            if not _is_segment(key):
                raise FieldRefusal({"key": _NO_SEGMENT})
            known = dict(company.segments) | {key: _name(name, "name")}
            await unit.companies.save(replace(company, segments=tuple(sorted(known.items()))))
            change = (dict(company.segments), known)
            await self._record(unit, organisation, company, change, actor=actor)
            await unit.commit()

    async def name_value(
        self, organisation: Organisation, dimension: str, value: str, *, actor: str
    ) -> None:
        """Add a value, such as the class *Fund I*, to the books of a company without an ERP.

        Raises:
            FieldRefusal: ``key`` or ``name`` cannot be the name of a dimension or a value.
            Refusal: the values of the active company come from its ERP.
        """
        async with self._storage.unit() as unit:
            company, books = await require_books(unit, organisation)
            _require_provider(company, Provider.JOURNAL_FILE)
            name, value = _name(dimension, "key"), _name(value, "name")
            changed = _with_value(books, name, value)
            if changed != books:
                at = company.books_at or self._clock.now()
                await unit.companies.save_books(company.id, changed, at)
                await self._record(unit, organisation, company, ({}, {name: value}), actor=actor)
                await unit.commit()

    async def _record(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        change: tuple[Mapping[str, object], Mapping[str, object]],
        *,
        actor: str,
    ) -> None:
        await unit.organisations.raise_shape_version(organisation.id)
        record = audit.shaping(
            "dimensions.named",
            company.key,
            organisation_id=organisation.id,
            actor=actor,
            at=self._clock.now(),
            change=change,
        )
        await unit.audit.add(record)


def _require_provider(company: Company, provider: Provider) -> None:
    if company.provider is not provider:
        raise Refusal(
            f"{company.name} has its dimensions from {company.provider.label}.",
            next_step="/integral accounts refresh",
        )


def _name(text: str, field: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not _key(name):
        raise FieldRefusal({field: f"Write a name of at most {_LONGEST_NAME} characters."})
    return name


def _with_value(books: Books, name: str, value: str) -> Books:
    """Return the books with a value; one that is there, whatever its letter case, stays one."""
    known = books.dimension(_key(name)) or Dimension(key=_key(name), name=name)
    if any(_key(v.name) == _key(value) for v in known.values):
        return books
    more = replace(known, values=(*known.values, DimensionValue(erp_id=value, name=value)))
    others = tuple(d for d in books.dimensions if d.key != known.key)
    return replace(books, dimensions=tuple(sorted((*others, more), key=lambda d: d.name)))


def _key(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _is_segment(key: str) -> bool:
    body = key.removeprefix("cseg")
    is_plain = body.isascii() and body.replace("_", "").isalnum()
    return key.startswith("cseg") and is_plain and len(body) <= 40
