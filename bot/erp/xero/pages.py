"""Lists that Xero hands out in pages, read whole or not at all.

https://developer.xero.com/documentation/api/accounting/requests-and-responses (paging). Without
``page`` a list comes without the lines of its documents, so it is always asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from bot.erp.payload import JsonObject, UnreadableError, decimal_at, object_at, objects_at, require
from bot.erp.xero.api import XeroApi
from bot.erp.xero.faults import unreadable
from bot.erp.xero.queries import PAGING

# Half a million rows; a list that has not ended by then is going round in circles.
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedList:
    """Where a list is and how its rows are told apart."""

    path: str
    id_key: str
    parameters: Mapping[str, str]


async def read_pages(api: XeroApi, paged: PagedList) -> AsyncIterator[JsonObject]:
    """Yield every row of a list once, also one that moved to a later page meanwhile.

    Raises:
        ErpUnavailable: it changed while it was read, so that a row may have been passed over.
        ErpError: Xero cannot be read, see ``faults.read_reply``.
    """
    seen: set[str] = set()
    for page in range(1, _MOST_PAGES + 1):
        parameters = {**PAGING, **paged.parameters, "page": str(page)}
        reply = await api.get(paged.path, parameters, operation=f"list_{paged.path}")
        rows = objects_at(reply, paged.path)
        for row in rows:
            if (id_ := _id(row, paged.id_key)) not in seen:
                seen.add(id_)
                yield row
        pagination = object_at(reply, "pagination")
        last_page = decimal_at(pagination, "pageCount")
        if not rows or (last_page is not None and page >= last_page):
            # A row edited meanwhile moves to the end and draws another one over a page's edge.
            if len(seen) < (decimal_at(pagination, "itemCount") or 0):
                raise unreadable(UnreadableError(f"{paged.path} changed while they were read"))
            return
    raise unreadable(UnreadableError(f"{paged.path} have no last page"))


def _id(row: JsonObject, key: str) -> str:
    try:
        return require(row, key)
    except UnreadableError as error:
        raise unreadable(error) from error
