"""The structure of a `JournalEntry` payload: names, kinds, lengths and numbers.

All structural errors of a payload are reported together, as Intuit does. Whether the company
accepts the entry is asked in `journal_rules`. Tax is not part of this stand-in: a tax code, or an
amount of tax, is refused as unsupported. Properties of the schema that say nothing are taken, since
published clients send them with every line.
https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
https://github.com/intuit/QuickBooks-V3-PHP-SDK (`src/XSD/`, types `Line`, `JournalEntryLineDetail`)
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from sandbox.payload import JsonObject, JsonValue, flag_at, object_at, objects_at, text_at
from sandbox.quickbooks.company import Journal, Line, Side
from sandbox.quickbooks.errors import (
    ErrorDetail,
    QuickBooksFault,
    invalid_date,
    invalid_enumeration,
    invalid_number,
    missing,
    too_long,
    unsupported_property,
)

_HEADER = frozenset(
    {
        "Id",
        "SyncToken",
        "sparse",
        "domain",
        "MetaData",
        "DocNumber",
        "TxnDate",
        "PrivateNote",
        "CurrencyRef",
        "ExchangeRate",
        "GlobalTaxCalculation",
        "Adjustment",
        "TotalAmt",
        "HomeTotalAmt",
        "TxnTaxDetail",
        "Line",
    }
)
_LINE = frozenset(
    {
        "Id",
        "LineNum",
        "Description",
        "Amount",
        "DetailType",
        "JournalEntryLineDetail",
        "DescriptionLineDetail",
    }
)
_EMPTY_IN_LINE: JsonObject = {"LinkedTxn": [], "CustomField": []}
_DETAIL = frozenset(
    {"PostingType", "AccountRef", "Entity", "ClassRef", "DepartmentRef", "TaxApplicableOn"}
)
_EMPTY_IN_DETAIL: JsonObject = {"TaxAmount": 0}
_ENTITY_TYPES = ("Customer", "Vendor", "Employee", "Job", "Other")
_TAX_SIDES = ("Sales", "Purchase")
_TAX_CALCULATIONS = ("TaxExcluded", "TaxInclusive", "NotApplicable")
_WHOLE_DIGITS = 10
_DECIMALS = 5


def read_journal(payload: JsonObject, *, today: date) -> Journal:
    """The entry that a payload describes, its lines numbered from 0; `today` where it has no date.

    Raises:
        QuickBooksFault: 2010, 2020, 2050, 2080, 2090 or 2170, one error for each finding.
    """
    reader = _Reader()
    journal = reader.journal(payload, today)
    if reader.errors:
        raise QuickBooksFault(400, "ValidationFault", reader.errors)
    return journal


class _Reader:
    """Reads one payload and collects what is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[ErrorDetail] = []

    def journal(self, payload: JsonObject, today: date) -> Journal:
        self._only(payload, _HEADER)
        lines = payload.get("Line")
        if not isinstance(lines, list) or not lines:
            self.errors.append(missing("Line"))
        if "GlobalTaxCalculation" in payload:
            self._word(payload, "GlobalTaxCalculation", _TAX_CALCULATIONS)
        return Journal(
            doc_number=self._text(payload, "DocNumber", 21),
            txn_date=self._date(payload, today),
            private_note=self._text(payload, "PrivateNote", 4000),
            currency=text_at(object_at(payload, "CurrencyRef"), "value"),
            exchange_rate=self._number(payload, "ExchangeRate") or Decimal(1),
            adjustment=flag_at(payload, "Adjustment"),
            lines=[
                self._line(number, line) for number, line in enumerate(objects_at(payload, "Line"))
            ],
        )

    def _line(self, number: int, payload: JsonObject) -> Line:
        self._only(payload, _LINE, empty=_EMPTY_IN_LINE)
        description = self._text(payload, "Description", 4000)
        kind = self._word(payload, "DetailType", ("JournalEntryLineDetail", "DescriptionOnly"))
        if kind != "JournalEntryLineDetail":
            return Line(id=str(number), description=description)
        if "Amount" not in payload:
            self.errors.append(missing("Amount"))
        if "JournalEntryLineDetail" not in payload:
            self.errors.append(missing("JournalEntryLineDetail"))
            return Line(id=str(number), description=description)
        detail = object_at(payload, "JournalEntryLineDetail")
        self._only(detail, _DETAIL, empty=_EMPTY_IN_DETAIL)
        if "TaxApplicableOn" in detail:
            self._word(detail, "TaxApplicableOn", _TAX_SIDES)
        side = self._word(detail, "PostingType", [side.value for side in Side])
        entity_type, entity = self._entity(object_at(detail, "Entity"))
        return Line(
            id=str(number),
            description=description,
            amount=self._number(payload, "Amount"),
            side=Side(side) if side else None,
            account=self._reference(detail, "AccountRef", required=True),
            entity_type=entity_type,
            entity=entity,
            class_id=self._reference(detail, "ClassRef"),
            department=self._reference(detail, "DepartmentRef"),
        )

    def _entity(self, payload: JsonObject) -> tuple[str | None, str | None]:
        if not payload:
            return None, None
        kind = self._word(payload, "Type", _ENTITY_TYPES)
        return kind, self._reference(payload, "EntityRef", required=True)

    def _only(
        self,
        payload: Mapping[str, JsonValue],
        known: frozenset[str],
        *,
        empty: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Find unknown properties; those of `empty` are known with that value and no other."""
        allowed = empty or {}
        self.errors.extend(
            unsupported_property(name)
            for name, value in payload.items()
            if name not in known and (name not in allowed or allowed[name] != value)
        )

    def _text(self, payload: JsonObject, name: str, limit: int) -> str | None:
        text = text_at(payload, name)
        if text is not None and len(text) > limit:
            self.errors.append(too_long(name, limit=limit, length=len(text)))
        return text

    def _word(
        self, payload: JsonObject, name: str, words: tuple[str, ...] | list[str]
    ) -> str | None:
        word = text_at(payload, name)
        if word is None:
            self.errors.append(missing(name))
        elif word not in words:
            self.errors.append(invalid_enumeration(name, word))
            return None
        return word

    def _reference(self, payload: JsonObject, name: str, *, required: bool = False) -> str | None:
        id_ = text_at(object_at(payload, name), "value")
        if id_ is None and required:
            self.errors.append(missing(name))
        return id_

    def _number(self, payload: JsonObject, name: str) -> Decimal | None:
        text = text_at(payload, name)
        if text is None:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if _is_amount(number):
            return number
        self.errors.append(invalid_number(name, text))
        return None

    def _date(self, payload: JsonObject, today: date) -> date:
        text = text_at(payload, "TxnDate")
        if text is None:
            return today
        try:
            # `fromisoformat` also takes the compact forms, which Intuit does not.
            return date.fromisoformat(text if len(text) == 10 else "")
        except ValueError:
            self.errors.append(invalid_date("TxnDate", text))
            return today


def _is_amount(number: Decimal) -> bool:
    """Positive, at most ten digits before the point and five after it."""
    if not number.is_finite() or number <= 0 or number >= Decimal(10) ** _WHOLE_DIGITS:
        return False
    return number == round(number, _DECIMALS)
