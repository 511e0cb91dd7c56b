"""Dimensions that no ERP tells: NetSuite's custom segments, and all of a company without an ERP.

A person names them; it must not choose which postings carry them (``bot.services.dimensions``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

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

    async def remove_segment(self, organisation: Organisation, key: str, *, actor: str) -> str:
        """Forget a custom segment that was named wrongly, with its defaults; return its name.

        Raises:
            Refusal: the company has no such segment, or entries carry it: without it they could
                no longer be compared with NetSuite's.
        """
        async with self._storage.unit() as unit:
            company, books = await require_books(unit, organisation)
            known = dict(company.segments)
            if key not in known:
                raise Refusal(
                    "This segment is not among the named ones any more.",
                    next_step="/integral map dimensions",
                )
            _require_unused(known[key], await unit.deliveries.count_with_dimension(company.id, key))
            left = {other: name for other, name in known.items() if other != key}
            await unit.companies.save(replace(company, segments=tuple(sorted(left.items()))))
            await _forget(unit, company, books, key, at=company.books_at or self._clock.now())
            await self._record(unit, organisation, company, (known, left), actor=actor)
            await unit.commit()
        return known[key]

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


async def _forget(
    unit: UnitOfWork, company: Company, books: Books, key: str, *, at: datetime
) -> None:
    """Take a dimension out of the books, with what was chosen for it."""
    choices = await unit.choices.dimensions(company.id)
    places = {place: None for dimension, place in choices.defaults if dimension == key}
    await unit.choices.set_dimension_defaults(company.id, key, places)
    await unit.choices.require_dimension(company.id, key, is_required=False)
    kept = tuple(each for each in books.dimensions if each.key != key)
    if kept != books.dimensions:
        await unit.companies.save_books(company.id, replace(books, dimensions=kept), at)


def _require_unused(name: str, entries: int) -> None:
    if entries:
        carry = "entry carries" if entries == 1 else "entries carry"
        raise Refusal(
            f"{entries:,} {carry} {name}, in NetSuite or on the way there. Without the segment "
            "they could no longer be compared with NetSuite, so it stays; take its defaults away "
            "instead, and no new entry carries it.",
            next_step="/integral map dimensions",
        )


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
