"""Rows of a dimension: everything that can have a default of its own, with what it has now.

Values, and how they are read off a survey; ``bot.services.dimensions`` changes them. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.services.choice_ids import choice_id
from bot.services.pipeline import Survey
from bot.services.prerequisites import account_requirements
from bot.services.suggestions import best_value
from ledger.books import Dimension, DimensionValue
from ledger.dimensions import EVERYWHERE, Level, Place
from ledger.entries import canonical_json


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionRow:
    """One place that can have a default."""

    id: str
    """Stands for the place in Slack."""
    place: Place
    label: str
    chosen: DimensionValue | None
    """What was chosen for it; one that the last import did not know has its id as its name."""
    is_refused: bool = False
    """The ERP would not take what was chosen: it is inactive, or no longer known."""
    suggested: DimensionValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionState:
    """One dimension of a company, its defaults and what lacks it."""

    dimension: Dimension
    rows: tuple[DimensionRow, ...]
    """Everywhere first, then wallets, categories and the accounts in use."""
    is_required_by_people: bool
    missing: int
    """Transactions that lack it though it is required."""

    @property
    def chosen(self) -> int:
        """How many places have a default."""
        return sum(row.chosen is not None for row in self.rows)

    @property
    def refused(self) -> int:
        """How many defaults the ERP would not take."""
        return sum(row.is_refused for row in self.rows)


def row_id(place: Place) -> str:
    """Return what stands for a place in Slack."""
    return choice_id(canonical_json([place.level.value, place.subject]))


def dimension_states(survey: Survey) -> tuple[DimensionState, ...]:
    """Return every dimension of the company as imported; those that are gone come last."""
    missing = {gap.dimension.key: gap.transactions for gap in survey.dimension_gaps}
    source = survey.source
    return tuple(
        DimensionState(
            dimension=dimension,
            rows=tuple(_rows(survey, dimension)),
            is_required_by_people=dimension.key in source.dimensions.required,
            missing=missing.get(dimension.key, 0),
        )
        for dimension in (*source.books.dimensions, *_gone(survey))
    )


def _gone(survey: Survey) -> Iterator[Dimension]:
    """Yield dimensions that have defaults and are no longer in the books, so as to clear them."""
    known = {dimension.key for dimension in survey.source.books.dimensions}
    for key in sorted({key for key, _ in survey.source.dimensions.defaults} - known):
        yield Dimension(key=key, name=key)


def _rows(survey: Survey, dimension: Dimension) -> Iterator[DimensionRow]:
    chosen = {
        place: value_id
        for (key, place), value_id in survey.source.dimensions.defaults.items()
        if key == dimension.key
    }
    for place in dict.fromkeys((*_places(survey), *sorted(chosen, key=_order))):
        value_id = chosen.get(place)
        value = dimension.value(value_id) if value_id is not None else None
        if value_id is not None and value is None:
            value = DimensionValue(erp_id=value_id, name=value_id, is_active=False)
        yield DimensionRow(
            id=row_id(place),
            place=place,
            label=_label(survey, place),
            chosen=value,
            is_refused=value is not None and not value.is_active,
            suggested=_suggested(place, dimension) if value is None else None,
        )


def _places(survey: Survey) -> Iterator[Place]:
    """Yield what can have a default: everywhere, wallets, categories, and accounts in use."""
    yield EVERYWHERE
    accounts = [requirement.account for requirement in account_requirements(survey.needed)]
    yield from _named(Level.WALLET, (account.wallet for account in accounts))
    yield from _named(Level.CATEGORY, (account.name for account in accounts))
    books, mapping = survey.source.books, survey.source.mapping
    used = (books.account(account_id) for account_id in mapping.account_ids)
    for account in sorted((a for a in used if a), key=lambda a: a.label):
        yield Place(Level.ACCOUNT, account.erp_id)


def _named(level: Level, names: Iterable[str | None]) -> Iterator[Place]:
    for name in sorted({name for name in names if name}):
        yield Place(level, name)


def _order(place: Place) -> tuple[int, str]:
    return list(Level).index(place.level), place.subject


def _label(survey: Survey, place: Place) -> str:
    match place.level:
        case Level.COMPANY:
            return "Everywhere else"
        case Level.WALLET:
            return f"Wallet {place.subject}"
        case Level.CATEGORY:
            return f"Category {place.subject}"
        case Level.ACCOUNT:
            account = survey.source.books.account(place.subject)
            return f"Account {account.label if account else place.subject}"


def _suggested(place: Place, dimension: Dimension) -> DimensionValue | None:
    if place.level not in {Level.WALLET, Level.CATEGORY}:
        return None
    return best_value(place.subject, [v for v in dimension.values if v.is_active])
