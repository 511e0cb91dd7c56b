"""Books: a company as last imported from its ERP, and what its accounts may be used for.

Values only: the connectors fill them, mapping and preflight read them. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class AccountClass(StrEnum):
    """The five classes every chart of accounts has, whatever the ERP calls its types."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class ContactKind(StrEnum):
    """What a contact is to the company."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the imported chart of accounts."""

    erp_id: str
    """The ERP's own id; names and codes may change, this does not."""
    name: str
    """The full name, parents included, as people see it in the ERP."""
    code: str | None = None
    classification: AccountClass
    erp_type: str
    """The ERP's own type word, such as ``Other Current Asset`` or ``CURRENT``."""
    currency: str | None = None
    """Only where the account is kept in one currency; none means the functional currency."""
    is_active: bool = True
    refusal: str | None = None
    """Why the ERP takes no journal entry on this account, in a sentence; none when it does."""
    requires_contact: ContactKind | None = None
    """Accounts receivable needs a customer, accounts payable a vendor (QuickBooks 6000)."""

    @property
    def label(self) -> str:
        """Code and name as people know the account."""
        return f"{self.code} {self.name}" if self.code else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer or vendor, read only."""

    erp_id: str
    name: str
    kind: ContactKind
    is_active: bool = True
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionValue:
    """One value of a dimension, such as the QuickBooks class *Trading*."""

    erp_id: str
    name: str
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A further classification a posting may carry: class, location, tracking, department."""

    key: str
    name: str
    is_required: bool = False
    values: tuple[DimensionValue, ...] = ()

    def value(self, erp_id: str) -> DimensionValue | None:
        """Return one of its values, active or not."""
        return next((value for value in self.values if value.erp_id == erp_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A company's books as last imported."""

    company_name: str
    functional_currency: str
    fiscal_year_start_month: int = 1
    lock_date: date | None = None
    """Entries dated on or before it are refused by the ERP."""
    accounts: tuple[Account, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    country: str | None = None
    _by_id: dict[str, Account] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {account.erp_id: account for account in self.accounts})

    def account(self, erp_id: str) -> Account | None:
        """Return the account with this ERP id, or none when the last import had no such one."""
        return self._by_id.get(erp_id)

    def dimension(self, key: str) -> Dimension | None:
        """Return the dimension with this key, or none when the company has no such one."""
        return next((each for each in self.dimensions if each.key == key), None)

    def takes_dimension(self, key: str, value_id: str) -> bool:
        """Say whether a posting may carry a value: it is known here, and active."""
        dimension = self.dimension(key)
        value = dimension.value(value_id) if dimension else None
        return value is not None and value.is_active

    def dimension_label(self, key: str, value_id: str) -> tuple[str, str]:
        """Return the names of a dimension and its value; the ids of what is not known."""
        dimension = self.dimension(key)
        if dimension is None:
            return key, value_id
        value = dimension.value(value_id)
        return dimension.name, value.name if value else value_id

    def is_locked(self, day: date) -> bool:
        """Say whether the ERP would refuse an entry of this day."""
        return self.lock_date is not None and day <= self.lock_date

    @property
    def first_open(self) -> date | None:
        """Return the first day that is not locked; none where no day is."""
        return self.lock_date + timedelta(days=1) if self.lock_date else None
