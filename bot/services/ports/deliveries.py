"""Runs, batches and deliveries, as they are stored.

Protocols only; every change is a compare-and-swap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from ledger.adoption import AdoptedEntry, ForeignEntry
from ledger.attempts import FailedAttempt
from ledger.delivery import DeliveryState
from ledger.entries import EntryMember
from ledger.records import (
    Move,
    NewDelivery,
)
from ledger.runs import Batch, BatchState, Delivery, Run, RunState


class Runs(Protocol):
    """Runs; a partial unique index allows one open run per company and period."""

    async def add(self, run: Run) -> None:
        """Store a new run.

        Raises:
            RunInProgressError: when one is open for the same company and period.
        """
        ...

    async def get(self, run_id: str) -> Run | None:
        """Return a run, or none."""
        ...

    async def save(self, run: Run) -> None:
        """Store the changed fields of a run that exists."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Run]:
        """Return open runs whose ``wake_at`` has come."""
        ...

    async def recent(self, organisation_id: str, limit: int) -> list[Run]:
        """Return an organisation's runs, the newest first."""
        ...

    async def in_state(self, states: Iterable[RunState]) -> list[Run]:
        """Return all runs in these states, the oldest first."""
        ...


class Deliveries(Protocol):
    """Entries, their members and deliveries; every move leaves a row of history."""

    async def freeze(self, batch: Batch, deliveries: Sequence[NewDelivery]) -> None:
        """Store a batch with its entries, members and deliveries, all or nothing.

        Raises:
            EffectTakenError: when an effect has a live entry already.
        """
        ...

    async def batch(self, batch_id: str) -> Batch | None:
        """Return a batch, or none."""
        ...

    async def batch_of_run(self, run_id: str) -> list[Batch]:
        """Return every batch that a run has had."""
        ...

    async def batches_in_state(self, organisation_id: str, state: BatchState) -> list[Batch]:
        """Return an organisation's batches in a state."""
        ...

    async def last_approval(self, company_id: str, *, not_by: str) -> datetime | None:
        """Return when somebody other than ``not_by`` last approved a batch of the company."""
        ...

    async def decide(self, batch: Batch, new: Batch) -> bool:
        """Compare-and-swap a batch's state and decision; false when it was decided before."""
        ...

    async def due_batches(self, now: datetime, limit: int) -> list[Batch]:
        """Return waiting batches whose ``wake_at`` has come, the longest waiting first."""
        ...

    async def attend(self, batch: Batch, new: Batch) -> bool:
        """Compare-and-swap up to when a waiting batch was attended to; false when it was."""
        ...

    async def add_approval(self, batch_id: str, person: str, at: datetime) -> None:
        """Note one approver's yes; a second one of the same person changes nothing."""
        ...

    async def approvals(self, batch_id: str) -> dict[str, datetime]:
        """Return person → when, of everybody who approved a batch, the first one first."""
        ...

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or none."""
        ...

    async def by_ids(self, company_id: str, ids: Sequence[str]) -> list[Delivery]:
        """Return those of the company's deliveries that have these ids, lowest number first."""
        ...

    async def of_batch(self, batch_id: str) -> list[Delivery]:
        """Return a batch's deliveries, lowest number first."""
        ...

    async def of_run(self, run_id: str) -> list[Delivery]:
        """Return a run's deliveries, lowest number first."""
        ...

    async def in_state(
        self, company_id: str, states: Iterable[DeliveryState], limit: int | None = None
    ) -> list[Delivery]:
        """Return a company's deliveries in these states, lowest number first."""
        ...

    async def stale(self, company_id: str) -> list[Delivery]:
        """Return the company's deliveries that are marked as stale, lowest number first."""
        ...

    async def of_numbers(self, company_id: str, numbers: Iterable[str]) -> list[Delivery]:
        """Return the company's deliveries of these journal numbers, lowest number first."""
        ...

    async def ids_on_accounts(self, company_id: str, accounts: Collection[str]) -> set[str]:
        """Return the ids of live deliveries that post on one of these accounts, or nearly so.

        An id in other letter case may count too.
        """
        ...

    async def count_with_dimension(self, company_id: str, key: str) -> int:
        """Count the entries, in the ERP or on their way, that carry a value of a dimension."""
        ...

    async def ids_of_categories(self, company_id: str, categories: Collection[str]) -> set[str]:
        """Return the ids of live deliveries made from a transaction that has one of these now."""
        ...

    async def in_period(self, company_id: str, first: date, last: date) -> list[Delivery]:
        """Return the live deliveries whose entry date lies in the period."""
        ...

    async def of_others(
        self, company_id: str, first: date, last: date, *, but_of_run: str
    ) -> dict[DeliveryState, int]:
        """Count the period's deliveries by state, but those of one run."""
        ...

    async def counts(self, company_id: str) -> dict[DeliveryState, int]:
        """Count a company's deliveries by state."""
        ...

    async def known_numbers(self, company_id: str, numbers: Iterable[str]) -> set[str]:
        """Return those of the numbers that a live entry of the company has."""
        ...

    async def unsent(self, company_id: str, numbers: Iterable[str]) -> list[Delivery]:
        """Return those of these numbers that were never sent, or were taken back, as is known."""
        ...

    async def once_in_doubt(self, delivery_ids: Iterable[str]) -> set[str]:
        """Return those that were ever sent without an answer.

        Such a one is never withdrawn: it keeps its number and its keys, which the ERP would know
        again, even where two searches did not find it. What it should have been is a correction
        afterwards.
        """
        ...

    async def taken_effects(self, company_id: str) -> set[EntryMember]:
        """Return every effect that has a live entry."""
        ...

    async def taken_digest(self, company_id: str) -> str:
        """Return a digest of those effects: another one as soon as they are others."""
        ...

    async def claim(
        self, company_id: str, *, owner: str, send_by: datetime, limit: int
    ) -> list[Delivery]:
        """Compare-and-swap approved deliveries into ``sending``, each with a fresh fence.

        Takes any batch of the company, lowest number first.
        """
        ...

    async def update(self, delivery: Delivery, new: Delivery) -> bool:
        """Change the details of a delivery that stays in its state, by compare-and-swap.

        False, and nothing changed, when state or fence are no longer as in ``delivery``.
        """
        ...

    async def holds_claim(self, delivery_id: str, fence: str) -> bool:
        """Say whether the delivery is still ``sending`` under this fence."""
        ...

    async def move(self, moves: Sequence[Move]) -> list[Delivery]:
        """Apply moves by compare-and-swap, in one unit of work; return those applied.

        What was taken back and is found in the ERP holds its effects again, and corrects again.

        Raises:
            ForbiddenMoveError: for a move that the table does not have.
            EffectTakenError: when another live entry holds them by now; nothing was changed.
        """
        ...

    async def mark_stale(self, delivery_ids: Sequence[str]) -> None:
        """Flag deliveries whose transactions have changed since."""
        ...

    async def history(self, delivery_id: str) -> list[tuple[datetime, str, str, str, str]]:
        """Return (at, old state, new state, actor, note), oldest first."""
        ...

    async def settled(self, run_id: str) -> dict[DeliveryState, int]:
        """Count a run's once unknown outcomes by where the last search left each.

        Posted, diverged, or approved when the ERP surely did not have it.
        """
        ...

    async def last_withdrawn(self, run_id: str, *, note: str) -> datetime | None:
        """Return when an entry of a run was last withdrawn with this note; none when none was."""
        ...

    async def taken_back_of(
        self, company_id: str, transaction_ids: Iterable[str]
    ) -> dict[str, date]:
        """Return number and date of the entries of these transactions that were taken back."""
        ...

    async def failed_attempts(self, company_id: str, limit: int) -> list[FailedAttempt]:
        """Return tries that the ERP did not confirm, the newest first."""
        ...

    async def adopt(
        self, batch: Batch, adopted: Sequence[AdoptedEntry], *, actor: str
    ) -> list[Delivery]:
        """Store entries that are in the ERP already as posted ones, effects and all.

        Their numbers are no longer foreign then.

        Raises:
            EffectTakenError: when an effect has a live entry already; nothing was stored then.
        """
        ...

    async def note_foreign(self, company_id: str, entries: Sequence[ForeignEntry]) -> None:
        """Keep numbers of ours that belong to no entry here, so that they no longer stop us."""
        ...

    async def foreign(self, company_id: str) -> list[ForeignEntry]:
        """Return the numbers of ours that are known to belong to no entry here, lowest first."""
        ...
