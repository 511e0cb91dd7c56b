"""What the bot says by itself: a result, drawn by a view, put into the outbox.

Satisfies the port ``Announcer``. It must not call Slack (the notifier does) or decide anything.
"""

from __future__ import annotations

from bot.services.ports import Clock, UnitOfWork
from bot.services.status import RunStatus, Verified
from bot.views import approvals as approval_views
from bot.views import runs as run_views
from bot.views import verification as verification_views
from bot.views.drawn import Drawn
from ledger.organisation import Organisation, PersonRole
from ledger.problems import Problem
from ledger.records import Message
from ledger.runs import BatchState


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
                drawn = approval_views.card(status, batch)
                await self._put(unit, status.organisation, where, f"batch:{batch.id}", drawn)

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
        if ":" not in asked:
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
        self, unit: UnitOfWork, organisation: Organisation, channel: str, key: str, drawn: Drawn
    ) -> None:
        said = drawn.said()
        message = Message(
            key=key,
            team_id=organisation.team_id,
            channel=channel,
            text=said.text,
            blocks=said.blocks,
        )
        await unit.outbox.put(message, self._clock.now())
