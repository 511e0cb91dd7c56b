"""The ERP as the runner sees it: its process, its control endpoints, and what it holds.

Everything the verdict says about entries comes from here, and of a journal file from its rows.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx

from bot.erp.credentials import OAuthTokens, dump_tokens
from bot.erp.netsuite.credentials import NetSuiteCredentials, dump_credentials
from bot.erp.xero.oauth import REFRESH_LIFE
from ledger.organisation import Provider
from sandbox.copies import Copy
from sandbox.reckoning import Line
from tests.faults.stands import PARENT, REVENUE, STANDS, Json

_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A journal as the ERP holds it."""

    number: str
    day: date
    postings: tuple[Line, ...]
    """Sorted (account id, debit or credit, cents)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The company that a run pushes into."""

    provider: Provider
    external_id: str
    """As our company has it."""
    bank_id: str
    revenue_id: str
    control_id: str = ""
    secret: str = field(default="", repr=False)
    """The credentials as they are stored; none for a journal file."""
    first_request: int = 0
    """The number of the last request before its own."""


class _Ids(dict[str, str]):
    """Names of accounts: their ids."""

    def __missing__(self, key: str) -> str:
        return key


class ErpSide:
    """The control endpoints of the local ERPs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[int, httpx.Client] = {}

    def open_company(self, provider: Provider, name: str, *, is_forgetful: bool) -> Place:
        """Make a company whose requests are not limited, or of NetSuite as documented.

        A forgetful one does not remember its own keys, so that ours must do without.
        """
        if provider is Provider.JOURNAL_FILE:
            return Place(provider=provider, external_id=name, bank_id="1", revenue_id="50")
        stand = STANDS[provider]
        preferences: Json = {"limits": dict(stand.limits)}
        if is_forgetful and stand.memory:
            preferences[stand.memory] = 0
        order = {"name": name, stand.preferences_key: preferences}
        made = self._post(provider, stand.companies, order)
        id_ = str(made[stand.id_key])
        accounts = self._get(provider, f"/{id_}/accounts")["accounts"]
        by_name = {str(account["name"]): str(account["id"]) for account in accounts}
        return Place(
            provider=provider,
            external_id=f"{id_}:{PARENT}" if provider is Provider.NETSUITE else id_,
            control_id=id_,
            bank_id=by_name[stand.bank],
            revenue_id=by_name[REVENUE],
            secret=_five(made) if provider is Provider.NETSUITE else "",
            first_request=self._last_request(provider),
        )

    def sign_in(self, place: Place, *, now: datetime, usable_for: timedelta | None) -> str:
        """Return the credentials to store; tokens are taken for old after the time given."""
        if place.secret or place.provider is Provider.JOURNAL_FILE:
            return place.secret
        pair = self._post(place.provider, f"/{place.control_id}/grant", {})
        life = timedelta(seconds=float(str(pair["expires_in"])))
        named = pair.get("x_refresh_token_expires_in")
        refresh_life = timedelta(seconds=float(str(named))) if named else REFRESH_LIFE
        return dump_tokens(
            OAuthTokens(
                access_token=str(pair["access_token"]),
                refresh_token=str(pair["refresh_token"]),
                access_expires_at=now + (life if usable_for is None else usable_for),
                refresh_expires_at=now + refresh_life,
            )
        )

    def add_fault(self, provider: Provider, order: Json) -> int:
        """Add a fault and return its id; one run at a time uses these ERPs."""
        return int(str(self._post(provider, "/faults", order)["id"]))

    def remove_fault(self, provider: Provider, rule: int) -> None:
        """Take a fault away; requests that hang on it go on."""
        path = f"/control/{provider.value}/faults"
        self._client().delete(path, params={"id": rule}).raise_for_status()

    def journals(self, place: Place) -> list[Held]:
        """Return everything a company holds, oldest first."""
        stand = STANDS[place.provider]
        rows = self._get(place.provider, f"/{place.control_id}/journals")["journals"]
        return [_held(stand.read(row, _Ids())) for row in rows]  # type: ignore[arg-type]

    def requests(self, place: Place, *, after: int | None = None) -> list[dict[str, object]]:
        """Return the company's requests numbered above ``after``."""
        if place.provider is Provider.JOURNAL_FILE:
            return []
        query = {"after": place.first_request if after is None else after}
        return self._get(place.provider, "/requests", query)["requests"]

    def put_clock(self, offset_s: float) -> None:
        """Put the ERPs' clock so many seconds ahead of the machine's, for this run."""
        order = {"offset_s": offset_s}
        self._client().post("/control/clock", json=order).raise_for_status()

    def close(self) -> None:
        """Close this process' own client."""
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _last_request(self, provider: Provider) -> int:
        logged = self._get(provider, "/requests")["requests"]
        return int(str(logged[-1]["seq"])) if logged else 0

    def _get(
        self, provider: Provider, path: str, query: Mapping[str, int] | None = None
    ) -> dict[str, list[dict[str, object]]]:
        address = f"/control/{provider.value}{path}"
        answer = self._client().get(address, params=query).raise_for_status()
        found: dict[str, list[dict[str, object]]] = answer.json()
        return found

    def _post(self, provider: Provider, path: str, content: Mapping[str, object]) -> Json:
        address = f"/control/{provider.value}{path}"
        answer = self._client().post(address, json=content).raise_for_status()
        found: Json = answer.json()
        return found

    def _client(self) -> httpx.Client:
        """Return this process' own client: a forked worker must not share a connection."""
        process = os.getpid()
        if process not in self._clients:
            # Without certificates, which take long to load and plain HTTP has none.
            self._clients[process] = httpx.Client(
                base_url=self.url, timeout=30, trust_env=False, verify=False
            )
        return self._clients[process]


class RequestCounter:
    """Counts a company's requests as they come."""

    def __init__(self, erp: ErpSide, place: Place) -> None:
        self._erp = erp
        self._place = place
        self._last = place.first_request
        self._count = 0

    def look(self) -> int:
        """Return how many requests have been met so far."""
        for row in self._erp.requests(self._place, after=self._last):
            self._last = int(str(row["seq"]))
            self._count += 1
        return self._count


def creations(place: Place, requests: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Count the creations that may have been carried out, by the ERP's own key where it has one."""
    stand = STANDS[place.provider]
    end = stand.creation["path"].removesuffix("$")
    counted: defaultdict[str, int] = defaultdict(int)
    for row in requests:
        is_creation = row["method"] == stand.creation["method"] and str(row["path"]).endswith(end)
        # An access token that is refused is renewed, and the request sent once more.
        if not is_creation or row["status"] == httpx.codes.UNAUTHORIZED:
            continue
        parameters = row["parameters"]
        assert isinstance(parameters, dict)
        counted[str(parameters.get(stand.key_parameter, ""))] += 1
    return counted


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
            with closing(ErpSide(process.stdout.readline().strip())) as erp:
                yield erp
        finally:
            process.stdin.close()


def _held(copy: Copy) -> Held:
    return Held(number=copy.number, day=copy.day, postings=tuple(sorted(copy.lines)))


def _five(made: Json) -> str:
    return dump_credentials(NetSuiteCredentials(**{k: str(v) for k, v in made.items()}))
