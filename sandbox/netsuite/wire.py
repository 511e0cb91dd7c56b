"""An account's records in the shapes of the REST record API.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html and the
account's own metadata catalogue give the shapes. Nothing is decided here.
"""

from datetime import UTC, datetime

from sandbox.netsuite.account import Approval, Journal, Line, NetSuiteAccount
from sandbox.payload import JsonObject, JsonValue

RECORDS = "/services/rest/record/v1"
_APPROVALS = {
    Approval.PENDING: "Pending Approval",
    Approval.APPROVED: "Approved",
    Approval.REJECTED: "Rejected",
}


def stamp(moment: datetime | None) -> str:
    """A moment as the record API writes it: UTC to the second."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_form(journal: Journal) -> JsonObject:
    """A journal as a payload that would make it again, references by id only."""
    lines: list[JsonValue] = [_write_line(line) for line in journal.lines]
    plain: JsonObject = {
        "externalId": journal.external_id,
        "tranDate": journal.tran_date.isoformat(),
        "memo": journal.memo,
        "subsidiary": _id(journal.subsidiary),
        "currency": _id(journal.currency),
        "exchangeRate": journal.exchange_rate,
        "postingPeriod": _id(journal.period),
        "approvalStatus": _id(journal.approval.value),
        "line": {"items": lines},
    }
    return {name: value for name, value in plain.items() if value is not None}


class JournalView:
    """Journals of one account as `GET` shows them; `base` is the address before `/services`."""

    def __init__(self, account: NetSuiteAccount, base: str) -> None:
        self._account = account
        self._base = base

    def journal(self, journal: Journal, *, expanded: bool) -> JsonObject:
        """A journal; without `expandSubResources` its lines are only a link."""
        account, settings = self._account, self._account.settings
        href = f"{self._base}{RECORDS}/journalEntry/{journal.id}"
        shown: JsonObject = {
            "links": [{"rel": "self", "href": href}],
            "id": journal.id,
            "tranId": journal.tran_id,
            "externalId": journal.external_id,
            "tranDate": journal.tran_date.isoformat(),
            "memo": journal.memo,
            "subsidiary": self._subsidiary(journal),
            "currency": self._reference(
                "currency", journal.currency, account.currencies[journal.currency].name
            ),
            "exchangeRate": journal.exchange_rate,
            "postingPeriod": self._reference(
                "accountingPeriod", journal.period, account.periods[journal.period].name
            ),
            "createdDate": stamp(journal.created_at),
            "lastModifiedDate": stamp(journal.updated_at),
        }
        if settings.approval_routing:
            shown["approvalStatus"] = {
                "id": journal.approval.value,
                "refName": _APPROVALS[journal.approval],
            }
        else:
            shown["approved"] = journal.posting
        shown["line"] = self._lines(journal, href, expanded=expanded)
        return {name: value for name, value in shown.items() if value is not None}

    def _lines(self, journal: Journal, href: str, *, expanded: bool) -> JsonObject:
        links: list[JsonValue] = [{"rel": "self", "href": f"{href}/line"}]
        if not expanded:
            return {"links": links}
        items: list[JsonValue] = [self._line(line, f"{href}/line") for line in journal.lines]
        return {"links": links, "items": items, "totalResults": len(items)}

    def _line(self, line: Line, href: str) -> JsonObject:
        ledger_account = self._account.accounts[line.account]
        entity = self._account.entity(line.entity) if line.entity else None
        shown: JsonObject = {
            "links": [{"rel": "self", "href": f"{href}/{line.number}"}],
            "line": line.number,
            "account": self._reference(
                "account", line.account, f"{ledger_account.number} {ledger_account.name}"
            ),
            line.side.value: line.amount,
            "entity": self._reference("entity", entity.id, entity.name) if entity else None,
            "memo": line.memo,
            "eliminate": line.eliminate,
        }
        for field, values in self._account.dimension_lists().items():
            id_ = line.dimension(field)
            if id_ is not None:
                shown[field] = self._reference(field, id_, values[id_].name)
        return {name: value for name, value in shown.items() if value is not None}

    def _subsidiary(self, journal: Journal) -> JsonObject | None:
        if journal.subsidiary is None:
            return None
        name = self._account.subsidiaries[journal.subsidiary].name
        return self._reference("subsidiary", journal.subsidiary, name)

    def _reference(self, record: str, id_: str, name: str) -> JsonObject:
        href = f"{self._base}{RECORDS}/{record}/{id_}"
        return {"links": [{"rel": "self", "href": href}], "id": id_, "refName": name}


def _write_line(line: Line) -> JsonObject:
    plain: JsonObject = {
        "line": line.number,
        "account": _id(line.account),
        line.side.value: line.amount,
        "entity": _id(line.entity),
        "memo": line.memo,
        "department": _id(line.department),
        "class": _id(line.class_id),
        "location": _id(line.location),
        "eliminate": line.eliminate,
    }
    plain |= {field: _id(id_) for field, id_ in line.segments.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _id(id_: str | None) -> JsonObject | None:
    return None if id_ is None else {"id": id_}
