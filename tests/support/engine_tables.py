"""The engine's tables as DBOS makes them, for tests that look at them from beside the engine."""

import asyncio
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient

from storage.database import Database
from storage.engine import engine_file, is_sqlite
from storage.engine_store import EngineStore


async def make_engine_tables(database: Database) -> None:
    """Have DBOS itself make its tables where the product keeps them."""
    url = database.url.render_as_string(hide_password=False)
    if is_sqlite(database.url):
        url = f"sqlite:///{engine_file(database.url)}"

    def make() -> None:
        client = DBOSClient(system_database_url=url)
        client._sys_db.run_migrations()
        client.destroy()

    await asyncio.to_thread(make)


async def put_workflow(database: Database, workflow_id: str, **values: Any) -> None:
    """Store a workflow in the engine's tables; ``since`` is when it was enqueued."""
    store = EngineStore(database)
    since: datetime = values.pop("since")
    stamp = int(since.timestamp() * 1000)
    row = {
        "workflow_uuid": workflow_id,
        "status": "ENQUEUED",
        "name": "advance_run",
        "queue_partition_key": None,
        "created_at": stamp,
        "updated_at": stamp,
        "priority": 0,
        "was_forked_from": False,
        "rate_limited": False,
        "is_debounced": False,
        **values,
    }
    table = sa.table("workflow_status", *map(sa.column, row), schema=store.schema)
    async with store.connected(writes=True) as connection:
        assert connection is not None
        await connection.execute(sa.insert(table).values(**row))
    await store.close()
