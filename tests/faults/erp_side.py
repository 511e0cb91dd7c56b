"""QuickBooks as the runner sees it: the process, its control endpoints, and what it holds.

Everything the verdict says about entries comes from here and from nowhere else.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx

from bot.erp.credentials import OAuthTokens

_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A journal as QuickBooks holds it."""

    id: str
    number: str
    day: date
    postings: tuple[tuple[str, str, Decimal], ...]
    """Sorted (account id, Debit or Credit, amount)."""


class ErpSide:
    """QuickBooks' control endpoints."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[int, httpx.Client] = {}

    def new_company(self, name: str) -> str:
        """Make a company without request limits and return its realm."""
        order = {"name": name, "preferences": {"limits": {"enabled": False}}}
        return str(self._post("/companies", order)["realm"])

    def grant(self, realm: str, *, now: datetime) -> OAuthTokens:
        """Issue tokens, whose lives count from the given moment."""
        pair = self._post(f"/{realm}/grant", {})
        return OAuthTokens(
            access_token=str(pair["access_token"]),
            refresh_token=str(pair["refresh_token"]),
            access_expires_at=now + timedelta(seconds=float(str(pair["expires_in"]))),
            refresh_expires_at=now
            + timedelta(seconds=float(str(pair["x_refresh_token_expires_in"]))),
        )

    def add_fault(self, realm: str, order: Mapping[str, object]) -> int:
        """Add a fault for one company and return its id."""
        match = order.get("match")
        assert isinstance(match, Mapping)
        rule = self._post("/faults", {**order, "match": {**match, "realm": realm}})
        return int(str(rule["id"]))

    def remove_fault(self, rule: int) -> None:
        """Take a fault away; requests that hang on it go on."""
        self._client().delete("/faults", params={"id": rule}).raise_for_status()

    def journals(self, realm: str) -> list[Held]:
        """Return everything a company holds, oldest first."""
        return [_held(row) for row in self._get(f"/{realm}/journals")["journals"]]

    def requests(self, realm: str, *, after: int = 0) -> list[dict[str, object]]:
        """Return a company's requests numbered above ``after``."""
        logged = self._get("/requests", {"after": after})["requests"]
        return [row for row in logged if realm in str(row["path"]).split("/")]

    def _get(
        self, path: str, query: Mapping[str, int] | None = None
    ) -> dict[str, list[dict[str, object]]]:
        answer = self._client().get(path, params=query).raise_for_status()
        found: dict[str, list[dict[str, object]]] = answer.json()
        return found

    def _post(self, path: str, content: Mapping[str, object]) -> dict[str, object]:
        answer = self._client().post(path, json=content).raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def _client(self) -> httpx.Client:
        """Return this process' own client: a forked worker must not share a connection."""
        process = os.getpid()
        if process not in self._clients:
            # Without certificates, which take long to load and plain HTTP has none.
            self._clients[process] = httpx.Client(
                base_url=f"{self.url}/control/quickbooks",
                timeout=30,
                trust_env=False,
                verify=False,
            )
        return self._clients[process]


class RequestCounter:
    """Counts a company's requests as they come."""

    def __init__(self, erp: ErpSide, realm: str) -> None:
        self._erp = erp
        self._realm = realm
        self._last = 0
        self._count = 0

    def look(self) -> int:
        """Return how many requests have been met so far."""
        for row in self._erp.requests(self._realm, after=self._last):
            self._last = int(str(row["seq"]))
            self._count += 1
        return self._count


@contextmanager
def running_erp() -> Iterator[ErpSide]:
    """Start the process for the length of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.erp_process"],
        cwd=_PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield ErpSide(process.stdout.readline().strip())
        finally:
            process.stdin.close()


def _held(row: Mapping[str, object]) -> Held:
    return Held(
        id=str(row["Id"]),
        number=str(row.get("DocNumber", "")),
        day=date.fromisoformat(str(row["TxnDate"])),
        postings=tuple(sorted(_postings(row))),
    )


def _postings(row: Mapping[str, object]) -> Iterator[tuple[str, str, Decimal]]:
    lines = row["Line"]
    assert isinstance(lines, list)
    for line in lines:
        detail = line["JournalEntryLineDetail"]
        amount = Decimal(str(line["Amount"]))
        yield detail["AccountRef"]["value"], detail["PostingType"], amount
