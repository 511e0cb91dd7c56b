"""The Accounting API of the Xero stand-in: who asks, for which organisation, and what.

Manual journals can be written; the rest is read.
https://github.com/XeroAPI/Xero-OpenAPI (`xero_accounting.yaml`)
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.oauth_app import bearer_token
from sandbox.payload import JsonObject, NotAnObjectError, flag_at, objects_at, read_json
from sandbox.xero.errors import (
    XeroRefusal,
    method_not_allowed,
    no_data,
    not_connected,
    not_found,
    too_large,
    unparsable,
)
from sandbox.xero.grants import Grants
from sandbox.xero.idempotency import IdempotentWrites
from sandbox.xero.journal_book import JournalBook, Manner
from sandbox.xero.limits import Throttle
from sandbox.xero.lists import ListQuery
from sandbox.xero.organisation import Organisation
from sandbox.xero.records import actions, record, records
from sandbox.xero.scopes import is_endpoint
from sandbox.xero.state import XeroState
from sandbox.xero.wire import Answer, envelope, organisation_json, refusal_answer

TENANT_HEADER = "xero-tenant-id"
_LARGEST_BODY = 10_000_000
_MOST_ELEMENTS = 50
"""Xero says "about 50" and no more: https://developer.xero.com/documentation/guides/oauth2/limits"""
# A longer query is not found at all: https://github.com/XeroAPI/Xero-OpenAPI/issues/534
_LONGEST_QUERY = 2048
_SINGULAR = {
    "Accounts": "Account",
    "Contacts": "Contact",
    "TrackingCategories": "TrackingCategory",
    "ManualJournals": "ManualJournal",
}


class AccountingApi:
    """Serves `/api.xro/2.0/…`."""

    def __init__(
        self, *, state: XeroState, grants: Grants, book: JournalBook, throttle: Throttle
    ) -> None:
        self._state = state
        self._grants = grants
        self._book = book
        self._throttle = throttle
        self._writes = IdempotentWrites(state)

    def routes(self) -> list[BaseRoute]:
        """The endpoint below `/xero`; unknown paths and methods are refused inside."""
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return [Route("/api.xro/2.0/{rest:path}", self.serve, methods=methods)]

    async def serve(self, request: Request) -> Response:
        """Answer one call, in JSON where it is asked for and in XML otherwise."""
        accept = request.headers.get("accept", "")
        try:
            organisation = self._admit(request)
            async with self._throttle.call(organisation) as remaining:
                answer = await self._answer(request, organisation)
        except XeroRefusal as refusal:
            return refusal_answer(refusal).render(accept)
        reply = answer.render(accept)
        reply.headers.update(remaining)
        self._meter(request, organisation, reply)
        return reply

    def _admit(self, request: Request) -> Organisation:
        """The organisation, once the caller may ask this of it."""
        endpoint = request.path_params["rest"].split("/")[0]
        grant = self._grants.check_access(bearer_token(request))
        if not is_endpoint(endpoint) or len(request.url.query) > _LONGEST_QUERY:
            raise not_found()
        tenant = request.headers.get(TENANT_HEADER, "").lower()
        writes = request.method != "GET"
        self._grants.check_tenant(grant, tenant, endpoint=endpoint, writes=writes)
        organisation = self._state.organisations.get(tenant)
        if organisation is None:
            raise not_connected()
        return organisation

    async def _answer(self, request: Request, organisation: Organisation) -> Answer:
        """The answer to an admitted call; a refusal is one too, so that it tells what remains."""
        try:
            if request.method == "GET":
                return self._read(request, organisation)
            return await self._write(request, organisation)
        except XeroRefusal as refusal:
            return refusal_answer(refusal)

    def _read(self, request: Request, organisation: Organisation) -> Answer:
        match request.path_params["rest"].split("/"):
            case ["Organisation"]:
                return self._found(Organisations=[organisation_json(organisation)])
            case ["Organisation", "Actions"]:
                return self._found(Actions=list(actions(organisation)))
            case [endpoint] if endpoint in _SINGULAR:
                return self._list(request, organisation, endpoint)
            case [endpoint, id_] if endpoint in _SINGULAR:
                found = record(self._state, organisation, endpoint, id_.lower())
                if found is None:
                    raise not_found()
                return self._found(**{endpoint: [found]})
            case _:
                raise not_found()

    def _list(self, request: Request, organisation: Organisation, endpoint: str) -> Answer:
        threshold = organisation.settings.high_volume
        query = ListQuery.read(request, _SINGULAR[endpoint], high_volume=threshold)
        everything = records(self._state, organisation, endpoint, request.query_params)
        page, pagination = query.cut(query.choose(everything))
        if pagination is None:
            return self._found(**{endpoint: list(page)})
        return self._found(pagination=pagination, **{endpoint: list(page)})

    async def _write(self, request: Request, organisation: Organisation) -> Answer:
        body = await request.body()
        if len(body) > _LARGEST_BODY:
            raise too_large()
        match request.method, request.path_params["rest"].split("/"):
            case (("PUT" | "POST"), ["ManualJournals"]):
                id_ = None
            case "POST", ["ManualJournals", id_]:
                pass
            case _:
                raise method_not_allowed()
        return self._writes.run(
            organisation, request, body, lambda: self._journals(request, organisation, body, id_)
        )

    def _journals(
        self, request: Request, organisation: Organisation, body: bytes, id_: str | None
    ) -> Answer:
        elements = _elements(body)
        if id_ is not None:
            if id_.lower() not in self._state.journals(organisation.tenant):
                raise not_found()
            elements = [{**elements[0], "ManualJournalID": id_}]
        manner = Manner(
            may_update=request.method == "POST", summarize=_summarizes(request.query_params)
        )
        written = self._book.write(organisation, elements, manner)
        return self._found(ManualJournals=written)

    def _found(self, **content: object) -> Answer:
        now = self._state.clock.now()
        body: JsonObject = {**envelope(now), **content}  # type: ignore[dict-item]
        return Answer(status=200, body=body)

    def _meter(self, request: Request, organisation: Organisation, reply: Response) -> None:
        """Count calls and the bytes of replies as Xero bills them, `Organisation` excluded.

        Whether a write's reply counts is not documented, so it is counted apart.
        https://developer.xero.com/faq/pricing-and-policy-updates
        """
        excluded = request.path_params["rest"].split("/")[0] == "Organisation"
        kind = "egress_bytes" if request.method == "GET" else "write_reply_bytes"
        size = 0 if excluded else len(reply.body)
        self._state.count(organisation.tenant, calls=1, **{kind: size})


def _elements(body: bytes) -> list[JsonObject]:
    """The journals of a body: a list under `ManualJournals`, or one journal by itself.

    What Xero answers to very many is not documented; here more than it advises are refused.
    """
    try:
        payload = read_json(body)
    except NotAnObjectError as error:
        raise unparsable() from error
    elements = objects_at(payload, "ManualJournals") if "ManualJournals" in payload else [payload]
    if not elements or not payload:
        raise no_data("ManualJournals")
    if len(elements) > _MOST_ELEMENTS:
        raise too_large()
    return elements


def _summarizes(parameters: Mapping[str, str]) -> bool:
    """Left out it is true, whatever the specification says of its default."""
    return flag_at({"asked": parameters.get("summarizeErrors", "true")}, "asked")
