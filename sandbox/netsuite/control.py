"""The NetSuite stand-in's control endpoints: what administrators do there, and the switches.

JSON on this machine only, below `/control/netsuite`; for the inspector page, the tests and the
fault runner. Nothing here is part of NetSuite's API.
"""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.local import ControlEndpoint, control, json_reply
from sandbox.netsuite.credential_desk import CredentialDesk
from sandbox.netsuite.desk import Desk, NewAccount, NewTransaction
from sandbox.netsuite.errors import NetSuiteError
from sandbox.netsuite.job import Operation
from sandbox.netsuite.logins import AuditTrail
from sandbox.payload import JsonValue, read_json, text_at
from sandbox.record_changes import changed
from sandbox.switchboard import Switchboard

_LISTS = (
    "currencies",
    "subsidiaries",
    "accounts",
    "customers",
    "vendors",
    "employees",
    "departments",
    "classes",
    "locations",
    "segments",
    "periods",
)


class _Plain(BaseModel):
    """The account's own fields that may be changed after it was made."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    base_currency: str | None = None
    time_zone: str | None = None


class Control:
    """The endpoints; what they do is `Desk`'s."""

    def __init__(
        self,
        *,
        desk: Desk,
        credentials: CredentialDesk,
        trail: AuditTrail,
        switchboard: Switchboard,
    ) -> None:
        self._desk = desk
        self._credentials = credentials
        self._trail = trail
        self._switchboard = switchboard

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/control/netsuite`; `{id}` is an account in either spelling."""
        return [
            *self._switchboard.routes(),
            _route("GET", "/accounts", self.accounts),
            _route("POST", "/accounts", self.add_account),
            _route("GET", "/login-audit", self.login_audit),
            _route("POST", "/unlock", self.unlock),
            _route("POST", "/{id}/settings", self.change_settings),
            _route("GET", "/{id}/accounts", self.chart),
            _route("GET", "/{id}/login-audit", self.login_audit),
            _route("GET", "/{id}/journals", self.journals),
            _route("POST", "/{id}/journals", self.type_journal),
            _route("PATCH", "/{id}/journals/{journal}", self.edit_journal),
            _route("DELETE", "/{id}/journals/{journal}", self.delete_journal),
            _route("POST", "/{id}/transactions", self.add_transaction),
            _route("GET", "/{id}/totals", self.totals),
            *self._credential_routes(),
        ]

    def _credential_routes(self) -> list[BaseRoute]:
        return [
            _route("GET", "/{id}/credentials", self.credentials),
            _route("POST", "/{id}/credentials", self.issue),
            _route("POST", "/{id}/tokens/{token}/rotate", self.rotate),
            _route("POST", "/{id}/tokens/{token}/revoke", self.revoke),
            _route("POST", "/{id}/roles/{role}", self.change_role),
            _route("POST", "/{id}/certificates", self.add_certificate),
            _route("POST", "/{id}/certificates/{certificate}/revoke", self.revoke_certificate),
        ]

    async def accounts(self, _request: Request) -> Response:
        """All accounts, without their lists."""
        return json_reply({"accounts": self._desk.accounts()})

    async def add_account(self, request: Request) -> Response:
        """Make an account; the reply has its five credentials."""
        order = NewAccount.model_validate(read_json(await request.body()))
        account = self._desk.add_account(order)
        return json_reply(self._credentials.in_force(account.id)[-1].as_json(), 201)

    async def change_settings(self, request: Request) -> Response:
        """Change settings, plain fields, or members of the account's lists by id."""
        account = self._desk.account(request.path_params["id"])
        payload = read_json(await request.body())
        self._desk.replace(changed(account, payload, lists=_LISTS, plain=_Plain))
        return json_reply(self._desk.describe(account.id))

    async def chart(self, request: Request) -> Response:
        """The account's chart of accounts, in the order in which it was made."""
        account = self._desk.account(request.path_params["id"])
        rows: list[JsonValue] = [it.model_dump(mode="json") for it in account.accounts.values()]
        return json_reply({"accounts": rows})

    async def login_audit(self, request: Request) -> Response:
        """The login audit trail of an account, or of all."""
        id_ = request.path_params.get("id")
        account = None if id_ is None else self._desk.account(id_).id
        rows: list[JsonValue] = [it.as_json() for it in self._trail.attempts(account)]
        return json_reply({"attempts": rows})

    async def unlock(self, _request: Request) -> Response:
        """Let everybody who is locked out try again."""
        self._trail.unlock()
        return json_reply({"ok": True})

    async def journals(self, request: Request) -> Response:
        """The account's journals, and those that were deleted, as they last stood."""
        return json_reply(self._desk.books(request.path_params["id"]))

    async def type_journal(self, request: Request) -> Response:
        """Enter a journal as if typed in NetSuite; a refusal has NetSuite's error as its body."""
        return await self._by_hand(request, "create")

    async def edit_journal(self, request: Request) -> Response:
        """Change the given properties of a journal as if in NetSuite; approving is one of them."""
        return await self._by_hand(request, "update")

    async def delete_journal(self, request: Request) -> Response:
        """Delete a journal as if in NetSuite."""
        return await self._by_hand(request, "delete")

    async def add_transaction(self, request: Request) -> Response:
        """Add a transaction of another type, which may hold an external id."""
        order = NewTransaction.model_validate(read_json(await request.body()))
        made = self._desk.add_transaction(request.path_params["id"], order)
        return json_reply(made.model_dump(mode="json"), 201)

    async def totals(self, request: Request) -> Response:
        """Debits and credits of each ledger account that has any, as text, in base currency."""
        return json_reply({"totals": self._desk.account_totals(request.path_params["id"])})

    async def credentials(self, request: Request) -> Response:
        """The sets of five in force, the newest last."""
        sets: list[JsonValue] = [
            dict(five.as_json()) for five in self._credentials.in_force(request.path_params["id"])
        ]
        return json_reply({"credentials": sets})

    async def issue(self, request: Request) -> Response:
        """Issue a fresh set of five."""
        return json_reply(self._credentials.issue(request.path_params["id"]).as_json(), 201)

    async def rotate(self, request: Request) -> Response:
        """Revoke a token and issue its successor."""
        path = request.path_params
        return json_reply(self._credentials.rotate(path["id"], path["token"]).as_json(), 201)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token."""
        self._credentials.revoke(request.path_params["id"], request.path_params["token"])
        return json_reply({"ok": True})

    async def change_role(self, request: Request) -> Response:
        """Set the given permissions of a role."""
        path = request.path_params
        levels = {name: str(level) for name, level in read_json(await request.body()).items()}
        return json_reply(self._credentials.change_role(path["id"], path["role"], levels))

    async def add_certificate(self, request: Request) -> Response:
        """Map the certificate in `public_key` (PEM), or make a pair and hand out both."""
        public_key = text_at(read_json(await request.body() or b"{}"), "public_key")
        return json_reply(
            self._credentials.add_certificate(request.path_params["id"], public_key), 201
        )

    async def revoke_certificate(self, request: Request) -> Response:
        """Revoke a certificate."""
        path = request.path_params
        self._credentials.revoke_certificate(path["id"], path["certificate"])
        return json_reply({"ok": True})

    async def _by_hand(self, request: Request, operation: Operation) -> Response:
        path = request.path_params
        payload = {} if operation == "delete" else read_json(await request.body())
        try:
            journal = self._desk.change_journal(
                path["id"], operation, payload=payload, journal=path.get("journal")
            )
        except NetSuiteError as error:
            return json_reply(error.body(), error.status)
        return json_reply({"journalEntry": journal}, 201 if operation == "create" else 200)


def _route(method: str, path: str, endpoint: ControlEndpoint) -> Route:
    return Route(path, control(endpoint), methods=[method])
