"""A process with the real engine, of one version of the program or the next.

Run as `python -m tests.support.engine_process DATABASE_URL VERSION`. The two versions have other
workflows, as a deploy brings them: the *old* one prints what it began and never ends, the
*new* one prints what it did; for `ID>NEXT` it enqueues NEXT from inside the workflow. It reads
commands from its input: `enqueue ID`, `prune`, `stop`.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.services.runs import WORKFLOW
from scheduler.engine import Engine
from storage.engine import engine_file, is_sqlite
from storage.owners import Slots
from tests.support.databases import opened

Body = Callable[[str], Awaitable[None]]


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def _old(run_id: str) -> None:
    _say(f"began {run_id}")
    await asyncio.Event().wait()


def _work(version: str, enqueue: Body) -> dict[str, Body]:
    async def new(run_id: str) -> None:
        done, _, following = run_id.partition(">")
        if following:
            await enqueue(following)
        _say(f"did {done}")

    if version == "old":
        return {WORKFLOW: _old}
    # One workflow more: unpinned, DBOS would take this for another application's work.
    return {WORKFLOW: new, "of_the_new_version": new}


async def run(url: str, version: str) -> None:
    """Work until told to stop."""
    async with opened(url) as database:
        slots = Slots(database)
        address = database.url.render_as_string(hide_password=False)
        if is_sqlite(database.url):
            address = f"sqlite:///{engine_file(database.url)}"
        slot = await slots.claim(version)

        async def enqueue(run_id: str) -> None:
            await engine.enqueue(WORKFLOW, f"run:{run_id}", run_id, partition=run_id)

        engine = Engine(
            database_url=address,
            executor_id=slot,
            locks=slots,
            work=_work(version, enqueue),
            unix_time=time.time,
        )
        await engine.start(takes_work=True)
        _say(f"ready {slot}")
        while (words := (await asyncio.to_thread(sys.stdin.readline)).split())[0] != "stop":
            if words[0] == "prune":
                _say(f"pruned {await engine.prune(_tomorrow())}")
            else:
                await enqueue(words[1])
        await engine.stop()


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2]))
