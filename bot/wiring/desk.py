"""What a command of the command line works at: every use case, no engine, no slot.

A run that is started here is due at once, so the clock of a running server takes it up within
a second; nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.use_cases import UseCases
from bot.settings import Settings
from bot.wiring.cases import Host, Outside, build_use_cases, open_outside
from bot.wiring.ground import Ground, standing


class DueRows:
    """An engine for processes without one: a run's row says that it is due, the clock sees it."""

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        """Leave a run to the clock of a running server.

        Raises:
            RuntimeError: for work that no row would bring back.
        """
        del args, partition
        if workflow != ADVANCE_RUN:
            message = f"{workflow_id}: {workflow} needs a running server"
            raise RuntimeError(message)


class Bystander:
    """A process that claims nothing and settles nobody's claims. Satisfies the port ``Owners``."""

    me = "command-line/none"

    async def is_gone(self, owner: str) -> bool:
        """Say nothing about others: they are taken for alive."""
        del owner
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What commands use."""

    ground: Ground
    outside: Outside
    use_cases: UseCases


@asynccontextmanager
async def desk_on(ground: Ground) -> AsyncIterator[Desk]:
    """Set up a desk on open ground for the length of the block."""
    outside = open_outside(ground)
    try:
        host = Host(engine=DueRows(), owners=Bystander(), stopping=lambda: False)
        use_cases = build_use_cases(ground, outside, host)
        yield Desk(ground=ground, outside=outside, use_cases=use_cases)
    finally:
        await outside.close()


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open a desk, ground and all, for the length of the block.

    Raises:
        SettingsProblem: without usable keys.
    """
    async with standing(settings) as ground, desk_on(ground) as desk:
        yield desk
