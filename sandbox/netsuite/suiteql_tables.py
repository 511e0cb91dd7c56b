"""The tables that SuiteQL sees: their columns, their rows and the permission that opens each.

Column names of account, customer, vendor, currency, subsidiary and transaction are those that
published integrations use; those of periods, dimensions and lines are practice. `transaction` has
no subsidiary; its lines have. Amounts of `transactionaccountingline` are in base currency and only
there is the account.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

from sandbox.netsuite import permissions
from sandbox.netsuite.account import (
    Approval,
    Currency,
    Dimension,
    Entity,
    Journal,
    LedgerAccount,
    Line,
    NetSuiteAccount,
    OtherTransaction,
    Period,
    Side,
    Subsidiary,
)
from sandbox.netsuite.state import NetSuiteState

Value: TypeAlias = str | Decimal | date | datetime | None
_Row = TypeVar("_Row")
_STATUS = {Approval.PENDING: "A", Approval.APPROVED: "B", Approval.REJECTED: "R"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, and how to read each column from a row."""

    permission: str
    rows: tuple[object, ...]
    columns: Mapping[str, Callable[[object], Value]]


@dataclass(frozen=True, slots=True)
class LineRow:
    """A journal and one of its lines."""

    journal: Journal
    line: Line


def tables(state: NetSuiteState, account: NetSuiteAccount) -> dict[str, Callable[[], Table]]:
    """Every table of an account by name; without OneWorld there is no `subsidiary`."""
    found: dict[str, Callable[[], Table]] = {
        "account": lambda: _accounts(account),
        "customer": lambda: _entities(permissions.CUSTOMERS, account.customers.values()),
        "vendor": lambda: _entities(permissions.VENDORS, account.vendors.values()),
        "employee": lambda: _entities(permissions.EMPLOYEES, account.employees.values()),
        "currency": lambda: _currencies(account),
        "accountingperiod": lambda: _periods(account),
        "department": lambda: _dimensions(permissions.DEPARTMENTS, account.departments),
        "classification": lambda: _dimensions(permissions.CLASSES, account.classes),
        "location": lambda: _dimensions(permissions.LOCATIONS, account.locations),
        "transaction": lambda: _transactions(state, account),
        "transactionline": lambda: _lines(state, account),
        "transactionaccountingline": lambda: _accounting_lines(state, account),
    }
    if account.settings.one_world:
        found["subsidiary"] = lambda: _subsidiaries(account)
    for field, segment in account.segments.items():
        found[f"customrecord_{field}"] = lambda values=segment.values: _dimensions(  # type: ignore[misc]
            permissions.SEGMENTS, values
        )
    return found


def _table(
    permission: str, rows: Iterable[_Row], columns: Mapping[str, Callable[[_Row], Value]]
) -> Table:
    return Table(permission, tuple(rows), cast("Mapping[str, Callable[[object], Value]]", columns))


def _accounts(account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[LedgerAccount], Value]] = {
        "id": lambda it: Decimal(it.id),
        "acctnumber": lambda it: it.number,
        "fullname": account.full_name,
        "accountsearchdisplayname": lambda it: f"{it.number} {it.name}",
        "accttype": lambda it: it.type,
        "isinactive": lambda it: _flag(not it.active),
        "issummary": lambda it: _flag(it.summary),
        "parent": lambda it: _id(it.parent),
        "currency": lambda it: _id(it.currency),
        "subsidiary": lambda it: _subsidiaries_of(account, it.subsidiaries),
        "externalid": lambda _it: None,
    }
    return _table(permissions.ACCOUNTS, account.accounts.values(), columns)


def _entities(permission: str, rows: Iterable[Entity]) -> Table:
    columns: dict[str, Callable[[Entity], Value]] = {
        "id": lambda it: Decimal(it.id),
        "entityid": lambda it: it.name,
        "companyname": lambda it: it.name,
        "externalid": lambda it: it.external_id,
        "isinactive": lambda it: _flag(not it.active),
        "subsidiary": lambda it: _id(it.subsidiaries[0] if it.subsidiaries else None),
    }
    return _table(permission, rows, columns)


def _currencies(account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[Currency], Value]] = {
        "id": lambda it: Decimal(it.id),
        "symbol": lambda it: it.symbol,
        "name": lambda it: it.name,
        "isbasecurrency": lambda it: _flag(it.id == account.base_currency),
        "exchangerate": lambda it: it.rate,
        "isinactive": lambda _it: "F",
    }
    return _table(permissions.CURRENCY, account.currencies.values(), columns)


def _subsidiaries(account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[Subsidiary], Value]] = {
        "id": lambda it: Decimal(it.id),
        "name": lambda it: it.name,
        "fullname": lambda it: it.name,
        "currency": lambda it: Decimal(it.currency),
        "iselimination": lambda it: _flag(it.elimination),
        "isinactive": lambda it: _flag(not it.active),
    }
    return _table(permissions.SUBSIDIARIES, account.subsidiaries.values(), columns)


def _periods(account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[Period], Value]] = {
        "id": lambda it: Decimal(it.id),
        "periodname": lambda it: it.name,
        "startdate": lambda it: it.start,
        "enddate": lambda it: it.end,
        "parent": lambda it: _id(it.parent),
        "closed": lambda it: _flag(it.closed),
        "alllocked": lambda it: _flag(it.locked),
        "isposting": lambda it: _flag(it.posting),
        "isadjust": lambda it: _flag(it.adjustment),
        "isquarter": lambda it: _flag(it.quarter),
        "isyear": lambda it: _flag(it.year),
        "isinactive": lambda _it: "F",
    }
    return _table(permissions.PERIODS, account.periods.values(), columns)


def _dimensions(permission: str, values: Mapping[str, Dimension]) -> Table:
    columns: dict[str, Callable[[Dimension], Value]] = {
        "id": lambda it: Decimal(it.id),
        "name": lambda it: it.name,
        "fullname": lambda it: it.name,
        "parent": lambda it: _id(it.parent),
        "isinactive": lambda it: _flag(not it.active),
    }
    return _table(permission, values.values(), columns)


def _transactions(state: NetSuiteState, account: NetSuiteAccount) -> Table:
    zone = ZoneInfo(account.time_zone)
    both: dict[str, Callable[[Journal | OtherTransaction], Value]] = {
        "id": lambda it: Decimal(it.id),
        "type": lambda it: "Journal" if isinstance(it, Journal) else it.type,
        "tranid": lambda it: it.tran_id,
        "externalid": lambda it: it.external_id,
        "trandate": lambda it: it.tran_date,
    }
    own: dict[str, Callable[[Journal], Value]] = {
        "memo": lambda it: it.memo,
        "currency": lambda it: Decimal(it.currency),
        "exchangerate": lambda it: it.exchange_rate,
        "postingperiod": lambda it: Decimal(it.period),
        "posting": lambda it: _flag(it.posting),
        "approvalstatus": lambda it: Decimal(it.approval.value),
        "status": lambda it: _STATUS[it.approval],
        "voided": lambda _it: "F",
        "createddate": lambda it: it.created_at and it.created_at.astimezone(zone),
        "lastmodifieddate": lambda it: it.updated_at and it.updated_at.astimezone(zone),
    }
    journals_only = {name: _of_journals(read) for name, read in own.items()}
    rows: list[Journal | OtherTransaction] = [
        *state.journals(account.id).values(),
        *state.other_transactions(account.id).values(),
    ]
    return _table(permissions.JOURNALS, rows, both | journals_only)


def _of_journals(
    read: Callable[[Journal], Value],
) -> Callable[[Journal | OtherTransaction], Value]:
    return lambda it: read(it) if isinstance(it, Journal) else None


def _lines(state: NetSuiteState, account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[LineRow], Value]] = {
        "transaction": lambda it: Decimal(it.journal.id),
        "id": lambda it: Decimal(it.line.number),
        "uniquekey": lambda it: Decimal(it.journal.id) * 100_000 + it.line.number,
        "linesequencenumber": lambda it: Decimal(it.line.number),
        # A journal's first line passes for its main line, so nobody may filter by it.
        "mainline": lambda it: _flag(it.line.number == 1),
        "entity": lambda it: _id(it.line.entity),
        "memo": lambda it: it.line.memo,
        "department": lambda it: _id(it.line.department),
        "class": lambda it: _id(it.line.class_id),
        "location": lambda it: _id(it.line.location),
        "subsidiary": lambda it: _id(it.journal.subsidiary),
        "foreignamount": lambda it: _signed(it.line.side, it.line.amount),
        "eliminate": lambda it: _flag(it.line.eliminate),
    }
    for field in account.segments:
        columns[field] = lambda it, field=field: _id(it.line.segments.get(field))  # type: ignore[misc]
    return _table(permissions.JOURNALS, _line_rows(state, account), columns)


def _accounting_lines(state: NetSuiteState, account: NetSuiteAccount) -> Table:
    columns: dict[str, Callable[[LineRow], Value]] = {
        "transaction": lambda it: Decimal(it.journal.id),
        "transactionline": lambda it: Decimal(it.line.number),
        "account": lambda it: Decimal(it.line.account),
        "accountingbook": lambda _it: Decimal(1),
        "debit": lambda it: _on_side(it, Side.DEBIT),
        "credit": lambda it: _on_side(it, Side.CREDIT),
        "amount": lambda it: _signed(it.line.side, it.journal.in_base(it.line)),
        "posting": lambda it: _flag(it.journal.posting),
        "exchangerate": lambda it: it.journal.exchange_rate,
    }
    return _table(permissions.JOURNALS, _line_rows(state, account), columns)


def _line_rows(state: NetSuiteState, account: NetSuiteAccount) -> Iterable[LineRow]:
    for journal in state.journals(account.id).values():
        for line in journal.lines:
            yield LineRow(journal, line)


def _on_side(row: LineRow, side: Side) -> Decimal | None:
    return row.journal.in_base(row.line) if row.line.side is side else None


def _signed(side: Side, amount: Decimal) -> Decimal:
    return amount if side is Side.DEBIT else -amount


def _flag(value: bool) -> str:  # noqa: FBT001 - rendering: the one thing it is about
    return "T" if value else "F"


def _id(id_: str | None) -> Decimal | None:
    return None if id_ is None else Decimal(id_)


def _subsidiaries_of(account: NetSuiteAccount, ids: tuple[str, ...] | None) -> str | None:
    """A multiple-select column: ids with commas between; not there without OneWorld."""
    if not account.settings.one_world:
        return None
    return ", ".join(account.subsidiaries if ids is None else ids)
