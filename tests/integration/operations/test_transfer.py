"""`integral migrate --from`: everything arrives equal, the old database is never served again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.erp.credentials import OAuthTokens
from ledger.delivery import DeliveryState
from ledger.records import Message, Move
from storage.database import Database
from storage.engine import is_sqlite, normal_url
from storage.installation import Installations
from storage.owners import Slots
from storage.statements import WRITE_CHUNK
from storage.tables import METADATA
from storage.tables.entries import delivery_moves
from storage.tables.installation import installation
from tests.integration.cli.conftest import Terminal
from tests.integration.cli.test_books import freeze
from tests.support import books
from tests.support.databases import (
    SECRET_KEYS,
    START,
    SettableClock,
    migrated_sqlite,
    opened,
)
from tests.support.engine_tables import make_engine_tables, put_workflow
from tests.support.office import deposit, office_for, open_office
from tests.support.postgres import PostgresServer
from tests.support.postgres_pool import PostgresPool

pytestmark = pytest.mark.one_database("rows move from one kind to the other")
DAY = START.date()
TINY = Decimal("0.000000000000000000000000000001")
"""More decimals than any database number keeps."""


@dataclass(frozen=True, kw_only=True)
class Moving:
    """An old database with books, an empty new one, and the terminal between them."""

    terminal: Terminal
    old: str
    new: str

    def run(self, *words: str) -> Any:
        return self.terminal.run("migrate", "--from", self.old, *words)

    def in_(self, url: str, work: Any) -> Any:
        async def inside() -> Any:
            async with opened(url, SettableClock()) as database:
                return await work(database)

        return asyncio.run(inside())


async def _fill(database: Database) -> None:
    await Installations(database).arrive()
    office = office_for("1001", now=START)
    tokens = OAuthTokens(
        access_token="a", refresh_token="r", access_expires_at=START, refresh_expires_at=START
    )
    await open_office(database, office, tokens)
    rows = [deposit(n, day=DAY, amount="1.50") for n in (1, 2)]
    rows[0] = replace(rows[0], received_quantity=TINY, note="naïve “note” 🧾")
    async with database.unit() as unit:
        await unit.transactions.save(office.organisation.id, rows, START)
        await unit.transactions.save(
            office.organisation.id, [replace(rows[1], value=Decimal(7))], START
        )
        message = Message(key="m", team_id="T1", channel="C1", text="words", blocks="[]")
        await unit.outbox.put(message, START)
        await unit.commit()
    await freeze(database, office, memo="memo")
    async with database.unit() as unit:
        (delivery,) = await unit.deliveries.in_state(
            office.company.id, [DeliveryState.AWAITING_APPROVAL]
        )
        moved = replace(delivery, state=DeliveryState.APPROVED)
        await unit.deliveries.move([Move(delivery=delivery, new=moved, actor="t", note="")])
        await unit.commit()


@pytest.fixture(params=["to postgres", "to sqlite"])
def move(
    request: pytest.FixtureRequest,
    bare_terminal: Terminal,
    migrated_template: Path,
    postgres_pool: PostgresPool,
) -> Iterator[Moving]:
    postgres = postgres_pool.take()
    sqlite = migrated_sqlite(migrated_template, bare_terminal.folder)
    old, new = (sqlite, postgres) if request.param == "to postgres" else (postgres, sqlite)
    bare_terminal.monkeypatch.setenv("DATABASE_URL", new)
    bare_terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", SECRET_KEYS)
    made = Moving(terminal=bare_terminal, old=old, new=new)
    made.in_(old, _fill)
    yield made
    postgres_pool.give_back(postgres)


async def _many_more(database: Database) -> None:
    """More rows than are copied at a time."""
    rows = [deposit(n, day=DAY, amount="1.50") for n in range(3, WRITE_CHUNK + 100)]
    async with database.unit() as unit:
        await unit.transactions.save("org-1001", rows, START)
        await unit.commit()


async def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows as the product reads them, but the installation's own."""
    async with database.session(read_only=True) as session:
        return {
            table.name: sorted(
                (tuple(row) for row in await session.execute(sa.select(table))), key=repr
            )
            for table in METADATA.sorted_tables
            if table is not installation
        }


def test_everything_arrives_exactly_as_it_was(move: Moving) -> None:
    move.in_(move.old, _many_more)
    before = move.in_(move.old, _contents)
    result = move.run()
    assert result.exit_code == 0, result.stderr
    assert "counts and checksums agree" in result.stdout
    assert move.in_(move.new, _contents) == before
    assert len(before["transactions"]) == WRITE_CHUNK + 99
    assert len(before["transaction_revisions"]) == 1


def test_counting_goes_on_where_it_stopped(move: Moving) -> None:
    assert move.run().exit_code == 0

    async def add(database: Database) -> list[int]:
        async with database.unit() as unit:
            (delivery,) = await unit.deliveries.in_state("company-1001", [DeliveryState.APPROVED])
            sent = replace(delivery, state=DeliveryState.WITHDRAWN)
            await unit.deliveries.move([Move(delivery=delivery, new=sent, actor="t", note="")])
            await unit.commit()
        async with database.session(read_only=True) as session:
            found = await session.execute(sa.select(delivery_moves.c.id))
            return sorted(found.scalars())

    numbers = move.in_(move.new, add)
    assert numbers == [numbers[0], numbers[0] + 1]


def test_secrets_open_in_the_new_database(move: Moving) -> None:
    assert move.run().exit_code == 0

    async def read(database: Database) -> str | None:
        async with database.unit(read_only=True) as unit:
            return await unit.grants.read_secret("grant-1001")

    assert move.in_(move.new, read)


def test_the_old_one_is_refused_by_every_command_and_the_new_one_makes_no_alarm(
    move: Moving,
) -> None:
    assert move.run().exit_code == 0
    status = move.terminal.run("token", "list")
    assert status.exit_code == 0, status.stderr
    assert move.in_(move.new, lambda d: Installations(d).arrive()) is False

    move.terminal.monkeypatch.setenv("DATABASE_URL", move.old)
    for words in (("token", "list"), ("migrate",), ("owner-code",)):
        refused = move.terminal.run(*words)
        assert refused.exit_code == 1
        assert "was copied into another one on 20" in refused.stderr


def test_a_second_move_of_the_old_one_is_refused(
    move: Moving, postgres_server: PostgresServer
) -> None:
    assert move.run().exit_code == 0
    third = postgres_server.new_database()
    move.terminal.monkeypatch.setenv("DATABASE_URL", third)
    refused = move.run()
    postgres_server.drop_database(third)
    assert refused.exit_code == 1
    assert "was moved to another one" in refused.stderr


def test_a_move_whose_last_step_failed_is_made_again(move: Moving) -> None:
    assert move.run().exit_code == 0

    async def empty(database: Database) -> None:
        async with database.session() as session:
            for table in reversed(METADATA.sorted_tables):
                await session.execute(sa.delete(table))
            await session.commit()

    move.in_(move.new, empty)
    again = move.run()
    assert again.exit_code == 0, again.stderr


def test_a_new_database_that_is_not_empty_is_refused_and_nothing_is_changed(move: Moving) -> None:
    async def use(database: Database) -> None:
        async with database.unit() as unit:
            await unit.organisations.add(books.organisation("org-9"))
            await unit.commit()

    move.in_(move.new, use)
    refused = move.run()
    assert refused.exit_code == 1
    assert "not empty (organisations has rows)" in refused.stderr
    known = move.in_(move.old, lambda d: Installations(d).known())
    assert known.moved_at is None


def test_a_database_that_is_served_is_refused(move: Moving) -> None:
    async def meanwhile(database: Database) -> Any:
        await Slots(database).claim("somebody")
        return await asyncio.to_thread(move.run)

    refused = move.in_(move.old, meanwhile)
    assert refused.exit_code == 1
    assert "serves the old database" in refused.stderr


def test_another_revision_is_refused_with_the_command(move: Moving) -> None:
    async def age(database: Database) -> None:
        async with database.session() as session:
            await session.execute(sa.text("update alembic_version set version_num = '0005'"))
            await session.commit()

    move.in_(move.old, age)
    refused = move.run()
    assert refused.exit_code == 1
    assert "revision 0005" in refused.stderr
    assert "integral migrate" in refused.stderr


def test_work_that_only_the_engine_knows_is_finished_first(move: Moving) -> None:
    async def leave(database: Database) -> None:
        await make_engine_tables(database)
        await put_workflow(database, "import:1", since=START, name="import_file")
        await put_workflow(database, "run:1:0", since=START)

    move.in_(move.old, leave)
    refused = move.run()
    assert refused.exit_code == 1
    assert "1 import file" in refused.stderr


def test_open_runs_are_woken_from_their_rows(move: Moving) -> None:
    async def wait(database: Database) -> None:
        await make_engine_tables(database)
        await put_workflow(database, "run:run-1:0", since=START)
        async with database.unit() as unit:
            run = await unit.runs.get("run-1")
            assert run is not None
            await unit.runs.save(replace(run, wake_at=START))
            await unit.commit()

    move.in_(move.old, wait)
    assert move.run().exit_code == 0

    async def due(database: Database) -> list[str]:
        async with database.unit(read_only=True) as unit:
            return [run.id for run in await unit.runs.due(START + timedelta(seconds=1), 10)]

    assert move.in_(move.new, due) == ["run-1"]


def test_keys_that_do_not_open_the_secrets_are_refused(move: Moving) -> None:
    other = "k2:" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
    move.terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", other)
    refused = move.run()
    assert refused.exit_code == 1
    assert "keys of the old installation" in refused.stderr


def test_a_copy_that_differs_is_thrown_away(move: Moving) -> None:
    """A trigger stands in for a database that changes what it is given."""
    if is_sqlite(normal_url(move.new)):
        trigger = (
            "create trigger spoil after insert on organisations begin"
            " update organisations set name = 'other'; end"
        )
    else:
        trigger = (
            "create function spoil() returns trigger language plpgsql as"
            " $$ begin new.name := 'other'; return new; end $$;"
            "create trigger spoil before insert on organisations"
            " for each row execute function spoil()"
        )

    async def spoil(database: Database) -> None:
        async with database.session() as session:
            for statement in trigger.split(";create") if "plpgsql" in trigger else [trigger]:
                whole = statement if statement.startswith("create") else f"create{statement}"
                await session.execute(sa.text(whole.replace(":=", r"\:=")))
            await session.commit()

    move.in_(move.new, spoil)
    refused = move.run()
    assert refused.exit_code == 1
    assert "organisations is not equal" in refused.stderr
    known = move.in_(move.old, lambda d: Installations(d).known())
    assert known.moved_at is None
    assert move.in_(move.new, _contents)["organisations"] == []


@pytest.mark.postgres
def test_a_new_database_needs_no_tables_yet(
    bare_terminal: Terminal, migrated_template: Path, postgres_url: str
) -> None:
    old = migrated_sqlite(migrated_template, bare_terminal.folder)
    bare_terminal.monkeypatch.setenv("DATABASE_URL", postgres_url)
    bare_terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", SECRET_KEYS)
    found = bare_terminal.json("migrate", "--from", old)
    assert found["copied"]["organisations"] == 0


def test_addresses_that_make_no_sense_are_sentences(bare_terminal: Terminal) -> None:
    bare_terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", SECRET_KEYS)
    bare_terminal.monkeypatch.setenv("DATABASE_URL", "sqlite:///here.db")
    with closing(sqlite3.connect(bare_terminal.folder / "void.db")) as void:
        void.execute("create table t (x)")
    cases = {
        "mysql://u:hunter2@h/x": "--from must be",
        "sqlite:///nowhere.db": "There is no file nowhere.db",
        f"sqlite:///{bare_terminal.folder}/here.db": "There is no file",
        "sqlite:///void.db": "has no tables of Integral",
    }
    for address, words in cases.items():
        refused = bare_terminal.run("migrate", "--from", address)
        assert refused.exit_code == 1, address
        assert words in refused.stderr.replace("\n", " ")
        assert "hunter2" not in refused.stderr
    Path(bare_terminal.folder / "here.db").touch()
    refused = bare_terminal.run("migrate", "--from", "sqlite:///./here.db")
    assert "is the database of DATABASE_URL itself" in refused.stderr


def test_every_table_can_be_copied_in_its_order() -> None:
    """A row may refer to rows of tables before it, never to another of its own table."""
    own = [
        table.name
        for table in METADATA.sorted_tables
        for key in table.foreign_keys
        if key.column.table is table
    ]
    assert own == []
