"""A deploy with work in flight: the next version takes over what the one before began or left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.databases import migrated_sqlite, opened
from tests.support.warm import warm_python

PROJECT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60


@dataclass(frozen=True)
class Version:
    """A running process with an engine."""

    process: asyncio.subprocess.Process

    async def says(self, words: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode().strip():
                if line.startswith(words):
                    return
        pytest.fail(f"it ended without saying {words!r}")

    async def enqueue(self, run_id: str) -> None:
        await self.tell(f"enqueue {run_id}")

    async def tell(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        await self.process.stdin.drain()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def forgets(version: Version) -> bool:
    """Have it forget what ended; whether there was something."""
    await version.tell("prune")
    assert version.process.stdout is not None
    return (await version.process.stdout.readline()).strip() != b"pruned 0"


@asynccontextmanager
async def version(url: str, name: str) -> AsyncIterator[Version]:
    process = await asyncio.create_subprocess_exec(
        *(warm_python(), "-m", "tests.support.engine_process", url, name),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    started = Version(process)
    try:
        await started.says("ready")
        yield started
    finally:
        if process.returncode is None:
            await started.kill()


@pytest.mark.one_database("here the versions follow one another")
async def test_on_sqlite_the_next_version_does_what_the_one_before_had_begun(
    migrated_template: Path, tmp_path: Path
) -> None:
    url = migrated_sqlite(migrated_template, tmp_path)
    async with version(url, "old") as old:
        await old.enqueue("1")
        await old.says("began 1")
        await old.kill()
    async with version(url, "new") as new:
        await new.says("did 1")
        # What ended is forgotten in its time, here at once.
        async with asyncio.timeout(PATIENCE_S):
            while not await forgets(new):
                pass


@pytest.mark.one_database("SQLite serves one process")
@pytest.mark.postgres
async def test_on_postgres_versions_run_side_by_side_and_the_new_one_takes_over(
    postgres_url: str,
) -> None:
    async with opened(postgres_url) as database:
        await database.migrate()
    async with version(postgres_url, "old") as old:
        await old.enqueue("1")
        await old.says("began 1")
        async with version(postgres_url, "new") as new:
            await old.kill()
            await new.says("did 1")
            await new.enqueue("2")
            await new.says("did 2")


async def test_a_workflow_may_enqueue_another_one(database_url: str) -> None:
    async with version(database_url, "new") as process:
        await process.enqueue("1>2")
        await process.says("did 1")
        await process.says("did 2")
