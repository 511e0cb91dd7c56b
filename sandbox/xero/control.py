"""The Xero stand-in's control endpoints: what people do in Xero, and the switches.

JSON on this machine only, below `/control/xero`; for the inspector page, the tests and the fault
runner. Nothing here is part of Xero's API.
"""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.local import control, json_reply
from sandbox.payload import object_at, read_json
from sandbox.record_changes import changed
from sandbox.switchboard import Switchboard
from sandbox.xero.desk import Desk, NewOrganisation
from sandbox.xero.errors import XeroRefusal
from sandbox.xero.grants import DEFAULT_USER, Grants
from sandbox.xero.scopes import ALL_NEEDED

_LISTS = ("accounts", "contacts", "tracking")


class _Plain(BaseModel):
    """The organisation's own fields that may be changed after it was made."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    currency: str | None = None
    country: str | None = None
    timezone: str | None = None
    year_end_day: int | None = None
    year_end_month: int | None = None
    status: str | None = None


class _NewGrant(BaseModel):
    """The order for tokens without the authorize page."""

    model_config = ConfigDict(extra="forbid")

    tenants: list[str]
    email: str = DEFAULT_USER
    scope: str = ALL_NEEDED


class Control:
    """The endpoints; what they do is `Desk`'s."""

    def __init__(self, *, desk: Desk, grants: Grants, switchboard: Switchboard) -> None:
        self._desk = desk
        self._grants = grants
        self._switchboard = switchboard

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/control/xero`; `realm` is a tenant id."""
        return [
            Route("/companies", control(self.companies), methods=["GET"]),
            Route("/companies", control(self.add_companies), methods=["POST"]),
            *self._switchboard.routes(),
            Route("/grants", control(self.grant), methods=["POST"]),
            Route("/grants/{realm}/{ending}", control(self.end_grant), methods=["POST"]),
            Route("/{realm}/grant", control(self.grant_one), methods=["POST"]),
            Route("/{realm}/journals", control(self.journals), methods=["GET"]),
            Route("/{realm}/journals", control(self.type_journal), methods=["POST"]),
            Route("/{realm}/journals/{id}", control(self.edit_journal), methods=["PATCH"]),
            Route("/{realm}/journals/{id}", control(self.take_back), methods=["DELETE"]),
            Route("/{realm}/totals", control(self.totals), methods=["GET"]),
            Route("/{realm}/accounts", control(self.accounts), methods=["GET"]),
            Route("/{realm}/settings", control(self.change_settings), methods=["POST"]),
        ]

    async def companies(self, _request: Request) -> Response:
        """All organisations, without their lists."""
        return json_reply({"companies": self._desk.organisations()})

    async def add_companies(self, request: Request) -> Response:
        """Make one or many organisations; the reply has the tenant ids as `realms`."""
        order = NewOrganisation.model_validate(read_json(await request.body()))
        realms = [made.tenant for made in self._desk.add(order)]
        return json_reply({"realm": realms[0], "realms": realms}, 201)

    async def grant(self, request: Request) -> Response:
        """Issue tokens for several organisations, without the authorize page."""
        order = _NewGrant.model_validate(read_json(await request.body()))
        tenants = [self._desk.organisation(tenant).tenant for tenant in order.tenants]
        tokens = self._grants.begin(tenants, user=order.email, scope=order.scope)
        return json_reply(tokens.as_json(), 201)

    async def grant_one(self, request: Request) -> Response:
        """Issue tokens for one organisation, without the authorize page."""
        tenant = self._desk.organisation(request.path_params["realm"]).tenant
        return json_reply(self._grants.begin([tenant]).as_json(), 201)

    async def end_grant(self, request: Request) -> Response:
        """Expire the tokens that reach an organisation, revoke them, or disconnect it alone."""
        endings = {
            "expire-access": self._grants.expire_access,
            "expire-refresh": self._grants.expire_refresh,
            "revoke": self._grants.end,
            "disconnect": self._grants.drop,
        }
        tenant = self._desk.organisation(request.path_params["realm"]).tenant
        endings[request.path_params["ending"]](tenant)
        return json_reply({"ok": True})

    async def journals(self, request: Request) -> Response:
        """The organisation's journals, and those that were deleted or voided."""
        return json_reply(self._desk.books(request.path_params["realm"]))

    async def type_journal(self, request: Request) -> Response:
        """Enter a journal as if typed in Xero; a refusal has Xero's as its body."""
        return await self._by_hand(request, 201)

    async def edit_journal(self, request: Request) -> Response:
        """Change the given properties of a journal as if in Xero."""
        return await self._by_hand(request, 200)

    async def take_back(self, request: Request) -> Response:
        """Delete a draft or void a posted journal as if in Xero."""
        realm, id_ = request.path_params["realm"], request.path_params["id"]
        try:
            written = self._desk.take_back(realm, id_)
        except XeroRefusal as refusal:
            return json_reply(refusal.body or {}, refusal.status)
        return json_reply({"ManualJournal": written})

    async def totals(self, request: Request) -> Response:
        """Debits and credits of each account in posted journals, as text, in base currency."""
        return json_reply({"totals": self._desk.account_totals(request.path_params["realm"])})

    async def accounts(self, request: Request) -> Response:
        """The organisation's chart of accounts, in the order in which it was made."""
        organisation = self._desk.organisation(request.path_params["realm"])
        chart = [it.model_dump(mode="json") for it in organisation.accounts.values()]
        return json_reply({"accounts": chart})

    async def change_settings(self, request: Request) -> Response:
        """Change settings, plain fields, or members of the organisation's lists by id."""
        payload = read_json(await request.body())
        organisation = self._desk.organisation(request.path_params["realm"])
        replaced = changed(organisation, payload, lists=_LISTS, plain=_Plain)
        self._desk.replace(replaced, changed_accounts=list(object_at(payload, "accounts")))
        return json_reply(self._desk.describe(organisation.tenant))

    async def _by_hand(self, request: Request, status: int) -> Response:
        realm, id_ = request.path_params["realm"], request.path_params.get("id")
        payload = read_json(await request.body())
        try:
            written = self._desk.write_journal(realm, payload, id_=id_)
        except XeroRefusal as refusal:
            return json_reply(refusal.body or {}, refusal.status)
        return json_reply({"ManualJournal": written}, status)
