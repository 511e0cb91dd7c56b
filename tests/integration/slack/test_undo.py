"""``/integral undo`` over signed requests: look, choose, give a reason; twice is once."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest

from bot.handlers import REGISTRY
from bot.handlers.announce import OutboxAnnouncer
from bot.ids import RandomIds
from bot.services.corrections import Corrections
from bot.services.pipeline import Pipeline
from bot.services.ports import Connectors
from bot.services.runs import RunPorts, Runs
from bot.services.use_cases import UseCases
from bot.views import kit
from bot.views.staleness import told as stale_told
from ledger.adoption import AdoptedEntry
from ledger.books import Account, AccountClass, Books
from ledger.delivery import DeliveryState
from ledger.mapping import key_of_category, key_of_wallet
from ledger.numbers import format_number
from ledger.organisation import Organisation, PersonRole
from ledger.preflight import prepare
from ledger.records import Message, NewDelivery
from ledger.runs import Run, RunKind, RunState
from storage.database import Database
from tests.integration.slack.conftest import World, built, organisation
from tests.support import books
from tests.support.databases import SettableClock
from tests.support.engine import QueueEngine
from tests.support.office import BANK, CATEGORY, deposit
from tests.support.slack import ADA, BEN, CLEO, FINANCE, OTHER_TEAM, TEAM, Json, local_slack

ENTRIES = 3
CHART = {"1": AccountClass.ASSET, "50": AccountClass.INCOME, "51": AccountClass.INCOME}


@pytest.fixture
async def world(database: Database, clock: SettableClock) -> AsyncIterator[World]:
    """A bot that knows the product's own commands, and entries posted on a wrong account."""
    engine = QueueEngine()
    ports = RunPorts(
        storage=database,
        clock=clock,
        ids=RandomIds(clock),
        engine=engine,
        # Nothing here reaches an ERP: what was asked for waits in the queue.
        connectors=cast("Connectors", None),
        announcer=OutboxAnnouncer(clock=clock),
    )
    pipeline = Pipeline(clock=clock)
    corrections = Corrections.over(
        ports, runs=Runs(ports), pipeline=pipeline, stale_words=stale_told
    )
    use_cases = cast("UseCases", SimpleNamespace(corrections=corrections, clock=clock))
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack())
        world = built(slack, database, clock, registry=REGISTRY, use_cases=use_cases)
        slack.bot.app = world.app
        await stack.enter_async_context(world.app.router.lifespan_context(world.app))
        roles = {ADA: PersonRole.OWNER, BEN: PersonRole.PREPARER, CLEO: PersonRole.VIEWER}
        await world.add(organisation(1), channel=FINANCE, **roles)
        await post_on_the_wrong_account(database, organisation(1), pipeline)
        yield world


async def post_on_the_wrong_account(
    database: Database, owner: Organisation, pipeline: Pipeline
) -> None:
    company = replace(
        books.company(of=owner.id), pushes_enabled=True, go_live_date=date(2020, 1, 1)
    )
    chart = tuple(
        Account(erp_id=id_, name=f"Account {id_}", classification=kind, erp_type=kind.value)
        for id_, kind in CHART.items()
    )
    rows = [
        deposit(n, day=date(2026, 10, 12), amount=f"{100 + n}.00") for n in range(1, ENTRIES + 1)
    ]
    async with database.unit() as unit:
        await unit.companies.add(company)
        imported = Books(company_name="Acme", functional_currency="USD", accounts=chart)
        await unit.companies.save_books(company.id, imported, database.clock.now())
        await unit.transactions.save(owner.id, rows, database.clock.now())
        await unit.choices.save_settings(company.id, "{}")
        wallet, category = key_of_wallet(BANK), key_of_category(CATEGORY)
        await unit.choices.set_mapping(company.id, {wallet: "1", category: "50"})
        built_ = await pipeline.build(unit, owner, company)
        adopted = [
            AdoptedEntry(
                id=f"d{n}",
                entry=prepare(
                    entry,
                    company=company.key,
                    number=format_number("C0D1", n, entry.entry_date),
                    books=imported,
                ),
                erp_id=str(n),
            )
            for n, entry in enumerate(built_.entries, start=1)
        ]
        run = books.run(of=company)
        new = [
            NewDelivery(id=a.id, entry=a.entry, state=DeliveryState.POSTED, request_key="")
            for a in adopted
        ]
        await unit.runs.add(replace(run, state=RunState.FINISHED))
        await unit.deliveries.adopt(books.batch("b1", of=run, deliveries=new), adopted, actor="U1")
        await unit.choices.set_mapping(company.id, {category: "51"})
        await unit.organisations.raise_shape_version(owner.id)
        await unit.commit()


def _json(*blocks: kit.Block) -> str:
    return json.dumps(blocks)


async def corrections_of(world: World) -> list[Run]:
    async with world.database.unit(read_only=True) as unit:
        runs = await unit.runs.recent("org1", 20)
    return [run for run in runs if run.kind is RunKind.CORRECTION]


async def look(world: World, text: str = "undo stale", user: str = BEN) -> Json:
    """Type the command and return the message that answers it."""
    ack = await world.slack.command(user, text)
    assert ack["error"] == ""
    await world.settle()
    return await world.last(user)


async def click(world: World, message: Json, action_id: str, user: str = BEN) -> Json:
    return await world.slack.act(
        "click", user=user, channel=FINANCE, message_ts=message["ts"], action_id=action_id
    )


async def form_of(world: World, message: Json, mode: str = "reverse_and_repost") -> Json:
    await click(world, message, f"corrections.form:{mode}")
    await world.settle()
    found: Json = (await world.slack.see("views", user=BEN))["modals"][-1]
    return found


async def send_off(world: World, form: Json, reason: str = "wrong account") -> Json:
    values = {"reason": {"reason": reason}}
    return await world.slack.act("submit", user=BEN, view_id=form["id"], values=values)


async def test_two_clicks_ask_for_the_correction_of_everything_that_is_stale(
    world: World,
) -> None:
    message = await look(world)
    shown = str(message["blocks"])
    assert f"{ENTRIES} entries can be undone" in shown
    assert "Account 51" in shown
    ack = await send_off(world, await form_of(world, message))
    assert ack["result"] in {"closed", "updated"}
    await world.settle()
    (run,) = await corrections_of(world)
    assert (run.requested_by, run.state) == (BEN, RunState.OPEN)
    assert "being prepared" in (await world.slack.texts(BEN, "dm"))[-1]


async def test_the_same_request_of_slack_twice_is_one_correction(world: World) -> None:
    ack = await send_off(world, await form_of(world, await look(world)))
    await world.settle()
    await world.slack.act("replay", request_no=ack["request_no"])
    await world.settle()
    assert len(await corrections_of(world)) == 1


async def test_without_a_reason_the_form_stays_open(world: World) -> None:
    form = await form_of(world, await look(world), "reverse")
    ack = await send_off(world, form, reason="   ")
    assert ack["result"] == "errors"
    assert "memo of every reversal" in ack["errors"]["reason"]
    assert await corrections_of(world) == []


async def test_bare_undo_offers_stale_entries_and_recent_runs_to_look_at(world: World) -> None:
    message = await look(world, "undo")
    await click(world, message, "corrections.look:stale")
    await world.settle()
    assert f"{ENTRIES} entries can be undone" in str((await world.last(BEN))["blocks"])


@pytest.mark.parametrize("typed", ["undo --help", "help undo"])
async def test_the_forms_are_listed_in_the_usage(world: World, typed: str) -> None:
    shown = str((await look(world, typed))["blocks"])
    assert "undo stale" in shown
    assert "undo category NAME" in shown


async def test_somebody_who_may_only_read_is_refused(world: World) -> None:
    message = await look(world, user=CLEO)
    assert "Only an owner, admin or preparer" in message["text"]
    button = kit.button("Undo", "corrections.give_up:1", kit.pack("org1", "run-1"))
    card = Message(
        key="card", team_id=TEAM, channel=FINANCE, text="a card", blocks=_json(kit.actions(button))
    )
    async with world.database.unit() as unit:
        await unit.outbox.put(card, world.clock.now())
        await unit.commit()
    await world.settle()
    await click(world, await world.last(CLEO), "corrections.give_up:1", user=CLEO)
    await world.settle()
    assert "Only an owner, admin or preparer" in (await world.last(CLEO))["text"]


async def test_a_run_of_another_organisation_is_not_found(world: World) -> None:
    other = organisation(2, team_id=OTHER_TEAM)
    await world.add(other)
    company = replace(books.company("company-2", of=other.id, external="realm-2"))
    run = replace(books.run("0199c1a0-0000-7000-8000-0000deadbeef", of=company))
    async with world.database.unit() as unit:
        await unit.companies.add(company)
        await unit.runs.add(run)
        await unit.commit()
    message = await look(world, "undo deadbeef")
    assert "There is no run deadbeef here" in message["text"]
    assert await corrections_of(world) == []
