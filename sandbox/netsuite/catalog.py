"""A minimal metadata catalogue: which records there are, and the schema of a journal entry.

Fields that an account lacks, as `subsidiary` without OneWorld, are not in its schema.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1540809710.html
"""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.account import NetSuiteAccount
from sandbox.netsuite.errors import nonexistent
from sandbox.netsuite.journal_reader import HEADER, LINE
from sandbox.netsuite.logins import Session
from sandbox.netsuite.records import base_of
from sandbox.netsuite.wire import RECORDS
from sandbox.payload import JsonObject, write_json

_TYPES: dict[str, JsonObject] = {
    "tranDate": {"type": "string", "format": "date"},
    "exchangeRate": {"type": "number", "format": "double"},
    "debit": {"type": "number", "format": "double"},
    "credit": {"type": "number", "format": "double"},
    "line": {"type": "integer"},
    "approved": {"type": "boolean"},
    "eliminate": {"type": "boolean"},
}
_TEXTS = frozenset({"externalId", "tranId", "memo"})


async def catalog(request: Request, _session: Session) -> Response:
    """The records of the catalogue."""
    name, base = "journalEntry", base_of(request)
    links = [{"rel": "canonical", "href": f"{base}{RECORDS}/metadata-catalog/{name}"}]
    return Response(
        write_json({"items": [{"name": name, "links": links}]}), media_type="application/json"
    )


async def schema(request: Request, session: Session) -> Response:
    """The JSON schema of `journalEntry` in this account.

    Raises:
        NetSuiteError: NONEXISTENT_ID for any other record.
    """
    if request.path_params["name"] != "journalEntry":
        raise nonexistent("The record type")
    body = journal_schema(session.account)
    return Response(write_json(body), media_type="application/schema+json")


def journal_schema(account: NetSuiteAccount) -> JsonObject:
    """Properties of the header and of the line items."""
    hidden = set() if account.settings.one_world else {"subsidiary"}
    line: JsonObject = {name: _type(name) for name in (*LINE, *account.segments)}
    header: JsonObject = {name: _type(name) for name in HEADER if name not in hidden}
    items: JsonObject = {"type": "array", "items": {"type": "object", "properties": line}}
    header["line"] = {"type": "object", "properties": {"items": items}}
    return {"type": "object", "properties": header}


def _type(name: str) -> JsonObject:
    if name in _TEXTS:
        return {"type": "string"}
    reference: JsonObject = {"type": "object", "properties": {"id": {"type": "string"}}}
    return _TYPES.get(name, reference)
