"""The pages a person sees: where the credentials are, and a journal."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.netsuite.account import Side
from sandbox.netsuite.credential_desk import CredentialDesk
from sandbox.netsuite.state import NetSuiteState
from sandbox.netsuite.wire import JournalView
from sandbox.screens import Screens


class Pages:
    """Plain HTML without scripts; everything that is shown is escaped.

    NetSuite shows secrets once, when they are made; here they can be read again, for the demo.
    """

    def __init__(self, state: NetSuiteState, credentials: CredentialDesk) -> None:
        self._state = state
        self._credentials = credentials
        self._screens = Screens(
            "sandbox.netsuite",
            brand="NetSuite",
            note="sandbox stand-in, not Oracle",
            accent="#36677d",
        )

    def routes(self) -> list[BaseRoute]:
        """The set-up page and the deep link below `/netsuite`."""
        return [
            Route("/setup", self.setup, methods=["GET"]),
            Route("/setup/{id}/{what}", self.make, methods=["POST"]),
            Route("/app/app/accounting/transactions/journal.nl", self.journal, methods=["GET"]),
        ]

    async def setup(self, _request: Request) -> Response:
        """Every account and the five credentials that connect it."""
        accounts = [
            {"account": account, "sets": self._credentials.in_force(account.id)}
            for account in self._state.accounts.values()
        ]
        return self._screens.show("setup.html", accounts=accounts)

    async def make(self, request: Request) -> Response:
        """Issue a fresh set of five, or a certificate with its private key, and show it."""
        id_, what = request.path_params["id"], request.path_params["what"]
        try:
            if what == "certificate":
                return self._screens.show(
                    "certificate.html", made=self._credentials.add_certificate(id_, None)
                )
            self._credentials.issue(id_)
        except LookupError:
            return self._screens.problem(f"There is no account {id_}.", 404)
        except ValueError as error:
            return self._screens.problem(f"That cannot be done: {error}.")
        return await self.setup(request)

    async def journal(self, request: Request) -> Response:
        """The journal of `?id=` in every account that has one."""
        id_ = request.query_params.get("id", "")
        found = [
            {
                "account": account,
                "journal": journal,
                "wire": JournalView(account, "").journal(journal, expanded=True),
                "debits": journal.total(Side.DEBIT),
                "credits": journal.total(Side.CREDIT),
            }
            for account in self._state.accounts.values()
            if (journal := self._state.journals(account.id).get(id_)) is not None
        ]
        if not found:
            return self._screens.problem(f"There is no journal entry {id_}.", 404)
        return self._screens.show("journal.html", found=found)
