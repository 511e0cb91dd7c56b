"""The QuickBooks stand-in put together: routes to mount, and a Python face for tests."""

from datetime import datetime
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router

from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard
from sandbox.gateway import Gateway, RequestLog
from sandbox.oauth_app import App
from sandbox.payload import JsonValue
from sandbox.quickbooks.api import CompanyApi
from sandbox.quickbooks.company import Company, Journal
from sandbox.quickbooks.control import Control
from sandbox.quickbooks.desk import Desk, NewCompany
from sandbox.quickbooks.errors import (
    QuickBooksFault,
    authentication_failed,
    system_failure,
    throttled,
)
from sandbox.quickbooks.grants import Grants
from sandbox.quickbooks.journal_book import JournalBook
from sandbox.quickbooks.limits import Throttle
from sandbox.quickbooks.oauth import OAuthEndpoints
from sandbox.quickbooks.pages import Pages
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import fault_answer
from sandbox.stand_in import StandIn
from sandbox.switchboard import Switchboard

_LOGGED_PARAMETERS = frozenset(
    {"minorversion", "requestid", "query", "include", "operation", "txnId"}
)


class QuickBooksSandbox(StandIn):
    """Intuit's OAuth and QuickBooks Online on loopback, with switches for faults.

    `client_id` and `client_secret` are those of the one app it knows. With `data_file` (SQLite) all
    companies, journals, grants and request keys outlive the process; without, they live in memory.
    """

    def __init__(
        self,
        *,
        clock: SandboxClock,
        client_id: str = "sandbox-quickbooks-client",
        client_secret: str = "sandbox-quickbooks-secret",  # noqa: S107 - stand-in: a made-up secret
        data_file: Path | None = None,
    ) -> None:
        self._clock = clock
        self._state = QuickBooksState(clock, data_file)
        log = RequestLog(clock, parameters=_LOGGED_PARAMETERS)
        self.faults = FaultBoard(clock)
        self.grants = Grants(self._state)
        self._book = JournalBook(self._state)
        self.desk = Desk(state=self._state, book=self._book)
        app = App(client_id=client_id, client_secret=client_secret)
        gateway = self._front_door(app, log)
        super().__init__(gateway=gateway, log=log, store=self._state.store)

    def routes(self) -> list[BaseRoute]:
        """`/quickbooks` (Intuit's addresses) and `/control/quickbooks`, for the root."""
        switchboard = Switchboard(faults=self.faults, log=self._log, counters=self.desk.calls)
        inspector = Control(desk=self.desk, grants=self.grants, switchboard=switchboard)
        return [
            Mount("/control/quickbooks", routes=inspector.routes()),
            Mount("/quickbooks", app=self._gateway),
        ]

    def companies(self) -> list[Company]:
        """The companies it holds."""
        return list(self._state.companies.values())

    def add_company(self, order: NewCompany) -> Company:
        """Make a company with a fresh realm."""
        return self.desk.add_company(order)

    def journals(self, realm: str) -> list[Journal]:
        """A company's journals, oldest first.

        Raises:
            LookupError: there is no such company.
        """
        return self.desk.journals(realm)

    def account_totals(self, realm: str) -> list[JsonValue]:
        """Each account with postings: id, name, and debits and credits as text.

        Raises:
            LookupError: there is no such company.
        """
        return self.desk.account_totals(realm)

    def _front_door(self, app: App, log: RequestLog) -> Gateway:
        pages = Pages(self._state)
        oauth = OAuthEndpoints(app=app, grants=self.grants, state=self._state, pages=pages)
        api = CompanyApi(
            state=self._state, grants=self.grants, book=self._book, throttle=Throttle(self._clock)
        )
        return Gateway(
            Router([*oauth.routes(), *pages.routes(), *api.routes()]),
            clock=self._clock,
            faults=self.faults,
            replies=_Refusals(self._clock),
            log=log,
        )


class _Refusals:
    """Intuit's refusals for the gateway's fault switches, in JSON as every caller here asks for."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def throttled(self) -> Response:
        return _reply(throttled(), self._clock.now())

    def expired_token(self) -> Response:
        return _reply(authentication_failed("Token expired"), self._clock.now())

    def failed(self, status: int) -> Response:
        return _reply(system_failure(status), self._clock.now())


def _reply(fault: QuickBooksFault, now: datetime) -> Response:
    return fault_answer(fault, now, accept="application/json").render("application/json")
