"""Who may do what, in which organisation: asked of the database for every single request.

Ids in buttons and modals are only claims. An organisation counts when it belongs to the workspace
that the request came from, and a right when the person's roles in it give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.handlers.context import Caller
from bot.services.ports import Storage, UnitOfWork
from bot.views.kit import unpack
from ledger.organisation import Organisation, PersonRole, Right, rights_of, roles_with

NOBODY: frozenset[PersonRole] = frozenset()


class DeniedError(Exception):
    """The person may not; the text is mrkdwn and says who may or what to do."""


class SeveralOrganisationsError(Exception):
    """The person must say which organisation is meant."""

    def __init__(self, organisations: Sequence[Organisation]) -> None:
        """Keep those to choose from, by name."""
        super().__init__("several organisations")
        self.organisations = tuple(sorted(organisations, key=lambda each: each.name.lower()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """An organisation that the caller may act in, with the caller's roles there."""

    organisation: Organisation | None
    roles: frozenset[PersonRole] = NOBODY
    arguments: tuple[str, ...] = ()
    """What was packed behind the organisation's id."""


class Gate:
    """Looks organisations and roles up, and refuses."""

    def __init__(self, storage: Storage) -> None:
        """Take the database."""
        self._storage = storage

    async def of_place(
        self, caller: Caller, *, right: Right | None, needs_organisation: bool = True
    ) -> Admitted:
        """Find the organisation that a command means: the channel's, else the person's only one.

        Raises:
            DeniedError: when there is none, or the person may not.
            SeveralOrganisationsError: when the person must choose.
        """
        async with self._storage.unit(read_only=True) as unit:
            candidates = await _candidates(unit, caller)
            if len(candidates) > 1 and needs_organisation:
                raise SeveralOrganisationsError(candidates)
            if len(candidates) == 1:
                return await _admitted(unit, caller, candidates[0], right=right)
        if not needs_organisation:
            return Admitted(organisation=None)
        raise DeniedError(
            "You have no role in an organisation here yet. Ask its owner for"
            " `/integral roles grant @you preparer`, or start one with `/integral start CODE`"
            " (whoever runs Integral prints the code with `integral owner-code`)."
        )

    async def of_ids(
        self,
        caller: Caller,
        packed: Sequence[str],
        *,
        right: Right | None,
        needs_organisation: bool = True,
    ) -> Admitted:
        """Check ids that a button or modal carried; the first that name one of ours count.

        Raises:
            DeniedError: when they name no organisation of this workspace, or the person may not.
        """
        async with self._storage.unit(read_only=True) as unit:
            for text in packed:
                organisation_id, arguments = unpack(text)
                if not organisation_id and not needs_organisation:
                    return Admitted(organisation=None, arguments=arguments)
                found = await unit.organisations.get(organisation_id) if organisation_id else None
                if found is not None and found.team_id == caller.team_id:
                    return await _admitted(unit, caller, found, right=right, arguments=arguments)
        if not needs_organisation:
            return Admitted(organisation=None)
        raise DeniedError(
            "This belongs to no organisation of this workspace. Type `/integral status` for the"
            " present state."
        )

    async def organisations_of(self, caller: Caller) -> list[Organisation]:
        """Return the organisations in which a person holds a role, by name."""
        async with self._storage.unit(read_only=True) as unit:
            found = await unit.people.organisations_of(caller.team_id, caller.user_id)
        return sorted(found, key=lambda each: each.name.lower())


def require_same_workspace(caller: Caller, home_team: str | None) -> None:
    """Refuse people of another company, who see and can click what stands in a shared channel.

    https://docs.slack.dev/apis/slack-connect

    Raises:
        DeniedError: when the person's own workspace is another one.
    """
    if home_team is not None and home_team != caller.team_id:
        raise DeniedError("Only people of this workspace may use Integral here.")


async def _candidates(unit: UnitOfWork, caller: Caller) -> list[Organisation]:
    if caller.channel_id and not caller.is_direct_message:
        bound = await unit.organisations.of_channel(caller.team_id, caller.channel_id)
        if bound is not None:
            return [bound]
    own = await unit.people.organisations_of(caller.team_id, caller.user_id)
    if own:
        return own
    everyone = await unit.organisations.of_team(caller.team_id)
    # A stranger among several learns no names; with a single one, who to ask.
    return everyone if len(everyone) == 1 else []


async def _admitted(
    unit: UnitOfWork,
    caller: Caller,
    organisation: Organisation,
    *,
    right: Right | None,
    arguments: tuple[str, ...] = (),
) -> Admitted:
    roles = await unit.people.roles(organisation.id, caller.user_id)
    if right is not None and right not in rights_of(roles):
        raise DeniedError(_refusal(right, await unit.people.everyone(organisation.id)))
    return Admitted(organisation=organisation, roles=roles, arguments=arguments)


def _refusal(right: Right, people: dict[str, frozenset[PersonRole]]) -> str:
    """Say which roles may, and who holds them, at most three by name."""
    able = roles_with(right)
    names = [role.value for role in able]
    article = "an" if names[0][0] in "aeiou" else "a"
    listed = ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]
    holders = sorted(who for who, roles in people.items() if roles & set(able))[:3]
    if not holders:
        return (
            f"Only {article} {listed} may do this, and nobody is one yet. The owner can change"
            f" that: `/integral roles grant @person {names[0]}`."
        )
    asked = " or ".join(f"<@{who}>" for who in holders)
    return f"Only {article} {listed} may do this; ask {asked}."
