"""Strangers: what the ERP holds that is not in our deliveries, and numbers of ours among it.

Asks the ERP and compares with what is stored. It must not decide what becomes of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.erp.connector import Connector, EntryQuery, FoundEntry
from bot.services.ports import Storage
from ledger.delivery import DeliveryState
from ledger.numbers import format_number, prefix
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.problems import Problem, ProblemCode

_SHOWN = 3
_ANY_DAY = date(2000, 1, 1)
"""A number's date does not matter where only its sequence is asked for."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a pass saw when it searched the ERP for our numbers, before it sends."""

    first: str
    """The number, without its date, from which on it searched."""
    numbers: frozenset[str]
    """Those of ours that the ERP had."""

    def reaches(self, number: str) -> bool:
        """Say whether the search would have found a number."""
        return self.first <= number


class Strangers:
    """Looks for strangers in one company after another."""

    def __init__(self, *, storage: Storage) -> None:
        """Take the database."""
        self._storage = storage

    async def dated(self, period: Period, connector: Connector) -> list[FoundEntry]:
        """List the ERP's entries of a period, ours and others'.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        dates = EntryQuery(first_date=period.first, last_date=period.last)
        return [entry async for entry in connector.find_entries(dates)]

    async def first_unsent(self, organisation: Organisation, company: Company) -> str:
        """Return the first number, without its date, that is not sent here."""
        async with self._storage.unit(read_only=True) as unit:
            following = await unit.organisations.next_sequence(organisation.id)
            approved = await unit.deliveries.in_state(company.id, [DeliveryState.APPROVED], limit=1)
        first_unused = format_number(organisation.code, following, _ANY_DAY)
        first = min([first_unused, *(delivery.entry.number for delivery in approved)])
        return first.rpartition("-")[0]

    async def numbered_from(
        self, first: str, organisation: Organisation, connector: Connector
    ) -> list[FoundEntry]:
        """List the ERP's entries of our numbers from one on, for what a restored backup forgot.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        query = EntryQuery(number_prefix=prefix(organisation.code), from_number=first)
        return [entry async for entry in connector.find_entries(query)]

    async def unknown(
        self, organisation: Organisation, company: Company, connector: Connector
    ) -> list[FoundEntry]:
        """List every entry with a number of ours that no live entry here has.

        Those that a person said are not ours are among them: more may match by now.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        query = EntryQuery(number_prefix=prefix(organisation.code))
        found = [entry async for entry in connector.find_entries(query)]
        numbers = numbers_of_ours(found, organisation)
        known = await self.known(found, organisation, company)
        return [entry for entry in found if entry.number in numbers - known]

    async def known(
        self, found: Sequence[FoundEntry], organisation: Organisation, company: Company
    ) -> set[str]:
        """Return the numbers among those found that a live entry here has."""
        numbers = numbers_of_ours(found, organisation)
        if not numbers:
            return set()
        async with self._storage.unit(read_only=True) as unit:
            return await unit.deliveries.known_numbers(company.id, numbers)

    async def unaccounted(self, numbers: Collection[str], company: Company) -> set[str]:
        """Return those of our numbers that no live entry here has, and nobody accounted for."""
        if not numbers:
            return set()
        async with self._storage.unit(read_only=True) as unit:
            known = await unit.deliveries.known_numbers(company.id, numbers)
            foreign = {entry.number for entry in await unit.deliveries.foreign(company.id)}
        return set(numbers) - known - foreign


def unknown_numbers(unknown: Iterable[str]) -> Problem:
    """Return the problem that stops all sending, naming the first numbers."""
    ordered = sorted(set(unknown))
    more = len(ordered) - _SHOWN
    shown = ", ".join(ordered[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return Problem(code=ProblemCode.NUMBER_UNKNOWN, subject=shown)


def numbers_of_ours(found: Iterable[FoundEntry], organisation: Organisation) -> set[str]:
    """Return the numbers of the organisation's entries among those found."""
    ours = prefix(organisation.code)
    return {e.number for e in found if e.number and e.number.startswith(ours)}
