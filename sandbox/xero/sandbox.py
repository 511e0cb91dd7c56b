"""The Xero stand-in put together: routes to mount, and a Python face for tests."""

from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router

from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard
from sandbox.gateway import Gateway, RequestLog
from sandbox.oauth_app import App
from sandbox.payload import JsonValue
from sandbox.stand_in import StandIn
from sandbox.switchboard import Switchboard
from sandbox.xero.api import TENANT_HEADER, AccountingApi
from sandbox.xero.connections import ConnectionsApi
from sandbox.xero.control import Control
from sandbox.xero.desk import Desk, NewOrganisation
from sandbox.xero.errors import XeroRefusal, rate_limited, server_failure, token_expired
from sandbox.xero.grants import Grants
from sandbox.xero.journal_book import JournalBook
from sandbox.xero.limits import Throttle
from sandbox.xero.oauth import OAuthEndpoints
from sandbox.xero.organisation import Journal, Organisation
from sandbox.xero.pages import Pages
from sandbox.xero.state import XeroState
from sandbox.xero.wire import refusal_answer

_LOGGED_PARAMETERS = frozenset(
    {"where", "order", "page", "pageSize", "summarizeErrors", "includeArchived", "summaryOnly"}
)
_LOGGED_HEADERS = frozenset({TENANT_HEADER, "idempotency-key", "if-modified-since"})


class XeroSandbox(StandIn):
    """Xero's identity, connections and Accounting API on loopback, with switches for faults.

    `client_id` and `client_secret` are those of the one app it knows. With `data_file` (SQLite) all
    organisations, journals, grants and idempotency keys outlive the process; without, they live in
    memory.
    """

    def __init__(
        self,
        *,
        clock: SandboxClock,
        client_id: str = "sandbox-xero-client",
        client_secret: str = "sandbox-xero-secret",  # noqa: S107 - stand-in: a made-up secret
        data_file: Path | None = None,
    ) -> None:
        self._clock = clock
        self._state = XeroState(clock, data_file)
        log = RequestLog(clock, parameters=_LOGGED_PARAMETERS, headers=_LOGGED_HEADERS)
        self.faults = FaultBoard(clock)
        self.grants = Grants(self._state, client_id=client_id)
        self._book = JournalBook(self._state)
        self.desk = Desk(state=self._state, book=self._book)
        app = App(client_id=client_id, client_secret=client_secret)
        gateway = self._front_door(app, log)
        super().__init__(gateway=gateway, log=log, store=self._state.store)

    def routes(self) -> list[BaseRoute]:
        """`/xero` (Xero's addresses) and `/control/xero`, for the root."""
        switchboard = Switchboard(faults=self.faults, log=self._log, counters=self.desk.usage)
        inspector = Control(desk=self.desk, grants=self.grants, switchboard=switchboard)
        return [
            Mount("/control/xero", routes=inspector.routes()),
            Mount("/xero", app=self._gateway),
        ]

    def organisations(self) -> list[Organisation]:
        """The organisations it holds."""
        return list(self._state.organisations.values())

    def add_organisations(self, order: NewOrganisation) -> list[Organisation]:
        """Make one or many organisations with fresh tenant ids."""
        return self.desk.add(order)

    def journals(self, tenant: str) -> list[Journal]:
        """An organisation's journals, drafts too, oldest first; not those deleted or voided.

        Raises:
            LookupError: there is no such organisation.
        """
        return self.desk.journals(tenant)

    def account_totals(self, tenant: str) -> list[JsonValue]:
        """Each account in posted journals: id, name, and debits and credits as text.

        Raises:
            LookupError: there is no such organisation.
        """
        return self.desk.account_totals(tenant)

    def _front_door(self, app: App, log: RequestLog) -> Gateway:
        pages = Pages(self._state)
        oauth = OAuthEndpoints(app=app, grants=self.grants, state=self._state, pages=pages)
        connections = ConnectionsApi(state=self._state, grants=self.grants)
        api = AccountingApi(
            state=self._state, grants=self.grants, book=self._book, throttle=Throttle(self._clock)
        )
        routes = [*oauth.routes(), *connections.routes(), *pages.routes(), *api.routes()]
        return Gateway(
            Router(routes),
            clock=self._clock,
            faults=self.faults,
            replies=_Refusals(self._clock),
            log=log,
            company_header=TENANT_HEADER,
        )


class _Refusals:
    """Xero's refusals for the gateway's fault switches, in JSON as every caller here asks for."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def throttled(self) -> Response:
        return _reply(rate_limited("minute", {"X-MinLimit-Remaining": "0", "Retry-After": "60"}))

    def expired_token(self) -> Response:
        return _reply(token_expired(self._clock.now()))

    def failed(self, status: int) -> Response:
        return _reply(server_failure(status))


def _reply(refusal: XeroRefusal) -> Response:
    return refusal_answer(refusal).render("application/json")
