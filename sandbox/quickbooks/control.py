"""The QuickBooks stand-in's control endpoints: what people do in QuickBooks, and the switches.

JSON on this machine only, below `/control/quickbooks`; for the inspector page, the tests and the
fault runner. Nothing here is part of Intuit's API.
"""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.local import control, json_reply
from sandbox.payload import read_json
from sandbox.quickbooks.desk import Desk, NewCompany
from sandbox.quickbooks.errors import QuickBooksFault
from sandbox.quickbooks.grants import Grants
from sandbox.record_changes import changed
from sandbox.switchboard import Switchboard

_LISTS = ("accounts", "customers", "vendors", "classes", "departments")


class _Plain(BaseModel):
    """The company's own fields that may be changed after it was made."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    home_currency: str | None = None
    foreign_currencies: tuple[str, ...] | None = None
    fiscal_year_start: str | None = None


class Control:
    """The endpoints; what they do is `Desk`'s."""

    def __init__(self, *, desk: Desk, grants: Grants, switchboard: Switchboard) -> None:
        self._desk = desk
        self._grants = grants
        self._switchboard = switchboard

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/control/quickbooks`."""
        return [
            Route("/companies", control(self.companies), methods=["GET"]),
            Route("/companies", control(self.add_company), methods=["POST"]),
            *self._switchboard.routes(),
            Route("/grants/{realm}/{ending}", control(self.end_grant), methods=["POST"]),
            Route("/{realm}/grant", control(self.grant), methods=["POST"]),
            Route("/{realm}/journals", control(self.journals), methods=["GET"]),
            Route("/{realm}/journals", control(self.type_journal), methods=["POST"]),
            Route("/{realm}/journals/{id}", control(self.edit_journal), methods=["PATCH"]),
            Route("/{realm}/journals/{id}", control(self.delete_journal), methods=["DELETE"]),
            Route("/{realm}/totals", control(self.totals), methods=["GET"]),
            Route("/{realm}/accounts", control(self.accounts), methods=["GET"]),
            Route("/{realm}/settings", control(self.change_settings), methods=["POST"]),
        ]

    async def companies(self, _request: Request) -> Response:
        """All companies, without their lists."""
        return json_reply({"companies": self._desk.companies()})

    async def add_company(self, request: Request) -> Response:
        """Make a company; the reply has its realm."""
        order = NewCompany.model_validate(read_json(await request.body()))
        return json_reply({"realm": self._desk.add_company(order).realm}, 201)

    async def grant(self, request: Request) -> Response:
        """Issue tokens without the login page, replacing the company's grant."""
        company = self._desk.company(request.path_params["realm"])
        return json_reply(self._grants.begin(company.realm).as_json(with_hard_end=True), 201)

    async def end_grant(self, request: Request) -> Response:
        """Expire the access tokens or the refresh token, or revoke the grant."""
        endings = {
            "expire-access": self._grants.expire_access,
            "expire-refresh": self._grants.expire_refresh,
            "revoke": self._grants.end,
        }
        endings[request.path_params["ending"]](request.path_params["realm"])
        return json_reply({"ok": True})

    async def journals(self, request: Request) -> Response:
        """The company's journals, and those that were deleted, as they last stood."""
        return json_reply(self._desk.books(request.path_params["realm"]))

    async def type_journal(self, request: Request) -> Response:
        """Enter a journal as if typed in QuickBooks; a refusal has Intuit's fault as its body."""
        return await self._by_hand(request, "create")

    async def edit_journal(self, request: Request) -> Response:
        """Change the given properties of a journal as if in QuickBooks."""
        return await self._by_hand(request, "update")

    async def delete_journal(self, request: Request) -> Response:
        """Delete a journal as if in QuickBooks."""
        return await self._by_hand(request, "delete")

    async def totals(self, request: Request) -> Response:
        """Debits and credits of each account that has any, as text, in the journals' currencies."""
        return json_reply({"totals": self._desk.account_totals(request.path_params["realm"])})

    async def accounts(self, request: Request) -> Response:
        """The company's chart of accounts, in the order in which it was made."""
        company = self._desk.company(request.path_params["realm"])
        return json_reply({"accounts": [it.model_dump() for it in company.accounts.values()]})

    async def change_settings(self, request: Request) -> Response:
        """Change settings, plain fields, or members of the company's lists by id."""
        payload = read_json(await request.body())
        company = self._desk.company(request.path_params["realm"])
        self._desk.replace(changed(company, payload, lists=_LISTS, plain=_Plain))
        return json_reply(self._desk.describe(company.realm))

    async def _by_hand(self, request: Request, operation: str) -> Response:
        realm, id_ = request.path_params["realm"], request.path_params.get("id")
        payload = {} if operation == "delete" else read_json(await request.body())
        try:
            entry = self._desk.change_journal(realm, operation, payload=payload, id_=id_)
        except QuickBooksFault as fault:
            return json_reply(fault.body(), fault.status)
        return json_reply({"JournalEntry": entry}, 201 if operation == "create" else 200)
