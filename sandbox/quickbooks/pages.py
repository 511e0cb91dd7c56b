"""The pages a person sees: choosing a company, reading a journal, and a plain refusal."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.quickbooks.company import Company, Side
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import journal_json
from sandbox.screens import Screens

if TYPE_CHECKING:
    from sandbox.quickbooks.oauth import Authorization


class Pages:
    """Plain HTML without scripts; everything that is shown is escaped."""

    def __init__(self, state: QuickBooksState) -> None:
        self._state = state
        self._screens = Screens(
            "sandbox.quickbooks",
            brand="QuickBooks Online",
            note="sandbox stand-in, not Intuit",
            accent="#2c8a12",
        )

    def routes(self) -> list[BaseRoute]:
        """The deep link below `/quickbooks`."""
        return [Route("/app/journal", self.journal, methods=["GET"])]

    def connect(self, wanted: "Authorization", companies: list[Company]) -> Response:
        """The consent page."""
        return self._screens.show("connect.html", wanted=wanted, companies=companies)

    def problem(self, text: str, status: int = 400) -> Response:
        """A page that only says what is wrong."""
        return self._screens.problem(text, status)

    async def journal(self, request: Request) -> Response:
        """The journal of `?txnId=` in every company that has one, or in `&companyId=` alone."""
        id_ = request.query_params.get("txnId", "")
        realm = request.query_params.get("companyId")
        found = [
            {
                "company": company,
                "journal": journal,
                "wire": journal_json(company, journal),
                "debits": journal.total(Side.DEBIT),
                "credits": journal.total(Side.CREDIT),
            }
            for company in self._state.companies.values()
            if realm in (None, company.realm)
            if (journal := self._state.journals(company.realm).get(id_)) is not None
        ]
        if not found:
            return self.problem(f"There is no journal entry {id_}.", 404)
        return self._screens.show("journal.html", found=found)
