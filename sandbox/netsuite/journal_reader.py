"""A `journalEntry` payload, read with distrust into a journal.

Types, formats, names and lengths are checked here; whether the account accepts the journal is
`journal_rules`' matter. References are by internal id only. Reversals, tax and accounting books
are properties of the real record that this stand-in does not know.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_159886587653.html
"""

import re
from datetime import date
from decimal import Decimal

from sandbox.netsuite.account import Approval, Journal, Line, Side
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.job import Validation
from sandbox.payload import JsonObject, JsonValue

HEADER = (
    "externalId",
    "tranId",
    "tranDate",
    "memo",
    "subsidiary",
    "currency",
    "exchangeRate",
    "postingPeriod",
    "approvalStatus",
    "approved",
    "line",
)
LINE = (
    "line",
    "account",
    "debit",
    "credit",
    "entity",
    "memo",
    "department",
    "class",
    "location",
    "eliminate",
)
_READ_ONLY = frozenset(
    {"id", "links", "refName", "transactionNumber", "createdDate", "lastModifiedDate"}
)
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_\-]+")
_HEADER_MEMO, _LINE_MEMO = 999, 4000


class JournalReader:
    """Reads payloads of one account, whose `segments` are line fields too."""

    def __init__(self, *, segments: frozenset[str], validation: Validation) -> None:
        self._segments = segments
        self._validation = validation

    def read(self, payload: JsonObject, *, today: date) -> Journal:
        """The journal that a payload describes, dated `today` where it has no date.

        An approval is read as the payload has it: `approved` where there is no `approvalStatus`.

        Raises:
            NetSuiteError: INVALID_CONTENT or USER_ERROR, the first finding.
        """
        payload = self._known(payload, frozenset(HEADER), "")
        rate = _number(payload, "exchangeRate", "")
        return Journal(
            external_id=_external_id(payload),
            tran_id=_text(payload, "tranId", "", 45) or "",
            tran_date=_date(payload, today),
            memo=_text(payload, "memo", "", _HEADER_MEMO),
            subsidiary=_reference(payload, "subsidiary", ""),
            currency=_reference(payload, "currency", "") or "",
            exchange_rate=Decimal(1) if rate is None else rate,
            period=_reference(payload, "postingPeriod", "") or "",
            approval=_approval(payload),
            lines=self._lines(payload),
        )

    def _lines(self, payload: JsonObject) -> list[Line]:
        sublist = payload.get("line")
        if sublist is None:
            return []
        items = sublist.get("items") if isinstance(sublist, dict) else None
        if not isinstance(items, list):
            raise invalid_content("The sublist line needs an array of items.", "line")
        return [self._line(number, item) for number, item in enumerate(items, start=1)]

    def _line(self, number: int, item: JsonValue) -> Line:
        where = f"line.items[{number - 1}]."
        if not isinstance(item, dict):
            raise invalid_content("A line is an object.", where.rstrip("."))
        payload = self._known(item, frozenset(LINE) | self._segments, where)
        side, amount = _amount(payload, where)
        account = _reference(payload, "account", where)
        if account is None:
            raise user_error("Please enter value(s) for: Account.", where + "account")
        segments = {name: _reference(payload, name, where) for name in self._segments}
        return Line(
            number=number,
            account=account,
            side=side,
            amount=amount,
            entity=_reference(payload, "entity", where),
            memo=_text(payload, "memo", where, _LINE_MEMO),
            department=_reference(payload, "department", where),
            class_id=_reference(payload, "class", where),
            location=_reference(payload, "location", where),
            segments={name: id_ for name, id_ in segments.items() if id_ is not None},
            eliminate=_flag(payload, "eliminate", where),
        )

    def _known(self, payload: JsonObject, names: frozenset[str], where: str) -> JsonObject:
        """The payload's known properties; the others are refused or, unless asked, dropped."""
        if self._validation == "Error":
            for name in payload:
                if name not in names | _READ_ONLY:
                    raise invalid_content(
                        f"Error while accessing a resource. Unknown property: {name}.", where + name
                    )
        return {name: value for name, value in payload.items() if name in names}


def _reference(payload: JsonObject, name: str, where: str) -> str | None:
    value = payload.get(name)
    if value is None:
        return None
    id_ = value.get("id") if isinstance(value, dict) else None
    if isinstance(id_, bool) or not isinstance(id_, str | int) or id_ == "":
        raise invalid_content(f"The property {name} needs a reference with an id.", where + name)
    return str(id_)


def _text(payload: JsonObject, name: str, where: str, limit: int) -> str | None:
    value = payload.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid_content(f"The property {name} is a text.", where + name)
    if len(value) > limit:
        words = f"The field {name} contained more than the maximum number ( {limit} ) of characters"
        raise user_error(f"{words} allowed.", where + name)
    return value


def _number(payload: JsonObject, name: str, where: str) -> Decimal | None:
    """A positive JSON number, or none."""
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid_content(f"The property {name} is a number.", where + name)
    number = Decimal(value)
    if number <= 0:
        raise user_error(f"The field {name} must be greater than zero.", where + name)
    return number


def _amount(payload: JsonObject, where: str) -> tuple[Side, Decimal]:
    debit, credit = (_number(payload, side.value, where) for side in Side)
    if (debit is None) == (credit is None):
        raise user_error("A line needs either a debit or a credit.", where.rstrip("."))
    side, amount = (Side.CREDIT, credit) if debit is None else (Side.DEBIT, debit)
    if amount is None or amount != round(amount, 2):
        raise user_error("An amount has at most two decimals.", where + side.value)
    return side, amount


def _flag(payload: JsonObject, name: str, where: str) -> bool:
    value = payload.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid_content(f"The property {name} is true or false.", where + name)
    return value


def _date(payload: JsonObject, today: date) -> date:
    value = payload.get("tranDate")
    if value is None:
        return today
    try:
        # `fromisoformat` also takes the compact forms, which NetSuite does not.
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise invalid_content("The property tranDate is a date, YYYY-MM-DD.", "tranDate") from None


def _external_id(payload: JsonObject) -> str | None:
    text = _text(payload, "externalId", "", 255)
    if text is not None and _EXTERNAL_ID.fullmatch(text) is None:
        raise user_error("An external ID has letters, digits, _ and - only.", "externalId")
    return text


def _approval(payload: JsonObject) -> Approval:
    status = _reference(payload, "approvalStatus", "")
    if status is None:
        return Approval.APPROVED if _flag(payload, "approved", "") else Approval.PENDING
    try:
        return Approval(status)
    except ValueError:
        words = f"Invalid reference key {status} for approvalStatus."
        raise user_error(words, "approvalStatus") from None
