"""Corrections, as they are stored: links between entries, what was asked for, comparisons.

Protocols only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from ledger.corrections import Correction, Dating, EntryLink, ToldStale
from ledger.entries import EntryMember


class Corrections(Protocol):
    """What corrects what; entries and deliveries themselves are in ``Deliveries``."""

    async def add(self, correction: Correction) -> None:
        """Store what a correction run was asked to do."""
        ...

    async def get(self, run_id: str) -> Correction | None:
        """Return what a run was asked to do; none for a push."""
        ...

    async def keep_summary(self, run_id: str, summary: str) -> None:
        """Keep what the run's batch holds."""
        ...

    async def choose_dating(self, run_id: str, dating: Dating) -> None:
        """Change what becomes of dates on which the books are closed."""
        ...

    async def links(self, entry_ids: Iterable[str]) -> list[EntryLink]:
        """Return the live links from and to these entries, in the order of the numbers."""
        ...

    async def taken_back(self, entry_ids: Iterable[str]) -> list[str]:
        """Return the numbers of what was to correct these entries and was taken back, in order."""
        ...

    async def reversed_unreplaced(self, company_id: str) -> list[str]:
        """Return the ids of entries that are undone and whose effects nothing else holds."""
        ...

    async def held_effects(self, entry_ids: Iterable[str]) -> dict[str, frozenset[EntryMember]]:
        """Return the effects that each of the entries holds now; those without any are left out."""
        ...

    async def pass_effects(self, batch_id: str) -> set[str]:
        """Have the batch's replacements hold the effects of what they stand in for; return them.

        What the batch corrects is no longer stale then.

        Raises:
            EffectTakenError: when another live entry has one of them; nothing was changed.
        """
        ...

    async def replaceable(self, company_id: str) -> list[str]:
        """Return the ids of blocked replacements whose originals are all reversed in the ERP."""
        ...

    async def compared(self, company_id: str) -> int | None:
        """Return up to which shape version the company's entries were compared; none if never."""
        ...

    async def forget_comparison(self, company_id: str) -> None:
        """Have the company's entries compared again, whatever has changed."""
        ...

    async def told(self, company_id: str) -> ToldStale:
        """Return how many stale entries people were told of last."""
        ...

    async def keep_told(self, company_id: str, entries: int, day: date) -> None:
        """Note how many stale entries people were told of, and on which day that message began."""
        ...

    async def stale(self, company_id: str) -> int:
        """Count the entries that no longer are what would be made now."""
        ...

    async def mark(
        self, company_id: str, shape_version: int, *, stale: Sequence[str], fitting: Sequence[str]
    ) -> None:
        """Flag deliveries that no longer fit, unflag those that fit, and note the version."""
        ...
