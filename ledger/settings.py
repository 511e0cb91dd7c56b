"""Journal-entry settings: how transactions become entries, chosen once per organisation.

Values and their check; which accounts the entries go to is the mapping's matter. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from ledger.currencies import is_fiat
from ledger.memo import DEFAULT_TEMPLATE, TemplateError, check_template
from ledger.periods import last_of_month
from ledger.transactions import Transaction


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what is accepted."""


class Rollup(StrEnum):
    """How many entries a day has."""

    INDIVIDUAL = "individual"
    """One entry for each transaction."""
    BUNDLED = "bundled"
    """One entry a day, every posting kept."""
    SUMMED = "summed"
    """One entry a day, one posting for each account and side."""


class EntryDate(StrEnum):
    """Which date an entry carries."""

    TRANSACTION = "transaction"
    """The transaction's day in the organisation's time zone."""
    POSTING = "posting"
    """The day on which the entry is made."""
    CUSTOM = "custom"
    """A set date, or the last day of the transaction's month."""


class FeeOnAcquisition(StrEnum):
    """What becomes of a fee on a purchase."""

    CAPITALISE = "capitalise"
    EXPENSE = "expense"


class FeeOnDisposal(StrEnum):
    """What becomes of a fee on a sale."""

    EXPENSE = "expense"
    NET = "net"


class FeeOnSwap(StrEnum):
    """What becomes of a fee on a trade of one asset for another."""

    CAPITALISE = "capitalise"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """How entries are made.

    Raises:
        SettingsError: for a currency, time zone or memo template that cannot be used.
    """

    base_currency: str
    time_zone: str
    rollup: Rollup = Rollup.INDIVIDUAL
    entry_date: EntryDate = EntryDate.TRANSACTION
    custom_date: date | None = None
    """Only for a custom entry date; none means the last day of the transaction's month."""
    memo: str = DEFAULT_TEMPLATE
    fee_on_acquisition: FeeOnAcquisition = FeeOnAcquisition.CAPITALISE
    fee_on_disposal: FeeOnDisposal = FeeOnDisposal.EXPENSE
    fee_on_swap: FeeOnSwap = FeeOnSwap.CAPITALISE

    def __post_init__(self) -> None:
        if not is_fiat(self.base_currency):
            message = (
                f"base_currency must be an ISO 4217 code such as USD, not {self.base_currency!r}"
            )
            raise SettingsError(message)
        _require_time_zone(self.time_zone)
        try:
            check_template(self.memo)
        except TemplateError as error:
            message = f"memo: {error}"
            raise SettingsError(message) from error

    def date_of(self, transaction: Transaction, *, posting_date: date) -> date:
        """Return the date of a transaction's entry.

        Args:
            transaction: The transaction.
            posting_date: The organisation's current day; a retry keeps its first one.
        """
        if self.entry_date is EntryDate.POSTING:
            return posting_date
        if self.entry_date is EntryDate.CUSTOM and self.custom_date is not None:
            return self.custom_date
        day = transaction.local_date(self.time_zone)
        return last_of_month(day) if self.entry_date is EntryDate.CUSTOM else day


MONTH_END = "month_end"
"""The custom date that is the last day of each transaction's month."""

Choice = TypeVar("Choice", bound=StrEnum)


def settings_to_dict(settings: JournalSettings) -> dict[str, str]:
    """Write settings as plain text values; :func:`settings_from_dict` reads them."""
    custom = settings.custom_date.isoformat() if settings.custom_date else MONTH_END
    return {
        "base_currency": settings.base_currency,
        "time_zone": settings.time_zone,
        "rollup": settings.rollup.value,
        "entry_date": settings.entry_date.value,
        "custom_date": custom,
        "memo": settings.memo,
        "fee_on_acquisition": settings.fee_on_acquisition.value,
        "fee_on_disposal": settings.fee_on_disposal.value,
        "fee_on_swap": settings.fee_on_swap.value,
    }


def settings_from_dict(content: Mapping[str, object]) -> JournalSettings:
    """Read settings from a JSON object; what is left out gets its default.

    Base currency and time zone have the defaults USD and UTC here.

    Raises:
        SettingsError: for an unknown key or a value that is not accepted, naming it.
    """
    unknown = sorted(set(content) - set(JournalSettings.__dataclass_fields__))
    if unknown:
        known = ", ".join(JournalSettings.__dataclass_fields__)
        message = f"{', '.join(unknown)}: no such setting; there are {known}"
        raise SettingsError(message)
    return JournalSettings(
        base_currency=_text(content, "base_currency", default="USD").upper(),
        time_zone=_text(content, "time_zone", default="UTC"),
        rollup=_choice(content, "rollup", default=Rollup.INDIVIDUAL),
        entry_date=_choice(content, "entry_date", default=EntryDate.TRANSACTION),
        custom_date=_custom_date(content),
        memo=_text(content, "memo", default=DEFAULT_TEMPLATE),
        fee_on_acquisition=_choice(
            content, "fee_on_acquisition", default=FeeOnAcquisition.CAPITALISE
        ),
        fee_on_disposal=_choice(content, "fee_on_disposal", default=FeeOnDisposal.EXPENSE),
        fee_on_swap=_choice(content, "fee_on_swap", default=FeeOnSwap.CAPITALISE),
    )


def _text(content: Mapping[str, object], key: str, *, default: str) -> str:
    value = content.get(key, default)
    if not isinstance(value, str):
        message = f"{key} must be text, not {value!r}"
        raise SettingsError(message)
    return value.strip()


def _choice(content: Mapping[str, object], key: str, *, default: Choice) -> Choice:
    text = _text(content, key, default=default.value).lower()
    choices = type(default)
    try:
        return choices(text)
    except ValueError as error:
        message = f"{key} must be one of {', '.join(choices)}, not {text!r}"
        raise SettingsError(message) from error


def _custom_date(content: Mapping[str, object]) -> date | None:
    text = _text(content, "custom_date", default=MONTH_END)
    if text in {MONTH_END, ""}:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"custom_date must be a date such as 2026-10-31 or {MONTH_END}, not {text!r}"
        raise SettingsError(message) from error


def _require_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    # An unknown name, a path and a directory each raise another error.
    except (OSError, ValueError, LookupError) as error:
        message = f"time_zone must be an IANA name such as Europe/London, not {name!r}"
        raise SettingsError(message) from error
