"""The ground that every command stands on: settings, clock, ids, database. No network is used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.clock import SandboxClock, SystemClock
from bot.ids import RandomIds
from bot.services.tokens import Tokens
from bot.settings import Settings
from bot.wiring.configuration import read_vault
from storage.database import Database
from storage.engine import engine_file, is_sqlite, normal_url
from storage.engine_store import EngineStore
from storage.owners import is_served


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Built once for each process; close it."""

    settings: Settings
    clock: SystemClock | SandboxClock
    ids: RandomIds
    database: Database
    engine_store: EngineStore
    tokens: Tokens

    async def close(self) -> None:
        """Stop the clock, close the database and free its locks."""
        await self.clock.stop()
        await self.engine_store.close()
        await self.database.close()


async def open_ground(settings: Settings) -> Ground:
    """Open the database that the settings name; nothing is read or migrated yet.

    Raises:
        SettingsProblem: without usable keys.
    """
    vault = read_vault(settings)
    url = settings.integral_clock_url
    clock = SandboxClock(url) if url else SystemClock()
    await clock.start()
    database = Database(settings.database_url.get_secret_value(), vault, clock=clock)
    ids = RandomIds(clock)
    return Ground(
        settings=settings,
        clock=clock,
        ids=ids,
        database=database,
        engine_store=EngineStore(database),
        tokens=Tokens(storage=database, clock=clock, ids=ids),
    )


@asynccontextmanager
async def standing(settings: Settings, *, migrates: bool = False) -> AsyncIterator[Ground]:
    """Open the ground for the length of the block.

    Args:
        settings: As read.
        migrates: Bring the database up to date first.

    Raises:
        SettingsProblem: without usable keys.
    """
    ground = await open_ground(settings)
    try:
        if migrates:
            await ground.database.migrate()
        yield ground
    finally:
        await ground.close()


def engine_url(settings: Settings) -> str:
    """Return where the engine keeps its own tables: a file beside ours, or the same Postgres."""
    url = normal_url(settings.database_url.get_secret_value())
    if not is_sqlite(url):
        return url.render_as_string(hide_password=False)
    # DBOS connects synchronously.
    return f"sqlite:///{engine_file(url)}"


async def is_somebody_serving(ground: Ground) -> bool:
    """Say whether a process serves this database."""
    return await is_served(ground.database)
