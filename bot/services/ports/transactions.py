"""Source transactions, and the choices that turn them into entries, as they are stored.

Protocols only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ledger.dimensions import DimensionChoices, Place
from ledger.lots import Lot
from ledger.records import (
    ImportOutcome,
    Source,
    Upload,
)
from ledger.stragglers import LeftOut, StragglerDecision
from ledger.transactions import Transaction


class Transactions(Protocol):
    """Source transactions, unique by (organisation, source, id)."""

    async def save(
        self, organisation_id: str, transactions: Sequence[Transaction], at: datetime
    ) -> ImportOutcome:
        """Add new ones, replace corrected ones, leave identical ones; in bulk."""
        ...

    def stream(self, organisation_id: str) -> AsyncIterator[Transaction]:
        """Yield all of them in ``order_key`` order."""
        ...

    async def categories(self, organisation_id: str) -> list[str]:
        """Return every category that a transaction of the organisation has, each once."""
        ...

    async def revision(self, organisation_id: str) -> tuple[int, int]:
        """Return how many there are and how many corrections there were: either only grows."""
        ...

    async def sources(self, organisation_id: str) -> list[Source]:
        """Return where transactions came from, with counts and dates."""
        ...

    async def save_lots(self, organisation_id: str, source: str, lots: Sequence[Lot]) -> None:
        """Replace the opening lots that came from a source."""
        ...

    async def opening_lots(self, organisation_id: str) -> list[Lot]:
        """Return all opening lots."""
        ...


class Choices(Protocol):
    """Mapping, dimensions and settings; all belong to (organisation, company)."""

    async def mapping(self, company_id: str) -> Mapping[str, str]:
        """Return source-account key → ERP account id (keys of ``ledger.mapping``)."""
        ...

    async def set_mapping(self, company_id: str, choices: Mapping[str, str | None]) -> None:
        """Set or (with none) remove several at once."""
        ...

    async def dimensions(self, company_id: str) -> DimensionChoices:
        """Return the defaults of dimensions, and which of them are required."""
        ...

    async def set_dimension_defaults(
        self, company_id: str, dimension: str, choices: Mapping[Place, str | None]
    ) -> None:
        """Set or (with none) remove several of one dimension at once."""
        ...

    async def require_dimension(
        self, company_id: str, dimension: str, *, is_required: bool
    ) -> None:
        """Say whether every posting must have a dimension."""
        ...

    async def settings(self, company_id: str) -> str | None:
        """Return the saved settings as JSON text; none until somebody saved them."""
        ...

    async def save_settings(self, company_id: str, settings: str) -> None:
        """Replace the settings, given as JSON text."""
        ...


class Uploads(Protocol):
    """Imports asked for in Slack, so that the work survives a restart."""

    async def add(self, upload: Upload) -> None:
        """Store what is to be imported."""
        ...

    async def get(self, upload_id: str) -> Upload | None:
        """Return an upload, or none."""
        ...

    async def finish(self, upload_id: str, result: str) -> None:
        """Keep how an import ended."""
        ...


class Stragglers(Protocol):
    """What people decided about late transactions of closed months."""

    async def decisions(self, company_id: str) -> list[StragglerDecision]:
        """Return every decision about a company's late transactions."""
        ...

    async def decide(self, decisions: Sequence[StragglerDecision]) -> None:
        """Store decisions; a newer one about the same transaction takes the older one's place."""
        ...

    async def left_out(self, company_id: str, limit: int) -> list[LeftOut]:
        """Return what people left out of the books, each choice once, the newest first."""
        ...

    async def take_back(self, company_id: str, chosen_at: datetime) -> list[tuple[str, str]]:
        """Forget what was left out at a moment; return (source, id) of the transactions."""
        ...

    async def versions(self) -> dict[str, tuple[str, str]]:
        """Return organisation → (company, version) wherever a month is closed.

        The version is another one whenever there may be more or fewer late transactions.
        """
        ...
