"""The v3 API of the QuickBooks stand-in: who asks, for which company, and what.

Journal entries can be written; accounts, contacts and the rest are read. Paths are case-sensitive
and lower case.
https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.oauth_app import bearer_token
from sandbox.payload import JsonObject, NotAnObjectError, read_json
from sandbox.quickbooks.batch import Batch
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.errors import (
    QuickBooksFault,
    object_not_found,
    subscription_ended,
    unsupported_operation,
    unsupported_property,
    wrong_company,
)
from sandbox.quickbooks.grants import Grants
from sandbox.quickbooks.journal_book import Change, JournalBook, RequestKey
from sandbox.quickbooks.limits import Throttle
from sandbox.quickbooks.records import records, run_query
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import Answer, company_json, fault_answer, preferences_json, stamp

_ENTITY_OF_PATH = {
    "account": "Account",
    "customer": "Customer",
    "vendor": "Vendor",
    "employee": "Employee",
    "class": "Class",
    "department": "Department",
    "journalentry": "JournalEntry",
}
_LONGEST_REQUESTID = 50


class CompanyApi:
    """Serves `/v3/company/{realm}/…`."""

    def __init__(
        self, *, state: QuickBooksState, grants: Grants, book: JournalBook, throttle: Throttle
    ) -> None:
        self._state = state
        self._grants = grants
        self._book = book
        self._throttle = throttle
        self._batch = Batch(state=state, book=book)

    def routes(self) -> list[BaseRoute]:
        """The endpoint below `/quickbooks`; unknown paths and methods are refused inside."""
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return [Route("/v3/company/{realm}/{rest:path}", self.serve, methods=methods)]

    async def serve(self, request: Request) -> Response:
        """Answer one call, in JSON where it is asked for and in XML otherwise."""
        accept = request.headers.get("accept", "")
        now = self._state.clock.now()
        try:
            company = self._admit(request)
            answer = await self._answer(request, company)
        except QuickBooksFault as fault:
            answer = fault_answer(fault, now, accept=accept)
        else:
            answer = self._finish(company, request, answer)
        return answer.render(accept)

    def _admit(self, request: Request) -> Company:
        """The company, once the caller may ask and asks not too often."""
        realm = request.path_params["realm"]
        self._grants.check_access(bearer_token(request), realm=realm)
        company = self._state.companies.get(realm)
        if company is None:
            raise wrong_company()
        self._throttle.admit(company, batch=request.path_params["rest"] == "batch")
        if company.settings.subscription_ended:
            raise subscription_ended()
        return company

    async def _answer(self, request: Request, company: Company) -> Answer:
        parts = request.path_params["rest"].split("/")
        match request.method, parts:
            case (("GET" | "POST"), ["query"]):
                return self._stamped(
                    {"QueryResponse": run_query(self._state, company, await _query_text(request))}
                )
            case "POST", ["batch"]:
                return self._batch.answer(
                    company, await _payload(request), _request_key(request, 36)
                )
            case "POST", ["journalentry"]:
                key = _request_key(request, _LONGEST_REQUESTID)
                return self._book.make_once(company, _change(request, await _payload(request)), key)
            case "GET", ["companyinfo", company.realm]:
                return self._stamped({"CompanyInfo": company_json(company)})
            case "GET", ["preferences"]:
                return self._stamped({"Preferences": preferences_json(company)})
            case "GET", [entity, id_] if entity in _ENTITY_OF_PATH:
                return self._read(company, _ENTITY_OF_PATH[entity], id_)
            case _:
                raise unsupported_operation(f"{request.method} {request.path_params['rest']}")

    def _read(self, company: Company, entity: str, id_: str) -> Answer:
        for record in records(self._state, company, entity):
            if record["Id"] == id_:
                return self._stamped({entity: record})
        raise object_not_found()

    def _finish(self, company: Company, request: Request, answer: Answer) -> Answer:
        """Meter a call that succeeded; send a fault with 200 where the company's switch says so."""
        if answer.status == 200:
            self._meter(company, request, answer)
            return answer
        if answer.status == 400 and company.settings.faults_as_200:
            return Answer(200, answer.body, answer.headers)
        return answer

    def _meter(self, company: Company, request: Request, answer: Answer) -> None:
        """Writes of one entity are `Core`; reads, and every item of a batch, are `CorePlus`."""
        if request.path_params["rest"] == "journalentry":
            self._state.count_call(company.realm, "Core")
            return
        items = answer.body.get("BatchItemResponse")
        self._state.count_call(
            company.realm, "CorePlus", len(items) if isinstance(items, list) else 1
        )

    def _stamped(self, body: JsonObject) -> Answer:
        return Answer(200, {**body, "time": stamp(self._state.clock.now(), fine=True)})


async def _payload(request: Request) -> JsonObject:
    if "json" not in request.headers.get("content-type", ""):
        raise QuickBooksFault(400, "ValidationFault", [unsupported_property("Content-Type")])
    try:
        return read_json(await request.body())
    except NotAnObjectError as error:
        raise QuickBooksFault(400, "ValidationFault", [unsupported_property(str(error))]) from error


async def _query_text(request: Request) -> str:
    if request.method == "POST":
        return (await request.body()).decode(errors="replace")
    return request.query_params.get("query", "")


def _request_key(request: Request, limit: int) -> RequestKey | None:
    requestid = request.query_params.get("requestid")
    if not requestid:
        return None
    key = RequestKey(requestid=requestid)
    key.check_length(limit=limit)
    return key


def _change(request: Request, payload: JsonObject) -> Change:
    operation = request.query_params.get("operation", "")
    if operation not in ("", "create", "update", "delete"):
        raise unsupported_operation(operation)
    return Change(
        operation=operation or ("update" if "Id" in payload else "create"),
        payload=payload,
        include=frozenset(request.query_params.get("include", "").split(",")),
    )
