"""``/integral roles``: who may do what; grants and revocations by the words after it."""

from __future__ import annotations

from bot.handlers.context import Ask, Command, Reply
from bot.handlers.parse import mentioned_person
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.views import roles as view
from ledger.organisation import PersonRole, Right

USAGE = "roles | roles grant @person preparer|approver|admin|viewer|owner | roles revoke …"


async def roles(ask: Ask, use_cases: UseCases) -> Reply:
    """List the roles, or change one."""
    match [word.lower() if not word.startswith("<") else word for word in ask.words]:
        case [] | ["list"]:
            people = await use_cases.access.people(ask.organisation)
            return reply(view.listing(ask.organisation, people))
        case ["grant" | "revoke" as verb, person, role]:
            return await _change(ask, use_cases, verb=verb, person=person, role=role)
        case _:
            raise Refusal(f"Write it as /integral {USAGE}", next_step="/integral roles")


async def _change(ask: Ask, use_cases: UseCases, *, verb: str, person: str, role: str) -> Reply:
    user_id = mentioned_person(person)
    if user_id is None:
        raise Refusal("Name the person with a mention, such as @ada, chosen from Slack's list.")
    if role not in set(PersonRole):
        names = ", ".join(each.value for each in PersonRole)
        raise Refusal(f"There is no role of this name. The roles are {names}.")
    change = use_cases.access.grant if verb == "grant" else use_cases.access.revoke
    await change(ask.organisation, user_id, PersonRole(role), actor=ask.caller.user_id)
    return reply(view.changed(user_id, PersonRole(role), is_granted=verb == "grant"))


COMMANDS = (
    Command(
        name="roles",
        summary="who may do what, and change it",
        usage=USAGE,
        right=Right.READ,
        run=roles,
    ),
)
