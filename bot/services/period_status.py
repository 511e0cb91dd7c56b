"""Where a period stands, in counts: what is in the ERP, on its way, ready, held or kept back.

Reads only. It must not look into the ERP: ``bot.services.verification`` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.services.ports import Storage
from bot.services.previews import Previews
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.report import ProblemGroup
from ledger.runs import Run, RunKind

_RECENT = 100
_POSTED = IN_THE_ERP - {DeliveryState.PENDING_IN_ERP}
_KEPT_BACK = frozenset({DeliveryState.BLOCKED, DeliveryState.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStatus:
    """The entries of one period in one company."""

    company: Company
    period: Period
    counts: Mapping[DeliveryState, int]
    """Frozen entries by state; those withdrawn or declined are left out."""
    ready: int
    """Entries that the next sync would prepare."""
    problems: tuple[ProblemGroup, ...]
    """Why transactions form no entry now, by cause."""
    unmade: int
    """How many transactions form none; one with several problems counts once."""
    run: Run | None
    """The newest run over exactly this period."""
    late: int
    """Transactions of closed months, of whatever period, that wait for a person's choice."""

    @property
    def entries(self) -> int:
        """All entries: frozen, ready, and those that a problem keeps from being made."""
        return sum(self.counts.values()) + self.ready + self.unmade

    @property
    def posted(self) -> int:
        """How many are posted in the ERP, whether read back or not, and as approved or not."""
        return sum(self.counts.get(state, 0) for state in _POSTED)

    @property
    def pending_in_erp(self) -> int:
        """How many the ERP has and its own approval, or a file's import, keeps from posting."""
        return self.counts.get(DeliveryState.PENDING_IN_ERP, 0)

    @property
    def diverged(self) -> int:
        """How many of the posted ones were found edited, deleted, doubled or rejected there."""
        return self.counts.get(DeliveryState.DIVERGED, 0)

    @property
    def verified(self) -> int:
        """How many were read back and are equal to what was approved."""
        return self.counts.get(DeliveryState.VERIFIED, 0)

    @property
    def held(self) -> int:
        """How many wait for a person to say whether the ERP has them already."""
        return self.counts.get(DeliveryState.HELD, 0)

    @property
    def blocked(self) -> int:
        """How many a problem keeps back, made or not."""
        return self.unmade + sum(self.counts.get(state, 0) for state in _KEPT_BACK)


async def read_period_status(
    storage: Storage, previews: Previews, *, organisation: Organisation, period: Period
) -> PeriodStatus:
    """Read where a period stands now.

    Raises:
        Refusal: when no company is connected.
    """
    preview = await previews.preview(organisation, period)
    company = preview.company
    async with storage.unit(read_only=True) as unit:
        deliveries = await unit.deliveries.in_period(company.id, period.first, period.last)
        runs = await unit.runs.recent(organisation.id, _RECENT)
    pushes = [run for run in runs if run.kind is RunKind.PUSH]
    mine = [r for r in pushes if (r.first_date, r.last_date) == (period.first, period.last)]
    return PeriodStatus(
        company=company,
        period=period,
        counts=Counter(delivery.state for delivery in deliveries),
        ready=len(preview.entries),
        problems=preview.problems,
        unmade=preview.blocked,
        run=max(mine, key=lambda run: run.requested_at, default=None),
        late=preview.late,
    )
