"""The NetSuite stand-in put together: routes to mount, and a Python face for tests."""

from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router

from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard
from sandbox.gateway import Gateway, LoggedRequest, RequestLog
from sandbox.netsuite.account import Journal, NetSuiteAccount
from sandbox.netsuite.api import Doorkeeper, NetSuiteApi
from sandbox.netsuite.control import Control
from sandbox.netsuite.credential_desk import CredentialDesk
from sandbox.netsuite.desk import Desk, NewAccount
from sandbox.netsuite.errors import invalid_login, too_many_requests, unexpected
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.journal_book import JournalBook
from sandbox.netsuite.logins import AuditTrail, LoginAttempt
from sandbox.netsuite.oauth2 import ClientCredentials
from sandbox.netsuite.pages import Pages
from sandbox.netsuite.reception import ACCOUNT_HEADER, Reception
from sandbox.netsuite.records import Records
from sandbox.netsuite.state import NetSuiteState
from sandbox.payload import JsonValue
from sandbox.switchboard import Switchboard

_LOGGED_PARAMETERS = frozenset({"limit", "offset", "replace", "expandSubResources", "id"})
_LOGGED_HEADERS = frozenset({ACCOUNT_HEADER, "prefer", "x-netsuite-idempotency-key"})


class NetSuiteSandbox:
    """NetSuite's hosts on loopback, all below `/netsuite`, with switches for faults.

    The realm of a request's Authorization header chooses the account. With `data_file` (SQLite) all
    accounts, journals, credentials and jobs outlive the process; without, they live in memory.
    """

    def __init__(self, *, clock: SandboxClock, data_file: Path | None = None) -> None:
        self._clock = clock
        self._state = NetSuiteState(clock, data_file)
        self._log = RequestLog(clock, parameters=_LOGGED_PARAMETERS, headers=_LOGGED_HEADERS)
        self._trail = AuditTrail(clock)
        self.faults = FaultBoard(clock)
        self._book = JournalBook(self._state)
        self.desk = Desk(state=self._state, book=self._book)
        self.credentials = CredentialDesk(self._state, self.desk)
        self._gateway = self._front_door()

    def routes(self) -> list[BaseRoute]:
        """`/netsuite` (NetSuite's addresses) and `/control/netsuite`, for the root."""
        switchboard = Switchboard(faults=self.faults, log=self._log, counters=self.desk.calls)
        inspector = Control(
            desk=self.desk,
            credentials=self.credentials,
            trail=self._trail,
            switchboard=switchboard,
        )
        return [
            Mount("/control/netsuite", routes=inspector.routes()),
            Mount("/netsuite", app=Reception(self._gateway, self._state)),
        ]

    def accounts(self) -> list[NetSuiteAccount]:
        """The accounts it holds."""
        return list(self._state.accounts.values())

    def add_account(self, order: NewAccount) -> NetSuiteAccount:
        """Make an account with a fresh set of credentials."""
        return self.desk.add_account(order)

    def journals(self, account: str) -> list[Journal]:
        """An account's journals, oldest first.

        Raises:
            LookupError: there is no such account.
        """
        return self.desk.journals(account)

    def account_totals(self, account: str) -> list[JsonValue]:
        """Each ledger account with postings: id, number, name, debits and credits as text.

        Raises:
            LookupError: there is no such account.
        """
        return self.desk.account_totals(account)

    def login_attempts(self, account: str | None = None) -> list[LoginAttempt]:
        """The login audit trail, oldest first."""
        return self._trail.attempts(account)

    def requests(self, after: int = 0) -> list[LoggedRequest]:
        """The requests numbered above `after`, oldest first."""
        return self._log.after(after)

    async def settle(self) -> None:
        """Wait until every late commit has happened."""
        await self._gateway.settle()

    def close(self) -> None:
        """Close the data file."""
        self._state.store.close()

    def _front_door(self) -> Gateway:
        jobs = Jobs(self._state, self._book)
        oauth2 = ClientCredentials(self._state, self._trail)
        api = NetSuiteApi(
            state=self._state,
            doorkeeper=Doorkeeper(self._state, self._trail, oauth2),
            records=Records(self._book, jobs),
            jobs=jobs,
        )
        pages = Pages(self._state, self.credentials)
        return Gateway(
            Router([*oauth2.routes(), *pages.routes(), *api.routes()]),
            clock=self._clock,
            faults=self.faults,
            replies=_Refusals(),
            log=self._log,
            company_header=ACCOUNT_HEADER,
        )


class _Refusals:
    """NetSuite's refusals for the gateway's fault switches."""

    def throttled(self) -> Response:
        return too_many_requests().response()

    def expired_token(self) -> Response:
        return invalid_login().response()

    def failed(self, status: int) -> Response:
        return unexpected(status).response()
