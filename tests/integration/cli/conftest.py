"""The command line in a folder, an environment and a database of this test's own."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.commands import app
from bot.erp.credentials import OAuthTokens
from bot.settings import Settings
from storage.database import Database
from tests.support.databases import SECRET_KEYS, START, SettableClock, opened
from tests.support.office import Office, office_for, open_office

NAMES = [name.upper() for name in Settings.model_fields]


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """A terminal in an empty folder."""

    folder: Path
    url: str
    monkeypatch: pytest.MonkeyPatch

    def run(self, *words: str) -> Result:
        """Run a command to its end."""
        return CliRunner().invoke(app, words)

    def json(self, *words: str) -> Any:
        """Run a command that must succeed, and read the JSON that it prints."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def file(self, name: str, text: str) -> str:
        """Write a file and return its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def stored(self, work: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:
        """Do something with the database that the commands use."""

        async def inside() -> Any:
            async with opened(self.url, SettableClock()) as database:
                return await work(database)

        return asyncio.run(inside())


@pytest.fixture
def bare_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal without any setting."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Terminal(
        folder=tmp_path,
        url=f"sqlite:///{tmp_path}/.data/integral.db",
        monkeypatch=monkeypatch,
    )


@pytest.fixture
def terminal(bare_terminal: Terminal, database_url: str) -> Terminal:
    """A terminal with keys and a migrated database."""
    bare_terminal.monkeypatch.setenv("DATABASE_URL", database_url)
    bare_terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", SECRET_KEYS)
    bare_terminal.monkeypatch.setenv("USER", "ada")
    return Terminal(
        folder=bare_terminal.folder, url=database_url, monkeypatch=bare_terminal.monkeypatch
    )


@pytest.fixture
def office(terminal: Terminal) -> Office:
    """An organisation, *Acme 1001*, that is ready to push into a company nobody can reach."""
    made = office_for("1001", now=START)
    tokens = OAuthTokens(
        access_token="a", refresh_token="r", access_expires_at=START, refresh_expires_at=START
    )

    async def store(database: Database) -> None:
        await open_office(database, made, tokens)

    terminal.stored(store)
    return made
