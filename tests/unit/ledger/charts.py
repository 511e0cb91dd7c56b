"""A small company for mapping tests: its chart, its contacts and what is chosen."""

from __future__ import annotations

from dataclasses import replace

from ledger.books import Account, AccountClass, Books, Contact, ContactKind
from ledger.entries import Role, Side
from ledger.journalize import Journal
from ledger.mapped import Mapped, MappedEntry, MappingRules, map_all
from ledger.mapping import Mapping
from ledger.preflight import PreflightFacts, TextLimits
from tests.unit.ledger.journals import settings


def account(
    code: str, name: str, kind: AccountClass = AccountClass.ASSET, **more: object
) -> Account:
    return Account(
        erp_id=code,
        code=code,
        name=name,
        classification=kind,
        erp_type="Other",
        **more,  # type: ignore[arg-type]
    )


BOOKS = Books(
    company_name="Acme Inc",
    functional_currency="USD",
    accounts=(
        account("1000", "Bank"),
        account("1010", "Exchange cash"),
        account("1100", "Digital assets"),
        account("1110", "Ether"),
        account("1300", "Receivables", requires_contact=ContactKind.CUSTOMER),
        account("2000", "Payables", AccountClass.LIABILITY, requires_contact=ContactKind.VENDOR),
        account("4000", "Revenue", AccountClass.INCOME),
        account("5100", "Payroll", AccountClass.EXPENSE),
        account("6000", "Trading fees", AccountClass.EXPENSE),
        account("6010", "Network fees", AccountClass.EXPENSE),
        account("7000", "Gains", AccountClass.INCOME),
        account("7010", "Losses", AccountClass.EXPENSE),
    ),
    contacts=(
        Contact(erp_id="c1", name="Big Client", kind=ContactKind.CUSTOMER),
        Contact(erp_id="v1", name="Legal LLP", kind=ContactKind.VENDOR),
        Contact(erp_id="v2", name="Old Vendor", kind=ContactKind.VENDOR, is_active=False),
    ),
)
ROLES = {
    Role.PROCEEDS: "1010",
    Role.TRADING_FEES: "6000",
    Role.NETWORK_FEES: "6010",
    Role.GAINS: "7000",
    Role.LOSSES: "7010",
}
MAPPING = Mapping(
    wallets={"Royalty Wallet": "1100", "Ops Wallet": "1110", "Exchange": "1100", "Bank": "1000"},
    categories={"Income": "4000", "Payroll": "5100", "Payables": "2000", "Receivables": "1300"},
    roles=ROLES,
)
FACTS = PreflightFacts(
    books=BOOKS, base_currency="USD", limits=TextLimits(entry_memo=4000, posting_memo=4000)
)


def rules(mapping: Mapping = MAPPING, **more: object) -> MappingRules:
    return MappingRules(mapping=mapping, settings=settings(), books=BOOKS, **more)  # type: ignore[arg-type]


def mapped(result: Journal, chosen: MappingRules | None = None) -> tuple[Mapped, ...]:
    return map_all(result.items, chosen or rules())


def entries(result: Journal, chosen: MappingRules | None = None) -> list[MappedEntry]:
    found = [item.entry for item in mapped(result, chosen)]
    assert all(found)
    return [entry for entry in found if entry is not None]


def lines(entry: MappedEntry) -> list[str]:
    """Postings as people read them: *Dr 1100 20.00*."""
    return [
        f"{'Dr' if p.side is Side.DEBIT else 'Cr'} {p.account_id} {p.money.amount}"
        for p in entry.postings
    ]


def books_with(**more: object) -> Books:
    return replace(BOOKS, **more)  # type: ignore[arg-type]
