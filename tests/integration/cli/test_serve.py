"""`integral serve` as a real process: starts, answers, stops in order, and gives its slot up."""

import asyncio
import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from ledger.records import Message
from tests.support.databases import SECRET_KEYS, migrated_sqlite, opened
from tests.support.warm import warm_python

SETTINGS = {
    "INTEGRAL_SECRET_KEYS": SECRET_KEYS,
    "SLACK_SIGNING_SECRET": "signing",
    "SLACK_BOT_TOKEN": "xoxb-test",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
}
PROJECT = Path(__file__).resolve().parents[3]
_ADDRESS = re.compile(r"http://\S+")
PATIENCE_S = 30


@contextmanager
def serving(
    folder: Path, *words: str, python: str = "", **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """Run `integral serve`, and see to its end; with `sys.executable` it has nothing imported."""
    folder.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    paths = {"PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [python or warm_python(), "-m", "bot.cli", "serve", *words],
        cwd=folder,
        env=kept | paths | SETTINGS | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until it says where it listens."""
    assert process.stdout is not None
    found = _ADDRESS.search(process.stdout.readline())
    assert found, process.stderr.read() if process.stderr else ""
    return found[0]


def stopped(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask it to end, as a host does; return exit code and log."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    return process.returncode, log


@pytest.mark.long(8)
def test_it_migrates_answers_ends_with_0_on_sigterm_and_starts_again(
    tmp_path: Path, empty_url: str
) -> None:
    cold = sys.executable
    with serving(tmp_path, "--port", "0", python=cold, DATABASE_URL=empty_url) as process:
        address = address_of(process)
        assert httpx.get(f"{address}/healthz").text == "ok"
        ready = httpx.get(f"{address}/readyz")
        expected = {"database": "ok", "engine": "ok", "slack": "away"}
        assert (ready.status_code, ready.json()) == (200, expected)
        assert "integral_queue_depth" in httpx.get(f"{address}/metrics").text
        refused = httpx.post(f"{address}/api/v1/transactions", content="{}")
        assert refused.status_code == 401
        assert httpx.post(f"{address}/slack/events", content="x").status_code == 401
        code, log = stopped(process)
    assert code == 0, log
    assert "engine.stopped" in log
    assert "Traceback" not in log
    files = sorted(path.name for path in tmp_path.glob("*.db"))
    assert files == (["empty-engine.db", "empty.db"] if empty_url.startswith("sqlite") else [])
    with serving(tmp_path, "--port", "0", DATABASE_URL=empty_url) as process:
        assert httpx.get(f"{address_of(process)}/readyz").status_code == 200
        code, log = stopped(process)
    assert code == 0, log
    assert '"executor": "slot-0"' in log


@pytest.mark.one_database("a secret is sealed alike on both")
def test_keys_that_open_nothing_that_is_stored_are_refused(
    tmp_path: Path, migrated_template: Path
) -> None:
    url = migrated_sqlite(migrated_template, tmp_path)

    async def store() -> None:
        async with opened(url) as database, database.unit() as unit:
            said = Message(key="m", team_id="T1", channel="C1", text="words", blocks="[]")
            await unit.outbox.put(said, database.clock.now())
            await unit.commit()

    asyncio.run(store())
    others = f"test:{base64.b64encode(b'x' * 32).decode()}"
    with serving(tmp_path, "--port", "0", DATABASE_URL=url, INTEGRAL_SECRET_KEYS=others) as process:
        _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "INTEGRAL_SECRET_KEYS opens nothing that is stored here" in log
    assert "Traceback" not in log


@pytest.mark.one_database("Postgres takes a second process")
def test_a_second_process_on_sqlite_is_refused_with_the_way_on(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "0") as first:
        address_of(first)
        with serving(tmp_path, "--port", "0") as second:
            _, log = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 1
        assert "Another `integral serve` uses this SQLite database" in log
        assert "integral migrate --from" in log
        assert "Traceback" not in log
        assert stopped(first)[0] == 0


@pytest.mark.one_database("Postgres takes parts of a process")
def test_a_part_of_a_process_on_sqlite_is_refused_with_the_way_on(tmp_path: Path) -> None:
    with serving(tmp_path, "--only", "worker") as process:
        _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "leave --only away" in log


@pytest.mark.one_database("SQLite serves one process")
@pytest.mark.long(10)
@pytest.mark.postgres
def test_on_postgres_each_process_holds_a_slot_and_shows_its_health(
    tmp_path: Path, postgres_url: str
) -> None:
    with serving(tmp_path, "--port", "0", DATABASE_URL=postgres_url) as first:
        address_of(first)
        words = ("--only", "worker", "--health-port", "0")
        with serving(tmp_path, *words, DATABASE_URL=postgres_url) as second:
            address = address_of(second)
            ready = httpx.get(f"{address}/readyz")
            assert (ready.status_code, ready.json()["engine"]) == (200, "ok")
            assert 'roles="worker"' in httpx.get(f"{address}/metrics").text
            assert httpx.get(f"{address}/slack/install").status_code == 404
            code, log = stopped(second)
        assert code == 0, log
        assert '"executor": "slot-1"' in log
        assert stopped(first)[0] == 0


def test_a_port_that_is_taken_is_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving(tmp_path, "--port", port) as process:
            _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "choose another" in log
    assert "Traceback" not in log


@pytest.mark.one_database("only a file's engine lies apart from what was restored")
@pytest.mark.long(15)
def test_after_a_restored_backup_the_engine_begins_anew_by_itself(tmp_path: Path) -> None:
    database, backup = tmp_path / ".data" / "integral.db", tmp_path / "backup.db"
    for is_restored in (False, False, True):
        if is_restored:
            shutil.copyfile(backup, database)
        with serving(tmp_path, "--port", "0") as process:
            ready = httpx.get(f"{address_of(process)}/readyz")
            assert ready.status_code == 200
            code, log = stopped(process)
        assert code == 0, log
        assert ("engine.set_aside" in log) == is_restored
        if not backup.exists():
            shutil.copyfile(database, backup)
    (aside,) = database.parent.glob("integral-engine.db.set-aside-*[0-9]")
    assert aside.stat().st_size > 0


@pytest.mark.one_database("a file has no session to lose")
@pytest.mark.long(10)
@pytest.mark.postgres
def test_it_ends_by_itself_when_the_session_of_its_slot_is_lost(
    tmp_path: Path, postgres_url: str
) -> None:
    with serving(tmp_path, "--port", "0", DATABASE_URL=postgres_url) as process:
        address_of(process)
        plain = postgres_url.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'integral locks' and datname = current_database()"
            )
        _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "slot was lost" in log
