"""Strangers: what the ERP holds that is not in our deliveries, and numbers of ours among it.

Asks the ERP and compares with what is stored. It must not decide what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.erp.connector import Connector, EntryQuery, FoundEntry
from bot.erp.errors import ErpActionRequired
from bot.services.ports import Storage
from ledger.delivery import DeliveryState
from ledger.numbers import format_number, prefix
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.problems import Problem, ProblemCode

_SHOWN = 3
_ANY_DAY = date(2000, 1, 1)
"""A number's date does not matter where only its sequence is asked for."""


class Strangers:
    """Looks for strangers in one company after another."""

    def __init__(self, *, storage: Storage) -> None:
        """Take the database."""
        self._storage = storage

    async def beside(
        self, period: Period, organisation: Organisation, company: Company, connector: Connector
    ) -> list[FoundEntry]:
        """List the ERP's entries of a period that are not in our deliveries.

        Raises:
            ErpActionRequired: when the ERP has numbers of ours that nobody accounted for.
        """
        dates = EntryQuery(first_date=period.first, last_date=period.last)
        found = [entry async for entry in connector.find_entries(dates)]
        known = await self._require_accounted(found, organisation, company)
        return [entry for entry in found if entry.number not in known]

    async def among_unsent(
        self, organisation: Organisation, company: Company, connector: Connector
    ) -> set[str]:
        """Return the numbers, from the first that is not sent here on, that the ERP has already.

        One search before anything is sent, for what a restored backup forgot.

        Raises:
            ErpActionRequired: when the ERP has numbers of ours that nobody accounted for.
        """
        async with self._storage.unit(read_only=True) as unit:
            following = await unit.organisations.next_sequence(organisation.id)
            approved = await unit.deliveries.in_state(company.id, [DeliveryState.APPROVED], limit=1)
        first_unused = format_number(organisation.code, following, _ANY_DAY)
        first = min([first_unused, *(delivery.entry.number for delivery in approved)])
        query = EntryQuery(
            number_prefix=prefix(organisation.code), from_number=first.rpartition("-")[0]
        )
        found = [entry async for entry in connector.find_entries(query)]
        await self._require_accounted(found, organisation, company)
        return _numbers(found, organisation)

    async def unknown(
        self, organisation: Organisation, company: Company, connector: Connector
    ) -> list[FoundEntry]:
        """List every entry with a number of ours that is in none of our deliveries.

        Those that a person said are not ours are among them: more may match by now.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        query = EntryQuery(number_prefix=prefix(organisation.code))
        found = [entry async for entry in connector.find_entries(query)]
        numbers = _numbers(found, organisation)
        async with self._storage.unit(read_only=True) as unit:
            known = await unit.deliveries.known_numbers(company.id, numbers)
        return [entry for entry in found if entry.number in numbers - known]

    async def _require_accounted(
        self, found: Sequence[FoundEntry], organisation: Organisation, company: Company
    ) -> set[str]:
        """Return the numbers among those found that are in our deliveries.

        Raises:
            ErpActionRequired: when one of ours is in none, and nobody accounted for it.
        """
        numbers = _numbers(found, organisation)
        if not numbers:
            return set()
        async with self._storage.unit(read_only=True) as unit:
            known = await unit.deliveries.known_numbers(company.id, numbers)
            foreign = {entry.number for entry in await unit.deliveries.foreign(company.id)}
        unknown = numbers - known - foreign
        if unknown:
            raise ErpActionRequired(unknown_numbers(unknown))
        return known


def unknown_numbers(unknown: Iterable[str]) -> Problem:
    """Return the problem that stops all sending, naming the first numbers."""
    ordered = sorted(set(unknown))
    more = len(ordered) - _SHOWN
    shown = ", ".join(ordered[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return Problem(code=ProblemCode.NUMBER_UNKNOWN, subject=shown)


def _numbers(found: Iterable[FoundEntry], organisation: Organisation) -> set[str]:
    ours = prefix(organisation.code)
    return {e.number for e in found if e.number and e.number.startswith(ours)}
