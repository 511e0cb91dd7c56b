"""A bot with small handlers of the tests' own, before a real database and a local Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from bot.app import Signing, create_app
from bot.handlers.answering import Answers
from bot.handlers.authorize import FixedToken
from bot.handlers.bolt import SlackDoor
from bot.handlers.calls import Calls
from bot.handlers.context import (
    Action,
    Ask,
    Click,
    Command,
    Modal,
    Options,
    Reply,
    Submit,
    SubmitReply,
)
from bot.handlers.dispatch import PATIENCE_S, Dispatcher
from bot.handlers.gate import Gate
from bot.handlers.home import HomeTab
from bot.handlers.registry import Registry
from bot.handlers.slack_api import SlackApi
from bot.handlers.tasks import Tasks
from bot.health import Health
from bot.metrics import Metrics
from bot.notifier import Notifier
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases
from bot.services.workspaces import Workspaces
from bot.views import kit
from ledger.organisation import Organisation, PersonRole, Right
from storage.database import Database
from storage.inbox import Inbox
from storage.outbox import OutboxQueue
from tests.support.databases import SettableClock
from tests.support.slack import (
    ADA,
    BEN,
    BOT_TOKEN,
    FINANCE,
    SIGNING_SECRET,
    TEAM,
    Json,
    LocalSlack,
    local_slack,
)

IMPATIENT_S = 0.2
"""For `patience_s` of a test whose handler waits."""


@dataclass
class Deeds:
    """What the handlers were asked to do, and the door that slow ones wait at."""

    done: list[str] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)


def organisation(number: int, *, team_id: str = TEAM) -> Organisation:
    return Organisation(
        id=f"org{number}",
        team_id=team_id,
        name=f"Client {number}",
        code=f"C0D{number}",
        base_currency="USD",
        time_zone="Europe/London",
    )


class Handlers:
    """Small handlers that write down what they were asked."""

    def __init__(self, deeds: Deeds) -> None:
        self.deeds = deeds

    async def note(self, ask: Ask, _: UseCases) -> Reply:
        self.deeds.done.append(f"{ask.organisation.name}: {' '.join(ask.words)}")
        return Reply(text=f"noted for {ask.organisation.name}", blocks=_buttons(ask.organisation))

    async def refuse(self, _: Ask, __: UseCases) -> Reply:
        raise Refusal("No company is connected <yet>.", next_step="/integral connect quickbooks")

    async def fail(self, _: Ask | Click, __: UseCases) -> Reply:
        raise RuntimeError("password=hunter2")

    async def dawdle(self, _: Ask, __: UseCases) -> Reply:
        await self.deeds.door.wait()
        self.deeds.done.append("dawdled")
        return Reply(text="done at last")

    async def open_form(self, ask: Ask | Click, _: UseCases) -> Reply:
        return Reply(opens=_form(ask.organisation.id))

    async def press(self, click: Click, _: UseCases) -> Reply:
        self.deeds.done.append(f"pressed {','.join(click.arguments)}")
        return Reply(text="pressed", replaces=True)

    async def whisper(self, _: Click, __: UseCases) -> Reply:
        return Reply(text="for your eyes", blocks=(kit.section("for your eyes"),))

    async def save(self, submit: Submit, _: UseCases) -> SubmitReply:
        name = submit.values["name"]
        if name == "slow":
            await self.deeds.door.wait()
        if name == "bad":
            return SubmitReply(errors={"name": "Choose a better name.", "elsewhere": "And that."})
        if name == "refused":
            raise Refusal("This name is taken.")
        self.deeds.done.append(f"saved {','.join(submit.arguments)} {name}")
        return SubmitReply(says=Reply(text=f"saved {name}"))

    async def accounts(self, _: Click, typed: str, __: UseCases) -> list[tuple[str, str]]:
        return [(f"{typed} {number}", str(number)) for number in range(150)]

    async def home(self, ask: Ask, _: UseCases) -> kit.View:
        found = ask.known_organisation
        if found is None:
            return kit.home([kit.section("Home of nobody")])
        return kit.home([kit.section(f"Home of {found.name}"), *_buttons(found)])

    def registry(self) -> Registry:
        commands = [
            ("status", Right.READ, self.note),
            ("sync", Right.PREPARE, self.note),
            ("approvals", Right.APPROVE, self.note),
            ("settings", Right.ADMINISTER, self.note),
            ("refuse", Right.READ, self.refuse),
            ("fail", Right.READ, self.fail),
            ("dawdle", Right.READ, self.dawdle),
            ("form", Right.READ, self.open_form),
        ]
        return Registry.of(
            commands=[
                Command(
                    name=name, summary=f"does {name}", usage=f"{name} PERIOD", right=right, run=run
                )
                for name, right, run in commands
            ],
            actions=[
                Action(action_id="press", right=Right.PREPARE, run=self.press),
                Action(action_id="whisper", right=Right.READ, run=self.whisper),
                Action(action_id="form", right=Right.READ, run=self.open_form),
                Action(action_id="fail", right=Right.READ, run=self.fail),
            ],
            modals=[Modal(callback_id="form", right=Right.PREPARE, run=self.save)],
            options=[Options(action_id="account", right=Right.READ, run=self.accounts)],
            home=self.home,
        )


def _buttons(owner: Organisation) -> tuple[kit.Block, ...]:
    names = ("press", "whisper", "form", "fail", "stale")
    buttons = (kit.button(name, name, kit.pack(owner.id, "7")) for name in names)
    return (kit.actions(*buttons, kit.link_button("Open", "open", "https://erp.example/7")),)


def _form(organisation_id: str) -> kit.View:
    return kit.modal(
        "form",
        "A form",
        [
            kit.field_input("name", "Name", kit.text_input("name")),
            kit.field_input("account", "Account", kit.type_ahead("account"), optional=True),
        ],
        metadata=kit.pack(organisation_id, "9"),
        submit="Save",
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything between a person's finger and the database."""

    slack: LocalSlack
    database: Database
    clock: SettableClock
    deeds: Deeds
    tasks: Tasks
    queue: OutboxQueue
    notifier: Notifier
    dispatcher: Dispatcher
    door: SlackDoor
    app: Starlette

    async def settle(self) -> None:
        """Let what was asked for finish, and say what waits in the outbox."""
        assert await self.tasks.drain(5) == 0
        await self.notifier.send_due()

    async def add(self, found: Organisation, *, channel: str | None = None, **roles: Any) -> None:
        """Store an organisation with people: user id → role."""
        async with self.database.unit() as unit:
            await unit.organisations.add(found)
            for user_id, role in roles.items():
                await unit.people.grant(found.id, user_id, role)
            if channel:
                await unit.organisations.bind_channel(found.id, found.team_id, channel)
            await unit.commit()

    async def last(self, user: str, channel: str = FINANCE) -> Json:
        return (await self.slack.messages(user, channel))[-1]


@pytest.fixture
def patience_s() -> float:
    """How long an ack waits for the handler; a test whose handler waits has less of it."""
    return PATIENCE_S


@pytest.fixture
async def world(
    database: Database, clock: SettableClock, patience_s: float
) -> AsyncIterator[World]:
    """A bot with one organisation: Ada owns it, Ben prepares, its channel is #finance."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack())
        world = built(slack, database, clock, patience_s=patience_s)
        slack.bot.app = world.app
        await stack.enter_async_context(world.app.router.lifespan_context(world.app))
        roles = {ADA: PersonRole.OWNER, BEN: PersonRole.PREPARER}
        await world.add(organisation(1), channel=FINANCE, **roles)
        yield world
        world.deeds.door.set()


def built(
    slack: LocalSlack,
    database: Database,
    clock: SettableClock,
    *,
    registry: Registry | None = None,
    use_cases: UseCases | None = None,
    patience_s: float = PATIENCE_S,
) -> World:
    """Put a bot together: with the tests' own small handlers, or with others."""
    deeds, tasks, tokens = Deeds(), Tasks(), FixedToken(BOT_TOKEN)
    api = SlackApi(base_url=slack.api_url, tokens=tokens, is_loopback=True)
    queue = OutboxQueue(database)
    notifier = Notifier(queue=queue, slack=api, storage=database, clock=clock)
    answers = Answers(slack=api, storage=database, clock=clock, wake=notifier.wake)
    calls = Calls(
        registry=registry or Handlers(deeds).registry(),
        # The tests' handlers use none.
        use_cases=cast("UseCases", use_cases),
        gate=Gate(database),
        inbox=Inbox(database),
        tokens=tokens,
    )
    dispatcher = Dispatcher(
        calls=calls,
        answers=answers,
        home=HomeTab(calls=calls, answers=answers),
        tasks=tasks,
        departures=Workspaces(storage=database, clock=clock, tokens=tokens),
        patience_s=patience_s,
    )
    door = SlackDoor(dispatcher, slack=api, tokens=tokens)
    app = create_app(
        door,
        signing=Signing(secrets=[SIGNING_SECRET], now=lambda: datetime.now(UTC)),
        health=Health(),
        metrics=Metrics(),
    )
    return World(
        slack=slack,
        database=database,
        clock=clock,
        deeds=deeds,
        tasks=tasks,
        queue=queue,
        notifier=notifier,
        dispatcher=dispatcher,
        door=door,
        app=app,
    )
