"""Access: who owns an organisation, who may do what in it, and which channel speaks for it.

Installing the app gives no role; ownership is claimed with a single-use code. It must not ask
Slack anything while a person waits: whether a channel is shared is asked by a workflow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.services import audit
from bot.services.errors import Refusal
from bot.services.ports import Clock, Engine, Ids, Storage, UnitOfWork
from bot.services.saying import FieldRefusal, Said, direct_message
from ledger.currencies import is_fiat
from ledger.numbers import ALPHABET, ORG_LENGTH
from ledger.organisation import Organisation, PersonRole, Right, rights_of

OWNER_CODE = "owner"
"""The purpose under which owner codes are stored."""
CHOOSE_CHANNEL = "choose_channel"
"""Workflow: (organisation id, channel id, user id) → :meth:`Access.choose_channel`."""


class Channels(Protocol):
    """What Slack knows of a conversation."""

    async def is_shared(self, team_id: str, channel_id: str) -> bool:
        """Say whether people of another company are in it (``is_ext_shared``), or may be."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganisation:
    """What the form of ``/integral start`` holds."""

    code: str
    name: str
    base_currency: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChoice:
    """How the wish to make a channel the finance channel ended."""

    organisation: Organisation
    channel_id: str
    is_refused: bool
    """True when people of other companies are in it."""


ChannelWords = Callable[[ChannelChoice], Said]


class Access:
    """Organisations, roles and finance channels."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        channels: Channels,
        channel_words: ChannelWords,
    ) -> None:
        """Take the ports, and the view that says how a channel choice ended."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._channels = channels
        self._channel_words = channel_words

    async def start(
        self, form: NewOrganisation, *, team_id: str, user_id: str, channel_id: str | None
    ) -> Organisation:
        """Create an organisation with its owner; the code is used up with it or not at all.

        Args:
            form: The fields as typed.
            team_id: The workspace.
            user_id: Who becomes the owner.
            channel_id: Where commands shall mean this organisation; none for a DM.

        Raises:
            FieldRefusal: naming the fields ``code``, ``name``, ``currency`` or ``time_zone``.
            Refusal: when the channel speaks for another organisation already.
        """
        _require_form(form)
        now = self._clock.now()
        async with self._storage.unit() as unit:
            await _require_free(unit, team_id, channel_id)
            if not await unit.codes.consume(OWNER_CODE, form.code.strip(), now):
                raise FieldRefusal({"code": UNKNOWN_CODE})
            organisation = Organisation(
                id=self._ids.new(),
                team_id=team_id,
                name=form.name.strip(),
                code=await self._free_code(unit),
                base_currency=form.base_currency.strip().upper(),
                time_zone=form.time_zone,
            )
            await unit.organisations.add(organisation)
            await unit.people.grant(organisation.id, user_id, PersonRole.OWNER)
            if channel_id:
                await unit.organisations.bind_channel(organisation.id, team_id, channel_id)
            facts = {"base currency": organisation.base_currency, "time zone": form.time_zone}
            await unit.audit.add(
                audit.note(
                    "organisation.created",
                    organisation.name,
                    organisation_id=organisation.id,
                    actor=user_id,
                    at=now,
                    change=(None, facts),
                )
            )
            await unit.commit()
        if channel_id:
            await self._enqueue_choice(organisation, channel_id, user_id)
        return organisation

    async def people(self, organisation: Organisation) -> dict[str, frozenset[PersonRole]]:
        """Return everybody who holds a role, by Slack user id."""
        async with self._storage.unit(read_only=True) as unit:
            return await unit.people.everyone(organisation.id)

    async def grant(
        self, organisation: Organisation, user_id: str, role: PersonRole, *, actor: str
    ) -> None:
        """Give a role.

        Raises:
            Refusal: when the actor may not give this role.
        """
        async with self._storage.unit() as unit:
            await _require_right(unit, organisation, role, actor=actor)
            held = await unit.people.roles(organisation.id, user_id)
            await unit.people.grant(organisation.id, user_id, role)
            change = ({"roles": sorted(held)}, {"roles": sorted(held | {role})})
            await self._note(unit, "role.granted", user_id, organisation, actor, change)
            await unit.commit()

    async def revoke(
        self, organisation: Organisation, user_id: str, role: PersonRole, *, actor: str
    ) -> None:
        """Take a role away.

        Raises:
            Refusal: when the actor may not, or nobody would own the organisation any more.
        """
        async with self._storage.lock(f"roles:{organisation.id}"), self._storage.unit() as unit:
            await _require_right(unit, organisation, role, actor=actor)
            everyone = await unit.people.everyone(organisation.id)
            held = everyone.get(user_id, frozenset())
            _require_held(held, role)
            if role is PersonRole.OWNER:
                _require_other_owner(everyone, user_id)
            await unit.people.revoke(organisation.id, user_id, role)
            change = ({"roles": sorted(held)}, {"roles": sorted(held - {role})})
            await self._note(unit, "role.revoked", user_id, organisation, actor, change)
            await unit.commit()

    async def ask_for_channel(
        self, organisation: Organisation, channel_id: str, *, user_id: str
    ) -> None:
        """Have a channel made the finance channel, once Slack has said that it is not shared.

        Raises:
            Refusal: when the channel speaks for another organisation.
        """
        async with self._storage.unit(read_only=True) as unit:
            await _require_free(unit, organisation.team_id, channel_id, own=organisation.id)
        await self._enqueue_choice(organisation, channel_id, user_id)

    async def choose_channel(self, organisation_id: str, channel_id: str, user_id: str) -> None:
        """Make a channel the finance channel unless it is shared, and tell who asked.

        Runs as a workflow; doing it twice changes nothing.
        """
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
        if organisation is None:
            return
        is_shared = await self._channels.is_shared(organisation.team_id, channel_id)
        async with self._storage.unit() as unit:
            if not is_shared:
                await self._set_channel(unit, organisation, channel_id, user_id)
            said = self._channel_words(
                ChannelChoice(
                    organisation=organisation, channel_id=channel_id, is_refused=is_shared
                )
            )
            key = f"channel:{organisation_id}:{channel_id}"
            message = direct_message(said, key=key, team_id=organisation.team_id, user_id=user_id)
            await unit.outbox.put(message, self._clock.now())
            await unit.commit()

    async def _set_channel(
        self, unit: UnitOfWork, organisation: Organisation, channel_id: str, user_id: str
    ) -> None:
        team_id = organisation.team_id
        await unit.organisations.bind_channel(organisation.id, team_id, channel_id)
        await unit.organisations.set_finance_channel(organisation.id, channel_id)
        change = ({"channel": organisation.finance_channel}, {"channel": channel_id})
        await self._note(unit, "channel.set", channel_id, organisation, user_id, change)

    async def _enqueue_choice(
        self, organisation: Organisation, channel_id: str, user_id: str
    ) -> None:
        await self._engine.enqueue(
            CHOOSE_CHANNEL,
            self._ids.new(),
            organisation.id,
            channel_id,
            user_id,
            partition=organisation.id,
        )

    async def _note(
        self,
        unit: UnitOfWork,
        action: str,
        subject: str,
        organisation: Organisation,
        actor: str,
        change: tuple[audit.Facts, audit.Facts],
    ) -> None:
        record = audit.note(
            action,
            subject,
            organisation_id=organisation.id,
            actor=actor,
            at=self._clock.now(),
            change=change,
        )
        await unit.audit.add(record)

    async def _free_code(self, unit: UnitOfWork) -> str:
        """Draw four characters that no other organisation's numbers begin with."""
        taken = {organisation.code for organisation in await unit.organisations.everyone()}
        while True:
            digest = sha256(self._ids.secret().encode()).digest()
            code = "".join(ALPHABET[byte % 32] for byte in digest[:ORG_LENGTH])
            if code not in taken:
                return code


UNKNOWN_CODE = (
    "This code is unknown, used or expired. Whoever runs the bot prints a new one with "
    "integral owner-code."
)


def _require_form(form: NewOrganisation) -> None:
    errors = {}
    if not 1 <= len(form.name.strip()) <= 80 or not form.name.isprintable():
        errors["name"] = "Give the organisation a name of 1 to 80 characters."
    if not is_fiat(form.base_currency.strip().upper()):
        errors["currency"] = "Write a currency code of three letters, such as USD."
    if not _is_time_zone(form.time_zone):
        errors["time_zone"] = "Choose a time zone from the list, such as Europe/London."
    if errors:
        raise FieldRefusal(errors)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    # An unknown name, a path and a directory each raise another error.
    except (OSError, ValueError, LookupError):
        return False
    return True


async def _require_free(
    unit: UnitOfWork, team_id: str, channel_id: str | None, *, own: str | None = None
) -> None:
    if channel_id is None:
        return
    other = await unit.organisations.of_channel(team_id, channel_id)
    if other is not None and other.id != own:
        raise Refusal(
            "This channel already speaks for another organisation. Use another channel for this "
            "one."
        )


async def _require_right(
    unit: UnitOfWork, organisation: Organisation, role: PersonRole, *, actor: str
) -> None:
    needed = (
        Right.GRANT_APPROVER
        if role in {PersonRole.APPROVER, PersonRole.OWNER}
        else Right.ADMINISTER
    )
    if needed not in rights_of(await unit.people.roles(organisation.id, actor)):
        who = "the owner" if needed is Right.GRANT_APPROVER else "an owner or admin"
        raise Refusal(
            f"Only {who} can change who is {role.value}. Ask one of them.",
            next_step="/integral roles",
        )


def _require_held(held: frozenset[PersonRole], role: PersonRole) -> None:
    if role not in held:
        raise Refusal(
            f"This person is not {role.value}; nothing was changed.", next_step="/integral roles"
        )


def _require_other_owner(everyone: dict[str, frozenset[PersonRole]], user_id: str) -> None:
    others = [who for who, roles in everyone.items() if PersonRole.OWNER in roles]
    if set(others) <= {user_id}:
        raise Refusal(
            "The last owner cannot be removed. Make somebody else owner first.",
            next_step="/integral roles grant @person owner",
        )
