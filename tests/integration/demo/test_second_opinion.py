"""The demo's own reckoning against the ledger: two programs, one set of rows, the same cents."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from ledger.entries import Role
from ledger.journalize import journalize
from ledger.lots import Lot
from ledger.mapped import Mapped, MappingRules, map_all
from ledger.mapping import Mapping
from ledger.money import Money
from ledger.settings import JournalSettings
from ledger.sources.generic import parse_csv
from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.once import expected


def mapped_by_the_ledger() -> list[Mapped]:
    settings = JournalSettings(base_currency=data.CURRENCY, time_zone=data.TIME_ZONE)
    transactions = [
        transaction
        for name, text in (("month", month.transactions_csv()), ("late", month.late_csv()))
        for transaction in parse_csv(text.encode(), source=name).transactions
    ]
    lots = [
        Lot(
            account=account,
            asset=asset,
            quantity=Decimal(quantity),
            cost=Money(Decimal(cost), data.CURRENCY),
            acquired_at=datetime.fromisoformat(moment),
        )
        for account, asset, quantity, cost, moment in data.OPENING_LOTS
    ]
    journal = journalize(
        transactions,
        settings=settings,
        posting_date=date(2026, 2, 2),
        opening_lots=lots,
        go_live=date.fromisoformat(data.GO_LIVE),
    )
    mapping = Mapping(
        tokens=month.ACCOUNT_OF_TOKEN,
        wallets=month.ACCOUNT_OF_WALLET,
        categories=month.ACCOUNT_OF_CATEGORY,
        roles={Role(name): account for name, account in month.ACCOUNT_OF_ROLE.items()},
    )
    return list(map_all(journal.items, MappingRules(mapping=mapping, settings=settings)))


def test_both_make_the_same_lines_of_every_row() -> None:
    due = {each.id: sorted(each.lines) for each in expected() if each.lines}
    january = range(date(2026, 1, 1).toordinal(), date(2026, 2, 1).toordinal())

    made = {
        item.transaction.id: sorted(
            (p.account_id, p.side.value, int(p.money.amount * 100)) for p in item.entry.postings
        )
        for item in mapped_by_the_ledger()
        if item.entry is not None and item.entry.entry_date.toordinal() in january
    }

    assert made == due
    assert len(due) >= 400


def test_both_block_the_same_row() -> None:
    blocked = [each.id for each in expected() if each.blocked]

    assert blocked == [month.MISSING_PRICE_ID]
    assert [m.transaction.id for m in mapped_by_the_ledger() if m.problems] == blocked
