"""``/integral schedule``: show, set and turn off what is pushed without anybody asking."""

from __future__ import annotations

from datetime import time

from bot.handlers.context import Ask, Command, Reply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.views import schedules as view
from ledger.organisation import Right, rights_of, roles_with
from ledger.schedules import Cadence, ScheduleError, parse_time

USAGE = "schedule | schedule daily|monthly [HH:MM] | schedule off"


async def schedule(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the schedule, or set it."""
    if not ask.words:
        return reply(view.shown(await use_cases.schedules.status(ask.organisation)))
    cadence, at = _read(ask.words)
    if Right.ADMINISTER not in rights_of(ask.roles):
        who = " or ".join(role.value for role in roles_with(Right.ADMINISTER))
        raise Refusal(f"Only an {who} may set the schedule.", next_step="/integral schedule")
    done = await use_cases.schedules.set(ask.organisation, cadence, at, actor=ask.caller.user_id)
    return reply(view.changed(done))


def _read(words: tuple[str, ...]) -> tuple[Cadence, time | None]:
    name, *rest = words
    if name.lower() not in set(Cadence):
        raise Refusal(f"Write it as /integral {USAGE}", next_step="/integral schedule daily 06:00")
    cadence, text = Cadence(name.lower()), "".join(rest)
    if cadence is Cadence.OFF and text:
        raise Refusal("A schedule that is off has no time.", next_step="/integral schedule off")
    try:
        return cadence, parse_time(text.removeprefix("at")) if text else None
    except ScheduleError as error:
        raise Refusal(str(error), next_step=f"/integral schedule {cadence.value} 06:00") from error


COMMANDS = (
    Command(
        name="schedule",
        summary="push each ended day, or each month's end, without anybody asking",
        usage=USAGE,
        right=Right.READ,
        run=schedule,
    ),
)
