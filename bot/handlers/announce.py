"""What the bot says by itself: a result, drawn by a view, put into the outbox.

Satisfies the port ``Announcer``. It must not call Slack (the notifier does) or decide anything.
"""

from __future__ import annotations

from bot.services.approval_card import card_key, read_card
from bot.services.ports import Clock, UnitOfWork
from bot.services.status import RunStatus, Verified
from bot.views import approvals as approval_views
from bot.views import runs as run_views
from bot.views import verification as verification_views
from bot.views.drawn import Drawn
from ledger.organisation import Organisation, PersonRole
from ledger.problems import Problem
from ledger.records import Message
from ledger.runs import Batch, BatchState
from ledger.schedules import SCHEDULE


class OutboxAnnouncer:
    """Draws and puts into the outbox, in the caller's unit of work."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock; the outbox comes with each unit of work."""
        self._clock = clock

    async def run_changed(self, unit: UnitOfWork, status: RunStatus) -> None:
        """Show where a run stands: its progress message, and its approval card if it has one."""
        run = status.run
        where = status.organisation.finance_channel or await self._reader(unit, status)
        await self._put(
            unit, status.organisation, where, f"run:{run.id}", run_views.progress(status)
        )
        for batch in await unit.deliveries.batch_of_run(run.id):
            if batch.state is not BatchState.NOT_NEEDED:
                await self._show_card(unit, status, batch, where)

    async def _show_card(
        self, unit: UnitOfWork, status: RunStatus, batch: Batch, where: str
    ) -> None:
        """Show a card to everybody who has it or shall have it, each time as it stands now."""
        facts = await read_card(unit, status, batch, now=self._clock.now())
        key = card_key(batch.id)
        await self._put(
            unit, status.organisation, where, key, approval_views.card(facts, detailed=False)
        )
        prefix = card_key(batch.id, "")
        shown = {copy.channel for copy in await unit.outbox.under(prefix)}
        detailed = approval_views.card(facts, detailed=True)
        for person in sorted(shown | set(facts.asked) - {where}):
            await self._put(unit, status.organisation, person, f"{prefix}{person}", detailed)

    async def remind(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        """Remind everybody whose decision a card waits for, and say so beneath it."""
        facts = await read_card(unit, status, batch, now=self._clock.now())
        drawn = approval_views.reminder(facts)
        at = f"{self._clock.now():%Y%m%dT%H%M}"
        asked = [who for who in facts.asked if who not in facts.approvals]
        for card in [card_key(batch.id), *(card_key(batch.id, who) for who in asked)]:
            found = [each for each in await unit.outbox.under(card) if each.key == card]
            for shown in found:
                key = f"remind:{at}:{card}"
                await self._put(
                    unit, status.organisation, shown.channel, key, drawn, thread_of=card
                )

    async def ended(self, unit: UnitOfWork, status: RunStatus, batch: Batch) -> None:
        """Say it anew beneath the card, since Slack tells nobody of one that was edited.

        In every copy when nobody decided; when somebody did, in the channel.
        """
        drawn = approval_views.ended(await read_card(unit, status, batch, now=self._clock.now()))
        channels = card_key(batch.id)
        for shown in await unit.outbox.under(channels):
            if shown.key == channels or batch.state is BatchState.LAPSED:
                key = f"ended:{shown.key}"
                await self._put(
                    unit, status.organisation, shown.channel, key, drawn, thread_of=shown.key
                )

    async def verified(self, unit: UnitOfWork, result: Verified, *, person: str) -> None:
        """Tell a person how entries compare with the ERP's copies."""
        drawn = verification_views.result(result)
        await self._tell(unit, result.organisation, person, drawn)

    async def failed(
        self, unit: UnitOfWork, organisation: Organisation, problem: Problem, *, person: str
    ) -> None:
        """Tell a person that what they asked for could not be done, and the remedy."""
        drawn = verification_views.failed(organisation, problem)
        await self._tell(unit, organisation, person, drawn)

    async def _reader(self, unit: UnitOfWork, status: RunStatus) -> str:
        """Without a finance channel, tell whoever asked, or an owner if it was no Slack user."""
        asked = status.run.requested_by
        if ":" not in asked and asked != SCHEDULE:
            return asked
        everyone = await unit.people.everyone(status.organisation.id)
        owners = [user for user, roles in everyone.items() if PersonRole.OWNER in roles]
        return owners[0] if owners else asked

    async def _tell(
        self, unit: UnitOfWork, organisation: Organisation, person: str, drawn: Drawn
    ) -> None:
        at = self._clock.now()
        key = f"tell:{person}:{at.timestamp():.6f}"
        await self._put(unit, organisation, person, key, drawn)

    async def _put(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        channel: str,
        key: str,
        drawn: Drawn,
        *,
        thread_of: str | None = None,
    ) -> None:
        said = drawn.said()
        message = Message(
            key=key,
            team_id=organisation.team_id,
            channel=channel,
            text=said.text,
            blocks=said.blocks,
            thread_of=thread_of,
        )
        await unit.outbox.put(message, self._clock.now())
