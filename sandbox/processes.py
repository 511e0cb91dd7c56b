"""The bot as the demo runs it: the product's own command line in a process of its own.

Settings go by the environment, as anywhere else; only addresses and the clock are the sandbox's.
It must not import the product.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.server import BOT_TOKEN, SIGNING_SECRET

DATABASE_URL = "DEMO_DATABASE_URL"
"""Names an empty database for the demo to use instead of its own file."""
READY_WITHIN_S = 60.0
_STOPS_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.1
_TAIL_LINES = 30
_ANSWERS_WITHIN_S = 60
_HANDED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "TZ")
_ROOT = Path(__file__).resolve().parent.parent


class BotError(Exception):
    """The bot did not start, ended by itself, or refused a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the demo's two halves listen, and where the bot keeps its data."""

    sandbox: str
    """Its address, without a closing slash."""
    bot_port: int
    folder: Path

    @property
    def bot(self) -> str:
        """The bot's address."""
        return f"http://127.0.0.1:{self.bot_port}"

    @property
    def log(self) -> Path:
        """Where the bot's output goes."""
        return self.folder / "integral.log"


class Bot:
    """The product's command line with the sandbox's settings."""

    def __init__(self, place: Place) -> None:
        self.place = place
        place.folder.mkdir(parents=True, exist_ok=True)
        self._environment = _environment(place)

    def asks(self, *arguments: str) -> dict[str, object]:
        """Run a command that prints a JSON object.

        Raises:
            BotError: it refused, with what it said.
        """
        try:
            run = self._run(*arguments, "--json")
        except subprocess.TimeoutExpired as error:
            seconds = f"{_ANSWERS_WITHIN_S} seconds"
            raise BotError(f"integral {arguments[0]} took longer than {seconds}") from error
        if run.returncode:
            raise BotError(f"integral {' '.join(arguments)}: {run.stderr.strip()[-800:]}")
        answer = json.loads(run.stdout)
        if not isinstance(answer, dict):
            raise BotError(f"integral {' '.join(arguments)} printed no JSON object")
        return answer

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "bot.cli", *arguments],
            env=self._environment,
            cwd=self.place.folder,
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
        )

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run `integral serve` for a block, ready when the block begins.

        Raises:
            BotError: it did not get ready, with the end of its log.
        """
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(self.place.bot_port)]
        with self.place.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                env=self._environment,
                cwd=self.place.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # An interrupt at the terminal is for the demo, which then stops the bot in order.
                start_new_session=True,
            )
        try:
            self._wait_until_ready(process)
            yield process
        finally:
            _stop(process)

    def tail(self) -> str:
        """The end of the log."""
        try:
            lines = self.place.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-_TAIL_LINES:])

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + READY_WITHIN_S
        # One client for every look: making one takes longer than a look does.
        with httpx.Client(timeout=2, trust_env=False) as http:
            while time.monotonic() < end:
                if process.poll() is not None:
                    raise BotError(f"The bot ended while it started. Its log ends:\n{self.tail()}")
                if _answers(http, f"{self.place.bot}/readyz"):
                    return
                time.sleep(_LOOK_EVERY_S)
        raise BotError(
            f"The bot was not ready after {READY_WITHIN_S:.0f} seconds. Its log ends:\n"
            f"{self.tail()}"
        )


def _answers(http: httpx.Client, address: str) -> bool:
    try:
        return http.get(address).is_success
    except httpx.HTTPError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Have the bot end in order, and end it when it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_STOPS_WITHIN_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _environment(place: Place) -> dict[str, str]:
    """The bot's whole environment: settings of a `.env` or of the shell must not leak in."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    quickbooks = f"{place.sandbox}/quickbooks"
    settings: Mapping[str, str] = {
        "DATABASE_URL": os.environ.get(DATABASE_URL)
        or f"sqlite+aiosqlite:///{place.folder.resolve() / 'integral.db'}",
        "INTEGRAL_SECRET_KEYS": _secret_keys(place.folder),
        # By its name: Xero takes no number for this machine.
        "PUBLIC_URL": f"http://localhost:{place.bot_port}",
        "LOG_LEVEL": "INFO",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"{place.sandbox}/api/",
        "SLACK_AUTHORIZE_URL": f"{place.sandbox}/oauth/v2/authorize",
        "SLACK_FILES_URL": place.sandbox,
        "QUICKBOOKS_CLIENT_ID": "sandbox-quickbooks-client",
        "QUICKBOOKS_CLIENT_SECRET": "sandbox-quickbooks-secret",
        "QUICKBOOKS_ENVIRONMENT": "sandbox",
        "QUICKBOOKS_API_URL": quickbooks,
        "QUICKBOOKS_AUTHORIZE_URL": f"{quickbooks}/connect/oauth2",
        "QUICKBOOKS_TOKEN_URL": f"{quickbooks}/oauth2/v1/tokens/bearer",
        "QUICKBOOKS_REVOKE_URL": f"{quickbooks}/v2/oauth2/tokens/revoke",
        "QUICKBOOKS_APP_URL": quickbooks,
        # Above the three seconds in which one claim of entries leaves at the documented pace.
        "QUICKBOOKS_SETTLE_S": "8",
        "XERO_CLIENT_ID": "sandbox-xero-client",
        "XERO_CLIENT_SECRET": "sandbox-xero-secret",
        "XERO_API_URL": f"{place.sandbox}/xero",
        "XERO_AUTHORIZE_URL": f"{place.sandbox}/xero/identity/connect/authorize",
        "XERO_IDENTITY_URL": f"{place.sandbox}/xero",
        "XERO_APP_URL": f"{place.sandbox}/xero/app",
        "XERO_SETTLE_S": "8",
        "NETSUITE_API_URL": f"{place.sandbox}/netsuite",
        "NETSUITE_APP_URL": f"{place.sandbox}/netsuite/app",
        "NETSUITE_SETTLE_S": "8",
        "INTEGRAL_CLOCK_URL": f"{place.sandbox}/control/clock",
    }
    return {**kept, **settings, "PYTHONPATH": str(_ROOT)}


def _secret_keys(folder: Path) -> str:
    """The keys of this folder's database, made once and readable by its owner only."""
    file = folder / "secret_keys"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"demo:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    return file.read_text().strip()
