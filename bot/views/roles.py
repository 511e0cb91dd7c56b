"""Views of ``/integral roles``: who may do what. Pure: data to blocks."""

from __future__ import annotations

from collections.abc import Mapping

from bot.views import kit
from bot.views.drawn import Drawn, bullets, next_step, person
from ledger.organisation import Organisation, PersonRole

MEANINGS = {
    PersonRole.OWNER: "connects, sets up, grants every role, approver and owner too",
    PersonRole.ADMIN: "connects, changes settings and roles, enables and pauses pushes",
    PersonRole.PREPARER: "imports, maps, previews, syncs",
    PersonRole.APPROVER: "approves or rejects batches prepared by somebody else",
    PersonRole.VIEWER: "reads",
}
_SHOWN = 40
USAGE = "`/integral roles grant @person preparer|approver|admin|viewer|owner`"


def listing(organisation: Organisation, people: Mapping[str, frozenset[PersonRole]]) -> Drawn:
    """Return everybody with their roles, and what the roles mean."""
    name = kit.escape(organisation.name)
    rows = [f"{person(who)}: {_words(roles)}" for who, roles in sorted(people.items())]
    more = len(rows) - _SHOWN
    blocks = [
        kit.section(f"*Who may do what in {name}*\n{bullets(rows[:_SHOWN])}"),
        kit.context(*(f"*{role.value}* {words}" for role, words in MEANINGS.items())),
    ]
    if more > 0:
        blocks.insert(1, kit.context(f"… and {more:,} more."))
    has_approver = any(PersonRole.APPROVER in roles for roles in people.values())
    advice = (
        f"change them with {USAGE} or `roles revoke`."
        if has_approver
        else f"name an approver: month ends need one. {USAGE}"
    )
    return Drawn.of(f"Roles in {organisation.name}", *blocks, next_step(advice))


def changed(user_id: str, role: PersonRole, *, is_granted: bool) -> Drawn:
    """Return the answer to a grant or a revocation."""
    who = person(user_id)
    done = f"{who} is now {role.value}" if is_granted else f"{who} is no longer {role.value}"
    return Drawn.of(
        f"{role.value.capitalize()} {'granted' if is_granted else 'revoked'}.",
        kit.section(f":white_check_mark: {done}: {MEANINGS[role]}."),
        next_step("`/integral roles` shows everybody."),
    )


def _words(roles: frozenset[PersonRole]) -> str:
    return ", ".join(role.value for role in PersonRole if role in roles)
