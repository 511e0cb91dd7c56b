"""The file `.env`: written readable by its owner only, filled in, and never robbed of a secret.

It must not print a value.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

ENV_FILE = Path(".env")
_KEY_BYTES = 32
_OWNER_ONLY = 0o600
_NEW = """INTEGRAL_SECRET_KEYS=
# The line above encrypts stored secrets. Keep a copy of it apart from the database and its backups.
# Every other setting, with its default: .env.example

# The https address at which Slack and the ERPs' login pages reach this bot, without a path.
PUBLIC_URL=
# Slack app > Basic Information > App Credentials > Signing Secret.
SLACK_SIGNING_SECRET=
# Slack app > OAuth & Permissions > Bot User OAuth Token (xoxb-...), after installing the app.
SLACK_BOT_TOKEN=

# The app of Intuit's developer portal > Keys & credentials. Development keys: environment sandbox.
QUICKBOOKS_CLIENT_ID=
QUICKBOOKS_CLIENT_SECRET=
QUICKBOOKS_ENVIRONMENT=production
# The app of Xero's developer portal > Configuration.
XERO_CLIENT_ID=
XERO_CLIENT_SECRET=
# NetSuite needs nothing here: its tokens are entered in Slack, per company.
"""


def new_key() -> str:
    """Make a key that encrypts, as ``INTEGRAL_SECRET_KEYS`` lists it."""
    return f"k1:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


class EnvFile:
    """One `.env`, read once and written whole."""

    def __init__(self, path: Path = ENV_FILE) -> None:
        """Read the file, if there is one."""
        self.path = path
        self.is_new = not path.exists()
        self._text = _NEW if self.is_new else path.read_text(encoding="utf-8")

    def value(self, name: str) -> str:
        """Return a setting's value as it stands; empty when it is not there."""
        found = _line(name).search(self._text)
        return found["value"].strip() if found else ""

    def put(self, values: Mapping[str, str]) -> None:
        """Set values and write the file, in one step, for its owner's eyes only."""
        for name, value in values.items():
            line = f"{name}={value}"
            found = _line(name).search(self._text)
            if found:
                before, after = self._text[: found.start()], self._text[found.end() :]
                self._text = f"{before}{line}{after}"
            else:
                self._text = f"{self._text.rstrip()}\n{line}\n"
        beside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self._text)
        beside.replace(self.path)

    def close_to_others(self) -> bool:
        """Take other users' rights away; true when they had some."""
        if not is_open_to_others(self.path):
            return False
        self.path.chmod(_OWNER_ONLY)
        return True


def is_open_to_others(path: Path = ENV_FILE) -> bool:
    """Say whether other users of this machine may read or change the file."""
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _line(name: str) -> re.Pattern[str]:
    return re.compile(rf"^{name}=(?P<value>.*)$", re.MULTILINE)
