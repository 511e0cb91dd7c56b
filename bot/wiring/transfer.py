"""Moves the books into the database of ``DATABASE_URL``, when nothing stands against it."""

from __future__ import annotations

from collections import Counter

from bot.services.drift import FIND_DRIFT
from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.watch import WATCH_CONNECTION
from bot.settings import Settings
from bot.wiring.ground import open_ground
from storage.database import Database
from storage.engine import DatabaseUrlError, is_sqlite, normal_url, sqlite_file
from storage.engine_store import EngineStore
from storage.owners import is_served
from storage.rotation import require_readable
from storage.transfer import Tell, TransferError, require_newest, transfer
from storage.vault import VaultError

COMES_AGAIN = frozenset({ADVANCE_RUN, FIND_DRIFT, WATCH_CONNECTION})
"""Work that rows and days bring back; all other work is known to the engine alone."""


async def take_along(settings: Settings, address: str, *, tell: Tell) -> dict[str, int]:
    """Copy the database at an address into the one of the settings; return table → rows.

    Raises:
        TransferError: why it cannot be done; nothing was changed.
        SettingsProblem: without usable keys.
    """
    ground = await open_ground(settings)
    try:
        source = _source(address, ground.database)
        try:
            await require_newest(source)
            await _require_idle(source, ground.database)
            await _require_keys(source)
            await ground.database.migrate()
            return await transfer(source, ground.database, tell=tell)
        finally:
            await source.close()
    finally:
        await ground.close()


def _source(address: str, target: Database) -> Database:
    try:
        url = normal_url(address)
    except DatabaseUrlError as error:
        raise TransferError(str(error).replace("DATABASE_URL", "--from")) from None
    if is_sqlite(url) and not sqlite_file(url).exists():
        raise TransferError(f"There is no file {sqlite_file(url)}.")
    is_same_file = (
        is_sqlite(url)
        and is_sqlite(target.url)
        and sqlite_file(url).resolve() == sqlite_file(target.url).resolve()
    )
    if url == target.url or is_same_file:
        raise TransferError(
            "--from is the database of DATABASE_URL itself: set DATABASE_URL to the new one."
        )
    return Database(address, target.vault, clock=target.clock)


async def _require_idle(source: Database, target: Database) -> None:
    for database, name in ((source, "old"), (target, "new")):
        if await is_served(database):
            raise TransferError(
                f"Integral serves the {name} database now: stop every process of it first."
            )
    store = EngineStore(source)
    try:
        left = Counter(w.name for w in await store.unfinished() if w.name not in COMES_AGAIN)
    finally:
        await store.close()
    if left:
        names = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in left.items())
        raise TransferError(
            f"The old installation has work that is not done ({names}), and it would be lost: "
            "start `integral serve` on the old database, let it finish, and stop it again."
        )


async def _require_keys(source: Database) -> None:
    try:
        await require_readable(source)
    except VaultError as error:
        raise TransferError(
            f"{error}. Put the keys of the old installation into INTEGRAL_SECRET_KEYS."
        ) from None
