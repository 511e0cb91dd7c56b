"""What a command loads before it does anything: users wait for it each time."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OF_SOME_COMMANDS = {
    "aiohttp",
    "alembic",
    "apscheduler",
    "authlib",
    "dbos",
    "httpx",
    "jinja2",
    "joserfc",
    "openpyxl",
    "psycopg",
    "rapidfuzz",
    "slack_bolt",
    "slack_sdk",
    "starlette",
}
LOADS = """
import gc, sys
from bot.cli.loading import begin_loading, loaded
loaded()
assert gc.isenabled() and not gc.get_freeze_count()
begin_loading()
import bot.cli.commands
print(*sys.modules)
import bot.wiring.ground, bot.wiring.rights
assert not gc.isenabled()
loaded()
assert gc.isenabled() and gc.get_freeze_count()
print(*sys.modules)
"""


def test_commands_load_what_they_need_alone_and_collect_garbage_again_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    by_the_list, by_the_database = (set(line.split()) for line in done.stdout.splitlines())
    assert not by_the_list & (OF_SOME_COMMANDS | {"pydantic", "sqlalchemy"})
    assert not by_the_database & OF_SOME_COMMANDS
