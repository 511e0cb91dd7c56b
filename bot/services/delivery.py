"""Delivery: approved entries into one company, exactly once, whatever happens on the way.

The stage between approval and verification. Every rule of ``docs/delivery-guarantees.md`` is
kept here: claim before send, three layers of keys, no blind second try, absence needs proof.
It must not decide what is sent (approval does) and must not talk to Slack (announcers do).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.erp.connector import Connector, EntryQuery, FoundEntry, Outcome, Submission
from bot.erp.errors import ErpActionRequired, ErpError, ErpUnavailable, OutcomeUnknown
from bot.services.outcomes import (
    HAS_ITS_NUMBER,
    after_search,
    after_sending,
    uncertain,
    what_differs,
)
from bot.services.ports import Clock, Owners, Storage
from bot.services.strangers import Looked
from ledger.delivery import DeliveryState
from ledger.organisation import Company, Provider
from ledger.problems import Problem
from ledger.records import Move
from ledger.runs import Delivery

NUMBERS_A_SEARCH = 30
"""How many numbers one search asks for; keeps query addresses short."""


_FEW = 25
"""Entries claimed together; few, so that a crash leaves few to search for."""
# A whole request of manual journals: smaller ones would only use up Xero's daily calls.
# https://developer.xero.com/documentation/guides/oauth2/limits/
_CLAIM_SIZES = {Provider.XERO: 50}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How delivery takes its time; only sandboxes and tests shorten it."""

    claim_size: int | None = None
    """Entries claimed together; none for what fits the ERP."""
    send_window_s: float = 60
    """Seconds after the claim within which the first byte must have left."""
    default_wait_s: float = 60
    """Seconds to wait after a refusal that names no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why delivery cannot go on just now, and when to try again (none: a person must act)."""

    problem: Problem
    until: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Say whether the time to try again has come."""
        return self.until is not None and self.until <= now


class Delivering:
    """Sends, settles and verifies the deliveries of one company."""

    def __init__(self, *, storage: Storage, clock: Clock, owners: Owners, pace: Pace) -> None:
        """Take the ports; the connector comes with each call, since it has credentials."""
        self._storage = storage
        self._clock = clock
        self._owners = owners
        self._pace = pace

    # ── send ────────────────────────────────────────────────────────────────

    async def send(
        self, company: Company, connector: Connector, looked: Looked
    ) -> tuple[Pause | None, int]:
        """Claim a few approved deliveries and send them.

        What was approved since this pass looked in the ERP is sent only when the pass would have
        seen it there, and did not.

        Returns why the next ones have to wait, if they have to, and how many were claimed.
        """
        claimed = await self._claim(company)
        absent = [d for d in claimed if _was_absent(d, looked)]
        await self._hand_back([d for d in claimed if not _was_absent(d, looked)], looked)
        return await self._send_claimed(absent, connector), len(claimed)

    async def _hand_back(self, claimed: Sequence[Delivery], looked: Looked) -> None:
        """Leave to a search what the ERP has or may have; nothing of it was sent here."""
        now = self._clock.now()
        moves = [
            self._has_its_number(delivery, now)
            if delivery.entry.number in looked.numbers
            else self._to_be_looked_for(delivery)
            for delivery in claimed
        ]
        await self._apply_changes(moves)

    def _has_its_number(self, delivery: Delivery, now: datetime) -> Move:
        new = uncertain(delivery, since=now, now=now)
        return Move(delivery=delivery, new=new, actor=self._owners.me, note=HAS_ITS_NUMBER)

    def _to_be_looked_for(self, delivery: Delivery) -> Move:
        new = replace(delivery, state=DeliveryState.APPROVED)
        note = "approved since the last search; to be searched for before it is sent"
        return Move(delivery=delivery, new=new, actor=self._owners.me, note=note)

    async def _claim(self, company: Company) -> list[Delivery]:
        """Put ``sending`` and this process's name into the database before any byte leaves."""
        async with self._storage.unit() as unit:
            current = await unit.companies.get(company.id)
            if current is None or not current.pushes_enabled:
                return []
            claimed = await unit.deliveries.claim(
                company.id,
                owner=self._owners.me,
                send_by=self._clock.now() + timedelta(seconds=self._pace.send_window_s),
                limit=self._pace.claim_size or _CLAIM_SIZES.get(company.provider, _FEW),
            )
            await unit.commit()
            return claimed

    async def _send_claimed(
        self, claimed: Sequence[Delivery], connector: Connector
    ) -> Pause | None:
        by_number = {delivery.entry.number: delivery for delivery in claimed}
        pause: Pause | None = None
        submissions = [self._submission(delivery) for delivery in claimed]
        # Closed at once if recording fails: what has not been sent by then never is.
        async with aclosing(connector.post_entries(submissions)) as outcomes:
            async for submission, outcome in outcomes:
                await self._record(by_number[submission.entry.number], outcome)
                pause = pause or self._pause_after(outcome)
        return pause

    def _submission(self, delivery: Delivery) -> Submission:
        fence = delivery.fence or ""

        async def still_claimed() -> bool:
            async with self._storage.unit(read_only=True) as unit:
                return await unit.deliveries.holds_claim(delivery.id, fence)

        return Submission(
            entry=delivery.entry,
            request_key=delivery.request_key,
            send_by=delivery.send_by or self._clock.now(),
            still_claimed=still_claimed,
            attempt=delivery.attempt,
        )

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        new, note = after_sending(delivery, outcome, self._clock.now())
        async with self._storage.unit() as unit:
            await unit.deliveries.move(
                [Move(delivery=delivery, new=new, actor=self._owners.me, note=note)]
            )
            await unit.commit()

    def _pause_after(self, outcome: Outcome) -> Pause | None:
        match outcome:
            case ErpUnavailable():
                return self.pause_for(outcome)
            case ErpActionRequired():
                return Pause(problem=outcome.problem, until=None)
            case OutcomeUnknown():
                # Search before sending more: an ERP that lost one answer may lose the next.
                return Pause(problem=outcome.problem, until=self._clock.now())
            case _:
                return None

    def pause_for(self, error: ErpError) -> Pause:
        """Say how long to stay away after an ERP could not be reached or asked us to wait."""
        if isinstance(error, ErpActionRequired):
            return Pause(problem=error.problem, until=None)
        wait = error.retry_after_s or self._pace.default_wait_s
        return Pause(problem=error.problem, until=self._clock.now() + timedelta(seconds=wait))

    # ── settle ──────────────────────────────────────────────────────────────

    async def reclaim(self, company: Company, connector: Connector) -> datetime | None:
        """Turn abandoned claims into uncertain ones, once nobody can be sending them.

        That is when the owner's process is gone (or is this one) **and** ``send_by`` plus the
        ERP's longest processing time has passed. Returns when to look again, if claims remain.
        """
        now = self._clock.now()
        async with self._storage.unit(read_only=True) as unit:
            sending = await unit.deliveries.in_state(company.id, [DeliveryState.SENDING])
        moves, later = [], []
        for delivery in sending:
            send_by = delivery.send_by or now
            free_at = send_by + timedelta(seconds=connector.settle_s)
            if free_at <= now and await self._is_abandoned(delivery):
                moves.append(self._abandoned(delivery, send_by))
            else:
                later.append(max(free_at, now + timedelta(seconds=1)))
        await self._apply_changes(moves)
        return min(later, default=None)

    async def _is_abandoned(self, delivery: Delivery) -> bool:
        owner = delivery.owner or ""
        return owner == self._owners.me or await self._owners.is_gone(owner)

    def _abandoned(self, delivery: Delivery, send_by: datetime) -> Move:
        new = uncertain(delivery, since=send_by, now=self._clock.now())
        return Move(delivery=delivery, new=new, actor=self._owners.me, note="its sender is gone")

    async def settle(self, company: Company, connector: Connector) -> datetime | None:
        """Search for every uncertain delivery that is due, before anything is sent again.

        Returns when the next search is due, or none when nothing is uncertain.

        Raises:
            ErpError: when the ERP cannot be searched now; nothing was decided then.
        """
        async with self._storage.unit(read_only=True) as unit:
            uncertain = await unit.deliveries.in_state(company.id, [DeliveryState.UNCERTAIN])
        if not uncertain:
            return None
        now = self._clock.now()
        due = [d for d in uncertain if d.wake_at is None or d.wake_at <= now]
        for chunk in _chunks(due, NUMBERS_A_SEARCH):
            found = await find_by_number(connector, [d.entry.number for d in chunk])
            await self._decide(chunk, found, connector)
        async with self._storage.unit(read_only=True) as unit:
            left = await unit.deliveries.in_state(company.id, [DeliveryState.UNCERTAIN])
        return min((d.wake_at or self._clock.now() for d in left), default=None)

    async def _decide(
        self, chunk: Sequence[Delivery], found: dict[str, list[FoundEntry]], connector: Connector
    ) -> None:
        moves = []
        for delivery in chunk:
            hits = found.get(delivery.entry.number, [])
            new, note = after_search(delivery, hits, self._clock.now(), connector.settle_s)
            moves.append(Move(delivery=delivery, new=new, actor=self._owners.me, note=note))
        await self._apply_changes(moves)

    async def free_replacements(self, company: Company) -> int:
        """Approve for sending what replaces entries that are all undone in the ERP by now.

        Until then a replacement is blocked: sent earlier, it would be in the books beside what
        it replaces, should the ERP refuse the reversal.
        """
        async with self._storage.unit(read_only=True) as unit:
            ids = await unit.corrections.replaceable(company.id)
        if not ids:
            return 0
        async with self._storage.unit() as unit:
            moves = [
                Move(
                    delivery=delivery,
                    new=replace(delivery, state=DeliveryState.APPROVED),
                    actor=self._owners.me,
                    note="what it replaces is undone",
                )
                for delivery in await unit.deliveries.by_ids(company.id, ids)
                if delivery.state is DeliveryState.BLOCKED
            ]
            freed = await unit.deliveries.move(moves)
            await unit.commit()
        return len(freed)

    # ── verify ──────────────────────────────────────────────────────────────

    async def verify(self, connector: Connector, deliveries: Sequence[Delivery]) -> int:
        """Read deliveries back and compare them posting by posting; return how many differ.

        Raises:
            ErpError: when the ERP cannot be read now; what was compared is recorded.
        """
        differing = 0
        for chunk in _chunks(deliveries, NUMBERS_A_SEARCH):
            found = await find_by_number(connector, [d.entry.number for d in chunk])
            moves = []
            for delivery in chunk:
                hits = found.get(delivery.entry.number, [])
                if not hits and delivery.erp_id:
                    by_id = await connector.fetch_entry(delivery.erp_id)
                    hits = [by_id] if by_id else []
                move = self._verified(delivery, hits)
                differing += move.new.state is DeliveryState.DIVERGED
                moves.append(move)
            await self._apply_changes(moves)
        return differing

    async def _apply_changes(self, changes: Sequence[Move]) -> None:
        """Apply, all or nothing, what moves deliveries and what only changes their details."""
        changed = [change for change in changes if change.new != change.delivery]
        if not changed:
            return
        moves = [c for c in changed if c.new.state is not c.delivery.state]
        async with self._storage.unit() as unit:
            await unit.deliveries.move(moves)
            for change in changed:
                if change.new.state is change.delivery.state:
                    await unit.deliveries.update(change.delivery, change.new)
            await unit.commit()

    def _verified(self, delivery: Delivery, hits: Sequence[FoundEntry]) -> Move:
        differs = what_differs(delivery, hits)
        if differs:
            state = DeliveryState.DIVERGED
        elif hits[0].is_posted:
            state = DeliveryState.VERIFIED
        else:
            state = DeliveryState.PENDING_IN_ERP
        new = replace(delivery, state=state, differences=differs)
        if not hits and not (delivery.state is state and delivery.differences == differs):
            # It may have differed otherwise for long; gone it is since now.
            new = replace(new, uncertain_since=self._clock.now())
        return Move(delivery=delivery, new=new, actor=self._owners.me, note="; ".join(differs))


async def find_by_number(
    connector: Connector, numbers: Sequence[str]
) -> dict[str, list[FoundEntry]]:
    """Search for entries by our numbers; each number's hits, an absent number has no key."""
    found: dict[str, list[FoundEntry]] = {}
    async for entry in connector.find_entries(EntryQuery(numbers=tuple(numbers))):
        if entry.number is not None:
            found.setdefault(entry.number, []).append(entry)
    return found


def _was_absent(delivery: Delivery, looked: Looked) -> bool:
    number = delivery.entry.number
    return looked.reaches(number) and number not in looked.numbers


def _chunks(items: Sequence[Delivery], size: int) -> list[Sequence[Delivery]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
