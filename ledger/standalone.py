"""Standalone: a file of transactions in, journal entries out, with no ERP and no database.

The whole line up to roll-up in one pure function, behind ``integral journalize``. Accounts are
names as the settings give them. No I/O; today's date comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal

from ledger.charts.defaults import DefaultedMapping
from ledger.entries import Role
from ledger.journalize import journalize
from ledger.lots import Lot
from ledger.mapped import Mapped, MappedEntry, MappingRules, map_all
from ledger.problems import Problem, ProblemCode
from ledger.rollup import roll_up
from ledger.settings import JournalSettings, SettingsError, settings_from_dict
from ledger.sources import ParsedFile, parse_csv, parse_json_lines, parse_opening_lots
from ledger.sources.opening_lots import ParsedLots
from ledger.transactions import Transaction

SOURCE = "file"
"""The source's name for a file that is only journalized."""
_LEDGER_KEYS = ("ledger_account", "ledger account", "ledger")
_TABLES = ("accounts", "assets", "categories")


def journalize_file(
    data: bytes,
    *,
    settings: Mapping[str, object],
    today: date,
    opening_lots: bytes | None = None,
) -> dict[str, object]:
    """Journalize a file of the generic format, as CSV or JSON lines.

    Args:
        data: The file.
        settings: The content of ``S.json``; what it leaves out gets its default, and the
            default US GAAP chart's account as *code name*.
        today: The date of entries that are dated by posting.
        opening_lots: The CSV file of opening lots, if there is one.

    Returns:
        ``{"entries": [{"date", "memo", "transactions", "postings": [{"account", "side",
        "amount"}]}], "lots": [{"account", "asset", "quantity", "cost", "acquired_at"}],
        "problems": [{"code", "row", "field", "message"}]}``, amounts as text. A cost that is not
        known and a row that cannot be named are None.

    Raises:
        SettingsError: for settings that cannot be used, in a sentence.
    """
    chosen = read_settings(settings)
    base_currency = chosen.settings.base_currency
    parsed = _parse(data)
    lots = (
        parse_opening_lots(opening_lots, base_currency=base_currency)
        if opening_lots is not None
        else ParsedLots(lots=(), problems=())
    )
    journal = journalize(
        parsed.transactions, settings=chosen.settings, posting_date=today, opening_lots=lots.lots
    )
    rules = MappingRules(mapping=chosen.mapping, settings=chosen.settings)
    mapped = map_all(journal.items, rules)
    entries = roll_up((m.entry for m in mapped if m.entry), settings=chosen.settings)
    return {
        "entries": [_entry(entry) for entry in entries],
        "lots": [_lot(lot) for lot in journal.lots],
        "problems": [
            *(_problem(p, prefix="Opening lots: ") for p in lots.problems),
            *_problems(parsed, mapped),
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What ``S.json`` says."""

    settings: JournalSettings
    mapping: DefaultedMapping


def read_settings(content: Mapping[str, object]) -> Choices:
    """Read the content of ``S.json``.

    Raises:
        SettingsError: naming the key that cannot be used, and what is accepted.
    """
    journal = {key: value for key, value in content.items() if key not in _TABLES}
    roles = {_role(name): account for name, account in _names(content, "accounts").items()}
    tokens: dict[tuple[str, str], str] = {}
    wallets: dict[str, str] = {}
    for wallet, asset, account in _assets(content.get("assets")):
        if asset:
            tokens[wallet, asset] = account
        else:
            wallets[wallet] = account
    mapping = DefaultedMapping(
        tokens=tokens, wallets=wallets, categories=_names(content, "categories"), roles=roles
    )
    return Choices(settings=settings_from_dict(journal), mapping=mapping)


def _parse(data: bytes) -> ParsedFile:
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return parse_json_lines(data, source=SOURCE) if is_json else parse_csv(data, source=SOURCE)


def _role(name: str) -> Role:
    if name not in set(Role):
        message = f"accounts: {name!r} is no role; there are {', '.join(Role)}"
        raise SettingsError(message)
    return Role(name)


def _names(content: Mapping[str, object], key: str) -> dict[str, str]:
    """Read a table from name to ledger account."""
    table = content.get(key) or {}
    if not isinstance(table, dict):
        message = f"{key} must be an object from name to ledger account"
        raise SettingsError(message)
    return {str(name): _account(account, f"{key}.{name}") for name, account in table.items()}


def _assets(table: object) -> Iterable[tuple[str, str | None, str]]:
    """Read the list of (account, asset or none, ledger account)."""
    if table is None:
        return
    if not isinstance(table, list):
        message = 'assets must be a list of {"account", "asset", "ledger_account"}'
        raise SettingsError(message)
    for place, item in enumerate(table, start=1):
        wallet, asset, account = _asset_choice(item, f"assets, item {place}")
        name = _account(wallet, f"assets, item {place}: account")
        if asset is not None and not isinstance(asset, str):
            message = f"assets, item {place}: asset must be text or null"
            raise SettingsError(message)
        token = (asset or "").strip()
        yield name, token or None, _account(account, f"assets, item {place}: ledger_account")


def _asset_choice(item: object, where: str) -> tuple[object, object, object]:
    if isinstance(item, list) and len(item) == 3:
        return item[0], item[1], item[2]
    if isinstance(item, dict):
        unknown = sorted(set(item) - {"account", "asset", *_LEDGER_KEYS})
        if not unknown:
            account = next((item[key] for key in _LEDGER_KEYS if key in item), None)
            return item.get("account"), item.get("asset"), account
        message = f"{where}: {', '.join(unknown)} is unknown; use account, asset, ledger_account"
        raise SettingsError(message)
    message = f"{where} must have account, asset (or null) and ledger_account"
    raise SettingsError(message)


def _account(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"{where} must be a name"
        raise SettingsError(message)
    return value.strip()


def _entry(entry: MappedEntry) -> dict[str, object]:
    return {
        "date": entry.entry_date.isoformat(),
        "memo": entry.memo,
        "transactions": [t.id for t in entry.transactions],
        "postings": [
            {"account": p.account_id, "side": p.side.value, "amount": str(p.money.amount)}
            for p in entry.postings
        ],
    }


def _lot(lot: Lot) -> dict[str, object]:
    return {
        "account": lot.account,
        "asset": lot.asset,
        "quantity": _plain(lot.quantity),
        "cost": str(lot.cost.amount) if lot.cost is not None else None,
        "acquired_at": lot.acquired_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def _plain(quantity: Decimal) -> str:
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _problems(parsed: ParsedFile, mapped: Iterable[Mapped]) -> list[dict[str, object]]:
    found = [_problem(p) for p in parsed.problems]
    found += [_problem(p, of=item.transaction) for item in mapped for p in item.problems]
    return sorted(found, key=lambda p: p["row"] if isinstance(p["row"], int) else 0)


def _problem(
    problem: Problem, *, of: Transaction | None = None, prefix: str = ""
) -> dict[str, object]:
    facts = dict(problem.facts)
    row = of.sequence if of else int(facts["row"]) if "row" in facts else None
    message = problem.message[:1].upper() + problem.message[1:]
    if problem.code is ProblemCode.INVALID_ROW:
        message = f"{problem.subject}: {problem.field_name} {facts.get('reason', '')}."
    return {
        "code": problem.code.value,
        "row": row,
        "field": problem.field_name,
        "message": f"{prefix}{message}",
    }
