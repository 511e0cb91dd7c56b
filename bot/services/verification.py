"""Verification on request: read posted entries back and say which are no longer as approved.

Uses the comparison that every delivery ends with. It changes nothing in the ERP.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.delivery import Delivering
from bot.services.errors import Refusal
from bot.services.ports import Connectors, Storage
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.runs import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How a period's entries compare with the ERP's copies."""

    company: Company
    period: Period
    checked: int
    diverged: tuple[Delivery, ...]
    """Each with what differs, in words."""
    urls: tuple[str, ...]
    """Where to look at each diverged entry, in the same order; empty text when it has no id."""


class Verification:
    """Reads entries back."""

    def __init__(self, *, storage: Storage, connectors: Connectors, delivering: Delivering) -> None:
        """Take the database, the connectors, and the stage that compares."""
        self._storage = storage
        self._connectors = connectors
        self._delivering = delivering

    async def verify(self, organisation: Organisation, period: Period) -> Verified:
        """Compare every entry of a period that is in the ERP.

        Raises:
            Refusal: when no company is connected.
            ErpError: when the ERP cannot be read now; what was compared is kept.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
        if company is None:
            raise Refusal(
                "No company is connected, so there is nothing to compare with.",
                next_step="/integral connect quickbooks",
            )
        connector = self._connectors.of(company)
        await self._delivering.verify(connector, await self._posted(company, period))
        after = await self._posted(company, period)
        diverged = tuple(d for d in after if d.state is DeliveryState.DIVERGED)
        return Verified(
            company=company,
            period=period,
            checked=len(after),
            diverged=diverged,
            urls=tuple(connector.entry_url(d.erp_id) if d.erp_id else "" for d in diverged),
        )

    async def _posted(self, company: Company, period: Period) -> list[Delivery]:
        async with self._storage.unit(read_only=True) as unit:
            deliveries = await unit.deliveries.in_period(company.id, period.first, period.last)
        return [delivery for delivery in deliveries if delivery.state in IN_THE_ERP]
