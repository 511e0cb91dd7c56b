"""Lists of records: modified since, filtered, ordered and paged as the parameters ask.

https://developer.xero.com/documentation/api/accounting/requests-and-responses
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.requests import Request

from sandbox.payload import JsonObject
from sandbox.xero.errors import bad_query, high_volume
from sandbox.xero.filters import Kind, Schema, parse_order, parse_where, property_of

_UPDATED = "UpdatedDateUTC"
_PAGE_SIZE = 100
_LARGEST_PAGE = 1000
# A manual journal's page and https://developer.xero.com/documentation/api/efficient-data-retrieval
# do not agree; what either calls optimised is taken for it.
_OPTIMISED = frozenset({"Narration", "Date", "ManualJournalID", _UPDATED})

SCHEMAS: dict[str, Schema] = {
    "ManualJournal": {
        "ManualJournalID": Kind.GUID,
        "Narration": Kind.TEXT,
        "Status": Kind.TEXT,
        "LineAmountTypes": Kind.TEXT,
        "Url": Kind.TEXT,
        "Date": Kind.MOMENT,
        _UPDATED: Kind.MOMENT,
        "ShowOnCashBasisReports": Kind.FLAG,
    },
    "Account": {
        "AccountID": Kind.GUID,
        "Code": Kind.TEXT,
        "Name": Kind.TEXT,
        "Type": Kind.TEXT,
        "Class": Kind.TEXT,
        "Status": Kind.TEXT,
        "TaxType": Kind.TEXT,
        "SystemAccount": Kind.TEXT,
        "CurrencyCode": Kind.TEXT,
        "EnablePaymentsToAccount": Kind.FLAG,
        _UPDATED: Kind.MOMENT,
    },
    "Contact": {
        "ContactID": Kind.GUID,
        "Name": Kind.TEXT,
        "EmailAddress": Kind.TEXT,
        "ContactStatus": Kind.TEXT,
        "IsCustomer": Kind.FLAG,
        "IsSupplier": Kind.FLAG,
        _UPDATED: Kind.MOMENT,
    },
    "TrackingCategory": {
        "TrackingCategoryID": Kind.GUID,
        "Name": Kind.TEXT,
        "Status": Kind.TEXT,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a list request asks for."""

    entity: str
    where: str = ""
    order: str = ""
    page: int | None = None
    """None is a list that is not paged."""
    page_size: int = _PAGE_SIZE
    modified_since: datetime | None = None
    high_volume: int = 100_000
    """Above so many records a filter must keep to what Xero has indexes for."""

    @classmethod
    def read(cls, request: Request, entity: str, *, high_volume: int) -> "ListQuery":
        """Take the parameters of a request.

        Raises:
            XeroRefusal: 400, a page or a moment that is none.
        """
        parameters = request.query_params
        page = parameters.get("page")
        size = _number(parameters.get("pageSize", str(_PAGE_SIZE)), "pageSize")
        if not 1 <= size <= _LARGEST_PAGE:
            raise bad_query(f"pageSize must be between 1 and {_LARGEST_PAGE}")
        return cls(
            entity=entity,
            where=parameters.get("where", ""),
            order=parameters.get("order", ""),
            page=None if page is None else max(1, _number(page, "page")),
            page_size=size,
            modified_since=_moment(request.headers.get("if-modified-since", "")),
            high_volume=high_volume,
        )

    def choose(self, records: list[JsonObject]) -> list[JsonObject]:
        """The records asked for, of all pages, in order: by the date of change unless asked.

        Raises:
            XeroRefusal: 400, the filter or the order cannot be understood, or is too costly.
        """
        schema = SCHEMAS[self.entity]
        if self.modified_since is not None:
            records = [it for it in records if self._is_recent(it)]
        if self.where.strip():
            chosen = parse_where(self.where, schema=schema, entity=self.entity)
            if len(records) > self.high_volume and not chosen.uses <= _OPTIMISED:
                raise high_volume()
            records = [it for it in records if chosen.test(it)]
        order = parse_order(self.order, schema=schema, entity=self.entity) if self.order else []
        if not order and self.entity == "ManualJournal":
            order = [(_UPDATED, False)]
        for name, descends in reversed(order):
            records = sorted(records, key=lambda it: _sortable(it, name), reverse=descends)
        return records

    def cut(self, records: list[JsonObject]) -> tuple[list[JsonObject], JsonObject | None]:
        """The records of the page asked for, and its `pagination`; all and none without a page."""
        if self.page is None:
            return records, None
        start = (self.page - 1) * self.page_size
        return records[start : start + self.page_size], {
            "page": self.page,
            "pageSize": self.page_size,
            "pageCount": math.ceil(len(records) / self.page_size),
            "itemCount": len(records),
        }

    def _is_recent(self, record: JsonObject) -> bool:
        updated = property_of(record, _UPDATED)
        since = self.modified_since
        return since is None or (isinstance(updated, datetime) and updated >= since)


def _sortable(record: JsonObject, name: str) -> tuple[float, str]:
    value = property_of(record, name)
    if isinstance(value, datetime):
        return value.timestamp(), ""
    return 0, "" if value is None else str(value)


def _number(text: str, name: str) -> int:
    if not text.isdecimal():
        raise bad_query(f"{name} must be a number")
    return int(text)


def _moment(text: str) -> datetime | None:
    """A header's moment: ISO without a zone, as Xero documents, or HTTP's own form."""
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise bad_query("If-Modified-Since is not a date")
