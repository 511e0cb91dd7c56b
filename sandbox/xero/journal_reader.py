"""The structure of a `ManualJournal` payload: kinds, words, numbers, and what it refers to.

Properties it does not know are passed over, as Xero does. All findings of an element are
collected; what Xero says to most of them is not published, and these texts are guesses but for
those that `journal_rules` cites.
https://developer.xero.com/documentation/api/accounting/manualjournals
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from sandbox.payload import JsonObject, flag_at, objects_at, text_at
from sandbox.xero.organisation import Account, Journal, Line, Organisation, Status, TrackingCategory
from sandbox.xero.wire import moment_of

_LINE_AMOUNT_TYPES = ("NoTax", "Exclusive", "Inclusive")
_TAX_TYPES = ("NONE", "INPUT", "OUTPUT")
_MOST_TRACKING = 2
_DECIMALS = 2


@dataclass(slots=True)
class Reader:
    """Reads one payload for one organisation and collects what is wrong with it."""

    organisation: Organisation
    now: datetime
    problems: list[str] = field(default_factory=list)

    def journal(self, payload: JsonObject, base: Journal | None) -> Journal:
        """The journal that a payload describes; what it leaves out is as in `base`.

        Without `base` it is a new draft of today. Check `problems` afterwards.
        """
        journal = (
            base.model_copy()
            if base is not None
            else Journal(journal_date=self.now.date(), updated_at=self.now)
        )
        if "Narration" in payload:
            journal.narration = text_at(payload, "Narration") or ""
        if "Date" in payload:
            journal.journal_date = self._date(payload, journal.journal_date)
        if "Status" in payload:
            journal.status = Status(self._word(payload, "Status", tuple(Status)) or journal.status)
        if "LineAmountTypes" in payload:
            kind = self._word(payload, "LineAmountTypes", _LINE_AMOUNT_TYPES)
            journal.line_amount_types = kind or journal.line_amount_types
        if "Url" in payload:
            journal.url = self._url(payload)
        if "JournalLines" in payload:
            lines = (self._line(line) for line in objects_at(payload, "JournalLines"))
            journal.lines = [line for line in lines if line is not None]
        otherwise = journal.show_on_cash_basis
        journal.show_on_cash_basis = flag_at(payload, "ShowOnCashBasisReports", otherwise=otherwise)
        journal.updated_at = self.now
        return journal

    def _line(self, payload: JsonObject) -> Line | None:
        amount, account = self._amount(payload), self._account(payload)
        tracking = tuple(self._tracking(payload))
        tax_type = text_at(payload, "TaxType")
        if tax_type is not None and tax_type not in _TAX_TYPES:
            self.problems.append(
                f"The TaxType code '{tax_type}' does not exist or cannot be used for this type of "
                "transaction."
            )
        if amount is None or account is None:
            return None
        return Line(
            amount=amount,
            account=account.id,
            description=text_at(payload, "Description"),
            tax_type=tax_type,
            tracking=tracking,
        )

    def _amount(self, payload: JsonObject) -> Decimal | None:
        """What Xero makes of more than two decimals is not documented; here they are refused."""
        text = text_at(payload, "LineAmount")
        try:
            amount = Decimal(text or "")
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite():
            self.problems.append("LineAmount is a mandatory field")
            return None
        if amount != round(amount, _DECIMALS):
            self.problems.append(f"LineAmount {text} has more than {_DECIMALS} decimal places")
            return None
        return amount

    def _account(self, payload: JsonObject) -> Account | None:
        id_, code = text_at(payload, "AccountID"), text_at(payload, "AccountCode")
        if id_ is not None:
            account = self.organisation.accounts.get(id_.lower())
        else:
            by_code = (it for it in self.organisation.accounts.values() if it.code == code)
            account = None if code is None else next(by_code, None)
        if id_ is None and code is None:
            self.problems.append("Account code or ID must be specified")
        elif account is None:
            self.problems.append(not_valid(code or id_))
        return account

    def _tracking(self, payload: JsonObject) -> Iterator[tuple[str, str]]:
        given = objects_at(payload, "Tracking")
        if len(given) > _MOST_TRACKING:
            self.problems.append("A line can have at most two tracking categories")
        for item in given:
            category = self._category(item)
            option = None if category is None else _option(category, item)
            if category is None or option is None:
                named = f"{text_at(item, 'Name')} / {text_at(item, 'Option')}"
                self.problems.append(f"The tracking option '{named}' does not exist or is archived")
            else:
                yield category.id, option

    def _category(self, payload: JsonObject) -> TrackingCategory | None:
        id_, name = text_at(payload, "TrackingCategoryID"), text_at(payload, "Name")
        for category in self.organisation.tracking.values():
            if category.active and (category.id == id_ if id_ else category.name == name):
                return category
        return None

    def _url(self, payload: JsonObject) -> str | None:
        url = text_at(payload, "Url")
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or "xero" in (parts.hostname or "xero"):
            self.problems.append("Url must be a valid absolute url")
        return url

    def _word(self, payload: JsonObject, name: str, words: tuple[str, ...]) -> str | None:
        word = text_at(payload, name)
        if word not in words:
            self.problems.append(f"{name} '{word}' is not valid")
            return None
        return word

    def _date(self, payload: JsonObject, otherwise: date) -> date:
        text = text_at(payload, "Date") or ""
        moment = moment_of(text)
        if moment is not None:
            return moment.date()
        try:
            # `fromisoformat` also takes the compact forms, which Xero does not document.
            return date.fromisoformat(text if len(text) == 10 else text.partition("T")[0][:10])
        except ValueError:
            self.problems.append("Date is not valid")
            return otherwise


def not_valid(code: str | None) -> str:
    """What Xero says to an account that a document may not use (seen on other documents)."""
    return f"Account code '{code or ''}' is not a valid code for this document."


def _option(category: TrackingCategory, payload: JsonObject) -> str | None:
    id_, name = text_at(payload, "TrackingOptionID"), text_at(payload, "Option")
    for option in category.options.values():
        if option.active and (option.id == id_ if id_ else option.name == name):
            return option.id
    return None
