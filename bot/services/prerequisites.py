"""Prerequisites: the three things that must hold, in this order, before pushes are enabled.

Sources live, accounts mapped, settings configured: the guide's own list. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.services.pipeline import Survey
from bot.services.ports import UnitOfWork
from ledger.dimensions import DimensionGap
from ledger.entries import Role, SourceAccount, SourceAccountKind
from ledger.mapping import Mapping, key_of
from ledger.organisation import Organisation
from ledger.preflight import REQUIRED_ROLES
from ledger.records import Source
from ledger.requirements import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisites:
    """What holds and what is missing."""

    sources: tuple[Source, ...]
    stale_sources: tuple[str, ...]
    """Sources whose last import is older than the organisation's limit."""
    needed: int
    """Accounts on Integral's side that entries need, settings apart."""
    mapped: int
    missing_roles: tuple[Role, ...]
    settings_saved: bool
    dimensions: tuple[DimensionGap, ...] = ()
    """The required dimensions, with how many transactions still lack each."""

    @property
    def missing_dimensions(self) -> tuple[DimensionGap, ...]:
        """Required dimensions without a value for some transactions."""
        return tuple(gap for gap in self.dimensions if gap.transactions)

    @property
    def everything_mapped(self) -> bool:
        """Say whether every needed account and every required dimension is chosen."""
        return self.needed > 0 and self.mapped == self.needed and not self.missing_dimensions

    @property
    def sources_live(self) -> bool:
        """First: there are sources, and each sent something within its limit."""
        return bool(self.sources) and not self.stale_sources

    @property
    def accounts_mapped(self) -> bool:
        """Second: every needed account and required dimension is chosen."""
        return self.sources_live and self.everything_mapped

    @property
    def settings_configured(self) -> bool:
        """Third: somebody saved the settings, with every required account."""
        return self.settings_saved and not self.missing_roles

    @property
    def all_hold(self) -> bool:
        """Say whether pushes may be enabled."""
        return self.sources_live and self.accounts_mapped and self.settings_configured


def account_requirements(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Return the requirements that mapping answers, each (wallet, asset) or category once.

    The fiat of a disposal and an ordinary holding of the same fiat share one choice.
    """
    merged: dict[str, Requirement] = {}
    for requirement in requirements:
        if requirement.account.kind is SourceAccountKind.ROLE:
            continue
        key = key_of(requirement.account)
        known = merged.get(key)
        count = requirement.transactions + (known.transactions if known else 0)
        # The plain holding is the harder one to satisfy: it does not fall back to proceeds.
        account = requirement.account
        if known is not None and account.falls_back_to_proceeds:
            account = known.account
        merged[key] = Requirement(account=account, transactions=count)
    return tuple(merged.values())


def missing_roles(mapping: Mapping) -> tuple[Role, ...]:
    """Return the required accounts of the settings that are not chosen."""
    return tuple(r for r in REQUIRED_ROLES if mapping.resolve(SourceAccount.of_role(r)) is None)


async def read_prerequisites(
    unit: UnitOfWork, organisation: Organisation, *, survey: Survey, now: datetime
) -> Prerequisites:
    """Read what holds now; ``survey`` is the pipeline's, of the active company."""
    sources = tuple(await unit.transactions.sources(organisation.id))
    oldest = now - timedelta(hours=organisation.policies.source_limit_hours)
    needed = account_requirements(survey.needed)
    missing = account_requirements(survey.missing)
    return Prerequisites(
        sources=sources,
        stale_sources=tuple(s.name for s in sources if s.last_import_at < oldest),
        needed=len(needed),
        mapped=len(needed) - len(missing),
        missing_roles=missing_roles(survey.source.mapping),
        settings_saved=survey.source.has_settings,
        dimensions=survey.dimension_gaps,
    )
