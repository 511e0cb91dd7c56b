"""Recognising: what is unsent here, or was taken back, and is in the ERP all the same.

That is how a restored backup leaves things: an entry was posted after the backup was made, and the
restored database knows it as approved, refused or held, as waiting for a card that is rejected or
lapses now, or as withdrawn. Sent again, or made anew from the same transactions, it would be in the
books twice; so whatever is found under its number is taken for what it is, before anything is
frozen or sent. Only numbers in no entry of ours at all are for a person to account for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

import structlog

from bot.erp.connector import Connector, EntryQuery, FoundEntry
from bot.erp.errors import ErpActionRequired
from bot.services.delivery import NUMBERS_A_SEARCH
from bot.services.outcomes import HAS_ITS_NUMBER, uncertain, what_differs
from bot.services.ports import Clock, Storage
from bot.services.strangers import Looked, Strangers, numbers_of_ours, unknown_numbers
from ledger.adoption import ForeignReason
from ledger.delivery import DeliveryState
from ledger.mapped import MappedEntry
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.records import EffectTakenError, Move
from ledger.runs import Delivery, Run

_ACTOR = "integral"

log = structlog.get_logger(__name__)


class Recognising:
    """Looks in the ERP before anything is frozen or sent."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """Take the database and the clock."""
        self._storage = storage
        self._clock = clock
        self._strangers = Strangers(storage=storage)

    async def before_sending(
        self,
        organisation: Organisation,
        company: Company,
        connector: Connector,
        *,
        looked: Looked | None = None,
    ) -> tuple[Looked, int]:
        """Search for the numbers that are not sent here, unless that was done already.

        Args:
            organisation: Whose numbers.
            company: Whose ERP.
            connector: Reads it.
            looked: What this pass saw before; none: it has not searched yet.

        Returns what was seen, and how many entries were recognised.

        Raises:
            ErpError: when the ERP cannot be searched now.
            ErpActionRequired: when it has numbers of ours that nobody accounted for.
        """
        first = await self._strangers.first_unsent(organisation, company)
        if looked is not None and looked.reaches(first):
            return looked, 0
        found = await self._strangers.numbered_from(first, organisation, connector)
        recognised = await self._account_for(found, organisation, company)
        return Looked(first, frozenset(numbers_of_ours(found, organisation))), recognised

    async def beside(
        self,
        entries: Iterable[MappedEntry],
        periods: Sequence[Period],
        organisation: Organisation,
        company: Company,
        connector: Connector,
    ) -> tuple[list[FoundEntry], int]:
        """List the ERP's entries of some days that are not ours, and recognise those that are.

        And those of other days that entries to be made now would stand in for.

        Returns them, and how many were recognised: what was built before that is outdated then.

        Raises:
            ErpError: when the ERP cannot be searched now.
            ErpActionRequired: when it has numbers of ours that nobody accounted for.
        """
        found = [
            entry for period in periods for entry in await self._strangers.dated(period, connector)
        ]
        recognised = await self._account_for(found, organisation, company)
        ids = {member.transaction_id for entry in entries for member in entry.members}
        recognised += await self._of_other_days(ids, periods, company, connector)
        known = await self._strangers.known(found, organisation, company)
        return [entry for entry in found if entry.number not in known], recognised

    async def _of_other_days(
        self,
        transaction_ids: Collection[str],
        periods: Collection[Period],
        company: Company,
        connector: Connector,
    ) -> int:
        """Recognise what was taken back of some transactions and is dated outside some days.

        Listing those days does not show it; their transactions got another date since.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        async with self._storage.unit(read_only=True) as unit:
            dates = await unit.deliveries.taken_back_of(company.id, transaction_ids)
        numbers = [n for n, day in dates.items() if not any(day in each for each in periods)]
        found = await _numbered(sorted(numbers), connector)
        return await self.recognise(company, found, {e.number for e in found if e.number})

    async def foreign(
        self, company: Company, connector: Connector, *, since: date
    ) -> list[FoundEntry]:
        """Read the entries with numbers of ours that a person said are not ours here.

        Only those dated on or after a day, and none that another installation made before a
        cut-over: nothing of ours can be corrected by these.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        async with self._storage.unit(read_only=True) as unit:
            foreign = await unit.deliveries.foreign(company.id)
        numbers = {
            entry.number
            for entry in foreign
            if entry.reason is ForeignReason.UNMATCHED and entry.entry_date >= since
        }
        return await _numbered(sorted(numbers), connector)

    async def recognise(
        self, company: Company, found: Sequence[FoundEntry], numbers: Collection[str]
    ) -> int:
        """Take unsent entries that are among those found for what they are in the ERP.

        An approved one becomes uncertain, and the next search settles it like any unknown outcome.
        Any other could be sent by nobody, so the hit itself settles it: posted when it is what was
        to be sent, else diverged. It holds its effects again.
        """
        if not numbers:
            return 0
        async with self._storage.unit(read_only=True) as unit:
            unsent = await unit.deliveries.unsent(company.id, numbers)
        approved = [d for d in unsent if d.state is DeliveryState.APPROVED]
        recognised = await self._move([self._uncertain(d) for d in approved])
        hits: defaultdict[str | None, list[FoundEntry]] = defaultdict(list)
        for entry in found:
            hits[entry.number].append(entry)
        for delivery in unsent:
            if delivery.state is not DeliveryState.APPROVED:
                recognised += await self._move([_settled(delivery, hits[delivery.entry.number])])
        return recognised

    async def earlier_corrections(self, run: Run, company: Company, connector: Connector) -> int:
        """Recognise what corrected a correction's entries before and was taken back.

        Raises:
            ErpError: when the ERP cannot be searched now.
        """
        async with self._storage.unit(read_only=True) as unit:
            correction = await unit.corrections.get(run.id)
            originals = correction.originals if correction else ()
            numbers = await unit.corrections.taken_back(originals)
        found = await _numbered(numbers, connector)
        return await self.recognise(company, found, {e.number for e in found if e.number})

    async def _account_for(
        self, found: Sequence[FoundEntry], organisation: Organisation, company: Company
    ) -> int:
        numbers = numbers_of_ours(found, organisation)
        recognised = await self.recognise(company, found, numbers)
        unknown = await self._strangers.unaccounted(numbers, company)
        if unknown:
            raise ErpActionRequired(unknown_numbers(unknown))
        return recognised

    async def _move(self, moves: Sequence[Move]) -> int:
        if not moves:
            return 0
        try:
            async with self._storage.unit() as unit:
                moved = await unit.deliveries.move(moves)
                await unit.commit()
        except EffectTakenError:
            # Another entry holds its transactions by now. Its number stays unknown here, which
            # stops all sending until a person has looked at the two.
            log.warning("number.doubled", number=moves[0].delivery.entry.number)
            return 0
        return len(moved)

    def _uncertain(self, delivery: Delivery) -> Move:
        now = self._clock.now()
        new = uncertain(delivery, since=now, now=now)
        return Move(delivery=delivery, new=new, actor=_ACTOR, note=HAS_ITS_NUMBER)


async def _numbered(numbers: Sequence[str], connector: Connector) -> list[FoundEntry]:
    found: list[FoundEntry] = []
    for first in range(0, len(numbers), NUMBERS_A_SEARCH):
        query = EntryQuery(numbers=tuple(numbers[first : first + NUMBERS_A_SEARCH]))
        found += [entry async for entry in connector.find_entries(query)]
    return found


def _settled(delivery: Delivery, hits: Sequence[FoundEntry]) -> Move:
    differs = what_differs(delivery, hits)
    new = replace(
        delivery,
        state=DeliveryState.DIVERGED if differs else DeliveryState.POSTED,
        erp_id=hits[0].erp_id,
        differences=differs,
        problem=None,
    )
    note = "; ".join(differs) or "found in the ERP: it was sent before a backup was restored"
    return Move(delivery=delivery, new=new, actor=_ACTOR, note=note)
