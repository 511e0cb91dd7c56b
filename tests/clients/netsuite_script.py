"""NetSuite by the `netsuite` package, run with its interpreter: JSON in and JSON out.

It must not import anything of this project. The package is used as published, with its own hosts:
the environment leads `httpx` through the proxy.
"""

import asyncio
import json
import sys
from typing import Any

from netsuite import Config, NetSuite, TokenAuth
from netsuite.exceptions import NetsuiteAPIRequestError

Json = dict[str, Any]
JOURNALS = "/record/v1/journalEntry"


def client(order: Json) -> NetSuite:
    """A client with the five values of an order."""
    return NetSuite(Config(account=order["account"], auth=TokenAuth(**order["auth"])))


def entry(order: Json, external_id: str, debit: str, credit: str) -> Json:
    """The body of a journal over the order's two accounts."""
    debited, credited = order["accounts"]
    return {
        "externalId": external_id,
        "tranDate": order["date"],
        "memo": "By the netsuite package",
        "subsidiary": {"id": order["subsidiary"]},
        "line": {
            "items": [
                {"account": {"id": debited}, "debit": float(debit), "memo": "debited"},
                {"account": {"id": credited}, "credit": float(credit), "memo": "credited"},
            ]
        },
    }


async def create(ns: NetSuite, order: Json) -> Json:
    """One journal, by the call that shows headers: the others drop the `Location` of a 204."""
    body = entry(order, order["external_id"], "100.25", "100.25")
    reply = await ns.rest_api.request("POST", JOURNALS, json=body)
    return {"status": reply.status_code, "location": reply.headers["location"]}


async def find(ns: NetSuite, order: Json, id_: str) -> Json:
    """The journal by its id, by its external id and by SuiteQL."""
    whole = {"expandSubResources": "true"}
    read = await ns.rest_api.get(f"{JOURNALS}/{id_}", params=whole)
    by_name = await ns.rest_api.get(f"{JOURNALS}/eid:{order['external_id']}")
    rows = await ns.rest_api.suiteql(
        "SELECT id, externalid, TO_CHAR(trandate,'YYYY-MM-DD') AS day FROM transaction"
        " WHERE type = 'Journal' AND externalid = ? ORDER BY id",
        json={"params": [order["external_id"]]},
    )
    return {"read": read, "by_name": by_name["id"], "found": rows["items"]}


async def refused(attempt: Any) -> Any:
    """The status and error code of an attempt that must fail."""
    try:
        await attempt
    except NetsuiteAPIRequestError as refusal:
        details = json.loads(refusal.response_text)["o:errorDetails"][0]
        return [refusal.status_code, details["o:errorCode"], details["detail"]]
    return None


async def refusals(ns: NetSuite, order: Json) -> Json:
    """An external id taken, an unbalanced journal, no such record, a misspelt field, a bad key."""
    again = entry(order, order["external_id"], "5", "5")
    unbalanced = entry(order, "NS-2", "100", "10")
    misspelt = {**entry(order, "NS-3", "5", "5"), "memmo": "x"}
    stranger = {**order["auth"], "token_secret": "0" * 64}
    api, other = ns.rest_api, client({**order, "auth": stranger}).rest_api
    return {
        "taken": await refused(api.post(JOURNALS, json=again)),
        "unbalanced": await refused(api.post(JOURNALS, json=unbalanced)),
        "missing": await refused(api.get(f"{JOURNALS}/999999")),
        "misspelt": await refused(api.post(JOURNALS, json=misspelt)),
        "stranger": await refused(other.token_info()),
    }


async def main() -> None:
    """Do all of it once."""
    order = json.load(sys.stdin)
    ns = client(order)
    chart = await ns.rest_api.suiteql(
        "SELECT id, acctnumber, accttype FROM account ORDER BY id", limit=1000
    )
    subsidiaries = await ns.rest_api.suiteql("SELECT id, name FROM subsidiary ORDER BY id")
    token = await ns.rest_api.token_info()
    written = await create(ns, order)
    answer = {
        "company": [token["companyId"], token["companyName"]],
        "subsidiaries": [[row["id"], row["name"]] for row in subsidiaries["items"]],
        "accounts": [[row["id"], row["acctnumber"], row["accttype"]] for row in chart["items"]],
        **written,
        **await find(ns, order, written["location"].rpartition("/")[2]),
        **await refusals(ns, order),
    }
    json.dump(answer, sys.stdout)


asyncio.run(main())
