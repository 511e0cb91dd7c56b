"""The batch endpoint: up to thirty items, each succeeding or failing by itself, run in their order.

https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/batch. A request's
identity is (`requestid`, `bId`). Intuit's pages disagree on the size; thirty is its latest advice.
"""

from sandbox.payload import JsonObject, JsonValue, object_at, objects_at, text_at
from sandbox.quickbooks.company import Company
from sandbox.quickbooks.errors import (
    QuickBooksFault,
    business,
    missing,
    too_long,
    unsupported_operation,
)
from sandbox.quickbooks.journal_book import Change, JournalBook, RequestKey
from sandbox.quickbooks.records import run_query
from sandbox.quickbooks.state import QuickBooksState
from sandbox.quickbooks.wire import Answer, stamp

_MOST_ITEMS = 30
_LONGEST_ITEM_ID = 10


class Batch:
    """Answers batches for every company."""

    def __init__(self, *, state: QuickBooksState, book: JournalBook) -> None:
        self._state = state
        self._book = book

    def answer(self, company: Company, payload: JsonObject, key: RequestKey | None) -> Answer:
        """The reply to a batch.

        Raises:
            QuickBooksFault: the batch as a whole is refused: no items, too many, an item without a
                `bId`, or one that is too long beside a `requestid`.
        """
        items = objects_at(payload, "BatchItemRequest")
        if not items:
            raise QuickBooksFault(400, "ValidationFault", [missing("BatchItemRequest")])
        if len(items) > _MOST_ITEMS:
            raise business(f"A batch can have at most {_MOST_ITEMS} items.")
        for item in items:
            _check_item_id(item, keyed=key is not None)
        answered: list[JsonValue] = [self._item(company, item, key) for item in items]
        now = stamp(self._state.clock.now(), fine=True)
        return Answer(200, {"BatchItemResponse": answered, "time": now})

    def _item(self, company: Company, item: JsonObject, key: RequestKey | None) -> JsonObject:
        id_ = text_at(item, "bId") or ""
        try:
            return {**self._outcome(company, item, key, id_), "bId": id_}
        except QuickBooksFault as fault:
            return {**fault.body(), "bId": id_}

    def _outcome(
        self, company: Company, item: JsonObject, key: RequestKey | None, id_: str
    ) -> JsonObject:
        if "Query" in item:
            text = text_at(item, "Query") or ""
            return {"QueryResponse": run_query(self._state, company, text)}
        operation = text_at(item, "operation") or ""
        if operation not in ("create", "update", "delete") or "JournalEntry" not in item:
            raise unsupported_operation(operation)
        change = Change(operation=operation, payload=object_at(item, "JournalEntry"))
        item_key = RequestKey(requestid=key.requestid, batch_item=id_) if key else None
        body = self._book.make_once(company, change, item_key).body
        return {name: value for name, value in body.items() if name != "time"}


def _check_item_id(item: JsonObject, *, keyed: bool) -> None:
    id_ = text_at(item, "bId")
    if id_ is None:
        raise QuickBooksFault(400, "ValidationFault", [missing("bId")])
    if keyed and len(id_) > _LONGEST_ITEM_ID:
        error = too_long("bId", limit=_LONGEST_ITEM_ID, length=len(id_))
        raise QuickBooksFault(400, "ValidationFault", [error])
