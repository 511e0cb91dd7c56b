"""The engine: durable workflows on DBOS, each run at least once, one at a time per partition.

Knows how to enqueue, run, recover and stop; what a workflow does comes in as a function of
ids. It must not promise exactly once: that is kept by ``bot.services.delivery``.

DBOS is one per process, so there is at most one started engine per process.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import Context
from datetime import datetime
from typing import Any, Protocol

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

QUEUE = "work"
# Ours, not DBOS's default hash of the sources: a deploy must not strand waiting work.
# Raised only together with a migration of what waits; see docs/adr.
APPLICATION_VERSION = "1"
POLL_S = 0.5
REAP_S = 5.0
_ENDED = ("SUCCESS", "ERROR", "CANCELLED")
_PRUNED_AT_ONCE = 500
DRAIN_S = 10
"""Seconds that running work has, at a stop, to reach a point where it can be handed on."""

Work = Callable[..., Awaitable[None]]
"""A workflow's body: takes only ids as text, and may be run again from its start."""

log = structlog.get_logger(__name__)


class ExecutorLocks(Protocol):
    """The locks that say which executor slots have a living process."""

    async def try_lock(self, name: str) -> bool:
        """Take a lock if it is free; false when another process holds it."""
        ...

    async def unlock(self, name: str) -> None:
        """Give a lock back."""
        ...


class Engine:
    """DBOS with our queue, our executor slot, and a reaper for the slots of dead processes."""

    def __init__(
        self,
        *,
        database_url: str,
        executor_id: str,
        locks: ExecutorLocks,
        work: Mapping[str, Work],
        unix_time: Callable[[], float],
    ) -> None:
        """Keep what is needed; :meth:`start` opens the database.

        Args:
            database_url: Of the engine's own SQLite file, or of Postgres (schema ``dbos``).
            executor_id: The executor slot that this process holds exclusively.
            locks: Where slots are held.
            work: Workflow name → body.
            unix_time: The machine's clock in seconds; only old SQLite needs it.
        """
        self._database_url = database_url
        self._executor_id = executor_id
        self._locks = locks
        self._work = dict(work)
        self._unix_time = unix_time
        self._workflows: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {}
        self._reaper: asyncio.Task[None] | None = None
        self._sql_engine: SqlEngine | None = None

    async def start(self, *, takes_work: bool) -> None:
        """Launch DBOS; recover this slot's own work, and take queued work if wanted."""
        DBOS(config=self._config())
        self._workflows = {name: _workflow(name, body) for name, body in self._work.items()}
        DBOS.listen_queues([QUEUE] if takes_work else [])
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE, partition_concurrency=1, polling_interval_sec=POLL_S, on_conflict="always_update"
        )
        if takes_work:
            self._reaper = asyncio.create_task(self._reap_for_ever(), name="engine-reaper")
        log.info("engine.started", executor=self._executor_id, takes_work=takes_work)

    async def stop(self) -> None:
        """Stop taking work; what was running is recovered by whoever holds its slot next."""
        if self._reaper:
            self._reaper.cancel()
            with suppress(asyncio.CancelledError):
                await self._reaper
        # DBOS joins threads that need this loop to go on turning.
        await asyncio.to_thread(
            DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=DRAIN_S
        )
        if self._sql_engine is not None:
            self._sql_engine.dispose()
        log.info("engine.stopped", executor=self._executor_id)

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        """Enqueue a workflow; the same id again does nothing.

        Raises:
            KeyError: for a workflow that was not registered.
        """
        function = self._workflows[workflow]

        async def enqueue() -> None:
            with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=partition):
                await DBOS.enqueue_workflow_async(QUEUE, function, *args)

        # A workflow's body enqueues too. It runs as a step, inside which DBOS enqueues nothing:
        # in a context of its own nothing says that this is one.
        await asyncio.create_task(enqueue(), context=Context())

    async def is_healthy(self) -> bool:
        """Say whether the engine's database answers."""
        await DBOS.list_workflows_async(status="PENDING", limit=1, load_input=False)
        return True

    async def reap(self) -> int:
        """Take over the work of slots whose process is gone; return how many were resumed."""
        resumed = 0
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False)
        for slot in {w.executor_id for w in pending if w.executor_id} - {self._executor_id}:
            if not await self._locks.try_lock(slot):
                continue  # Its process lives.
            try:
                resumed += await self._resume_all_of(slot)
            finally:
                await self._locks.unlock(slot)
        return resumed

    async def prune(self, before: datetime) -> int:
        """Forget work that ended before a moment of the machine's clock; return how many pieces.

        Their ids may be enqueued again from then on: nobody does, after so long.
        """
        ended = await DBOS.list_workflows_async(
            status=list(_ENDED),
            completed_before=before.isoformat(),
            limit=_PRUNED_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if ended:
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
        return len(ended)

    async def _resume_all_of(self, slot: str) -> int:
        orphans = await DBOS.list_workflows_async(
            status="PENDING", executor_id=slot, load_input=False
        )
        for orphan in orphans:
            # Without the queue's name DBOS would move it to a queue that has no limits.
            await DBOS.resume_workflow_async(orphan.workflow_id, queue_name=orphan.queue_name)
            log.warning("engine.reaped", workflow=orphan.workflow_id, slot=slot)
        return len(orphans)

    async def _reap_for_ever(self) -> None:
        while True:
            try:
                await self.reap()
            except Exception as error:  # noqa: BLE001 - the reaper outlives a database hiccup
                log.warning("engine.reap_failed", error=type(error).__name__)
            await asyncio.sleep(REAP_S)

    def _config(self) -> DBOSConfig:
        config: DBOSConfig = {
            "name": "integral",
            "system_database_url": self._database_url,
            "executor_id": self._executor_id,
            "application_version": APPLICATION_VERSION,
            # The default serializer is pickle: whoever writes that table could run code.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": POLL_S,
        }
        if make_url(self._database_url).get_backend_name() == "sqlite":
            self._sql_engine = _sqlite_engine(self._database_url, self._unix_time)
            config["system_database_engine"] = self._sql_engine
        return config


def _workflow(name: str, body: Work) -> Callable[..., Coroutine[Any, Any, None]]:
    """Wrap a body as a workflow of one step, so that recovery runs it from its start."""

    async def run(*args: str) -> None:
        await DBOS.run_step_async({"name": name}, body, *args)

    run.__qualname__ = run.__name__ = name
    return DBOS.workflow(name=name)(run)


def _sqlite_engine(url: str, unix_time: Callable[[], float]) -> SqlEngine:
    """Open the engine's file as DBOS itself does, and in WAL mode, which DBOS leaves out."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if sqlite3.sqlite_version_info < (3, 42):
            # DBOS asks for unixepoch('subsec'), which older SQLite answers with NULL.
            connection.create_function("unixepoch", 1, lambda _modifier: unix_time())

    return engine


logging.getLogger("dbos").setLevel(logging.WARNING)
