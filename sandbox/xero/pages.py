"""The pages a person sees: choosing organisations, reading a journal, and a plain refusal."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.screens import Screens
from sandbox.xero.grants import DEFAULT_USER
from sandbox.xero.organisation import Organisation
from sandbox.xero.state import XeroState
from sandbox.xero.wire import account_class

if TYPE_CHECKING:
    from sandbox.xero.oauth import Authorization

_JOURNAL_PATH = "/Journal/View.aspx"


class Pages:
    """Plain HTML without scripts; everything that is shown is escaped."""

    def __init__(self, state: XeroState) -> None:
        self._state = state
        self._screens = Screens(
            "sandbox.xero", brand="Xero", note="sandbox stand-in, not Xero", accent="#0d7ea2"
        )

    def routes(self) -> list[BaseRoute]:
        """The deep links below `/xero`: a journal, and the same by way of an organisation.

        https://github.com/XeroAPI/xero-mcp-server (`src/consts/deeplinks.ts`): the parameter
        really is `invoiceID`. The second form is practice.
        """
        return [
            Route(f"/app{_JOURNAL_PATH}", self.journal, methods=["GET"]),
            Route("/app/organisationlogin/default.aspx", self.enter, methods=["GET"]),
        ]

    def authorize(self, wanted: "Authorization", organisations: list[Organisation]) -> Response:
        """The page to sign in and pick organisations."""
        return self._screens.show(
            "authorize.html", wanted=wanted, organisations=organisations, user=DEFAULT_USER
        )

    def problem(self, text: str, status: int = 400) -> Response:
        """A page that only says what is wrong."""
        return self._screens.problem(text, status)

    async def journal(self, request: Request) -> Response:
        """The manual journal of `?invoiceID=` in whichever organisation has it."""
        return self._journal(request.query_params.get("invoiceID", ""), None)

    async def enter(self, request: Request) -> Response:
        """The page of `?redirecturl=` in the organisation of `?shortcode=`."""
        short_code = request.query_params.get("shortcode", "")
        target = urlsplit(request.query_params.get("redirecturl", ""))
        if target.path != _JOURNAL_PATH or target.netloc:
            return self.problem("There is no such page.", 404)
        return self._journal(parse_qs(target.query).get("invoiceID", [""])[0], short_code)

    def _journal(self, id_: str, short_code: str | None) -> Response:
        for organisation in self._state.organisations.values():
            journal = self._state.journals(organisation.tenant).get(id_.lower())
            if journal is not None and short_code in (None, organisation.short_code):
                return self._screens.show(
                    "journal.html",
                    organisation=organisation,
                    journal=journal,
                    account_class=account_class,
                )
        return self.problem(f"There is no manual journal {id_}.", 404)
