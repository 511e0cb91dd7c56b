"""The accounts that the sandbox starts with, and the lists that new accounts are given.

Ids and the default credentials are fixed, so that tests and the demo's data can name them.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import sha256

from sandbox.contact_names import CUSTOMERS, VENDORS
from sandbox.netsuite.account import (
    Currency,
    Dimension,
    Entity,
    LedgerAccount,
    NetSuiteAccount,
    Period,
    Segment,
    Settings,
    Subsidiary,
)
from sandbox.netsuite.credentials import Five, Integration, Security, Token
from sandbox.netsuite.permissions import INTEGRATION_ROLE, default_roles

HARBOR_STREET = "1234567_SB1"
SINGLE_COMPANY = "7654321"
USER = "Iris Okafor"
FIRST_YEAR, LAST_YEAR, LAST_CLOSED_YEAR = 2024, 2026, 2024


def _fixed(what: str) -> str:
    """A made-up secret of the usual 64 hex digits, the same in every sandbox."""
    return sha256(f"sandbox {what}".encode()).hexdigest()


def _five(account_id: str) -> Five:
    return Five(
        account_id=account_id,
        consumer_key=_fixed(f"{account_id} consumer key"),
        consumer_secret=_fixed(f"{account_id} consumer secret"),
        token_id=_fixed(f"{account_id} token id"),
        token_secret=_fixed(f"{account_id} token secret"),
    )


DEFAULT_FIVE = _five(HARBOR_STREET)
"""What connects the default account."""

# Id, number, name, `accttype`.
_CHART: tuple[tuple[str, str, str, str], ...] = (
    ("101", "1000", "Operating Bank", "Bank"),
    ("102", "1010", "Payroll Bank", "Bank"),
    ("103", "1020", "EUR Bank", "Bank"),
    ("104", "1030", "Cash at Exchanges", "OthCurrAsset"),
    ("105", "1031", "Kraken", "OthCurrAsset"),
    ("106", "1032", "Coinbase & Prime", "OthCurrAsset"),
    ("110", "1100", "Accounts Receivable", "AcctRec"),
    ("120", "1400", "Digital Assets", "OthCurrAsset"),
    ("121", "1410", "BTC", "OthCurrAsset"),
    ("122", "1420", "ETH", "OthCurrAsset"),
    ("123", "1430", "SOL", "OthCurrAsset"),
    ("124", "1440", "Stablecoins", "OthCurrAsset"),
    ("125", "1450", "Other Digital Assets", "OthCurrAsset"),
    ("126", "1490", "Crypto in Transit", "OthCurrAsset"),
    ("127", "1495", "Old Crypto Wallet", "OthCurrAsset"),
    ("130", "1500", "Prepaid Expenses", "OthCurrAsset"),
    ("131", "1600", "Validator Hardware", "FixedAsset"),
    ("140", "2000", "Accounts Payable", "AcctPay"),
    ("141", "2100", "Corporate Card", "CredCard"),
    ("142", "2200", "Payroll Liabilities", "OthCurrLiab"),
    ("143", "2300", "Customer Deposits <Held>", "OthCurrLiab"),
    ("144", "2500", "Convertible Notes", "LongTermLiab"),
    ("150", "3000", "Common Stock", "Equity"),
    ("151", "3200", "Retained Earnings", "Equity"),
    ("160", "4000", "Protocol Revenue", "Income"),
    ("161", "4100", "Staking Income", "Income"),
    ("162", "4800", "Interest Income", "OthIncome"),
    ("163", "4900", "Gain on Digital Assets", "OthIncome"),
    ("170", "5000", "Cost of Revenue", "COGS"),
    ("180", "6000", "Payroll", "Expense"),
    ("181", "6100", "Legal & Professional Fees", "Expense"),
    ("182", "6200", "Software", "Expense"),
    ("183", "6300", "Trading Fees", "Expense"),
    ("184", "6310", "Network Fees", "Expense"),
    ("185", "6320", "Bank Fees", "Expense"),
    ("186", "6400", "Grants & Bounties", "Expense"),
    ("190", "7000", "Loss on Digital Assets", "OthExpense"),
    ("191", "7900", "Rounding", "OthExpense"),
    ("195", "9000", "Purchase Orders", "NonPosting"),
    ("196", "9100", "Headcount", "Stat"),
)
_PARENTS = {"105": "104", "106": "104", **dict.fromkeys(("121", "122", "123", "124", "125"), "120")}
_EURO_ACCOUNT, _SUMMARY, _INACTIVE = "103", "120", "127"
_US_ONLY = frozenset({"102"})


def default_accounts() -> Iterable[NetSuiteAccount]:
    """Harbor Street Labs, OneWorld with a European subsidiary, and one company without OneWorld."""
    yield new_account(
        HARBOR_STREET,
        name="Harbor Street Labs",
        settings=Settings(),
        security=_security(_five(HARBOR_STREET)),
    )
    yield new_account(
        SINGLE_COMPANY,
        name="Second Company Ltd",
        settings=Settings(one_world=False),
        security=_security(_five(SINGLE_COMPANY)),
    )


def new_account(
    id_: str, *, name: str, settings: Settings, security: Security, base_currency: str = "1"
) -> NetSuiteAccount:
    """An account with the default lists; `base_currency` is a currency's id."""
    return NetSuiteAccount(
        id=id_,
        name=name,
        base_currency=base_currency,
        settings=settings,
        security=security,
        currencies=default_currencies(),
        subsidiaries=default_subsidiaries(name, base_currency),
        accounts=default_chart(),
        customers=entities(CUSTOMERS, first_id=501, inactive="505", foreign="504"),
        vendors=entities(VENDORS, first_id=601, foreign="605"),
        employees=entities(("Iris Okafor",), first_id=701),
        departments=_dimensions("Treasury", "Research & Development", "Old Department"),
        classes=_dimensions("Trading", "Protocol"),
        locations=_dimensions("Boston", "Lisbon"),
        segments={"cseg_fund": Segment(name="Fund", values=_dimensions("Fund I", "Fund <II>"))},
        periods=default_periods(),
    )


def default_currencies() -> dict[str, Currency]:
    """Dollars, euros and pounds: ids 1, 2 and 3."""
    return {
        "1": Currency(id="1", symbol="USD", name="US Dollar"),
        "2": Currency(id="2", symbol="EUR", name="Euro", rate=Decimal("1.08")),
        "3": Currency(id="3", symbol="GBP", name="British Pound", rate=Decimal("1.27")),
    }


def default_subsidiaries(name: str, base_currency: str) -> dict[str, Subsidiary]:
    """The parent, its European subsidiary, and one for eliminations: ids 1, 2 and 3."""
    europe = name.removesuffix(" Labs") + " Europe"
    return {
        "1": Subsidiary(id="1", name=name, currency=base_currency),
        "2": Subsidiary(id="2", name=europe, currency="2"),
        "3": Subsidiary(id="3", name="Eliminations", currency=base_currency, elimination=True),
    }


def default_chart() -> dict[str, LedgerAccount]:
    """About forty accounts of a finance team that holds crypto."""
    return {
        id_: LedgerAccount(
            id=id_,
            number=number,
            name=name,
            type=kind,
            parent=_PARENTS.get(id_),
            summary=id_ == _SUMMARY,
            currency="2" if id_ == _EURO_ACCOUNT else None,
            active=id_ != _INACTIVE,
            subsidiaries=("1",) if id_ in _US_ONLY else None,
        )
        for id_, number, name, kind in _CHART
    }


def entities(
    names: Iterable[str], *, first_id: int, inactive: str = "", foreign: str = ""
) -> dict[str, Entity]:
    """Customers or vendors numbered from `first_id`; `foreign` belongs to subsidiary 2 alone."""
    made = {}
    for number, name in enumerate(names, start=first_id):
        id_ = str(number)
        made[id_] = Entity(
            id=id_,
            name=name,
            active=id_ != inactive,
            subsidiaries=("2",) if id_ == foreign else None,
        )
    return made


def default_periods() -> dict[str, Period]:
    """Years, quarters and months of 2024 to 2026; those of 2024 are closed."""
    made: dict[str, Period] = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        closed = year <= LAST_CLOSED_YEAR
        parent = _keep(made, f"FY {year}", _months(year, 1, 12), year=True, closed=closed)
        for quarter in range(4):
            first = 3 * quarter + 1
            span = _months(year, first, first + 2)
            name = f"Q{quarter + 1} {year}"
            above = _keep(made, name, span, parent=parent, quarter=True, closed=closed)
            for month in range(first, first + 3):
                days = _months(year, month, month)
                _keep(made, f"{days[0]:%b %Y}", days, parent=above, closed=closed)
    return made


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def _keep(made: dict[str, Period], name: str, days: tuple[date, date], **more: str | bool) -> str:
    id_ = str(len(made) + 1)
    start, end = days
    body = {"id": id_, "name": name, "start": start, "end": end, **more}
    above = "quarter" in more or "year" in more
    made[id_] = Period.model_validate(body | {"posting": not above})
    return id_


def _dimensions(*names: str) -> dict[str, Dimension]:
    return {
        str(id_): Dimension(id=str(id_), name=name, active=not name.startswith("Old"))
        for id_, name in enumerate(names, start=1)
    }


def _security(five: Five) -> Security:
    integration = Integration(
        name="Integral",
        consumer_key=five.consumer_key,
        consumer_secret=five.consumer_secret,
    )
    token = Token(
        token_id=five.token_id,
        token_secret=five.token_secret,
        consumer_key=five.consumer_key,
        user=USER,
        role=INTEGRATION_ROLE,
    )
    return Security(
        integrations={integration.consumer_key: integration},
        tokens={token.token_id: token},
        roles=default_roles(),
    )
