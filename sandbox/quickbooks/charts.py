"""The charts of accounts and lists that sandbox companies start with.

Ids are fixed, so that tests and the demo's data can name them.
"""

from sandbox.contact_names import CUSTOMERS, VENDORS
from sandbox.quickbooks.company import Account, Contact, Dimension

Row = tuple[str, str, str, str]
"""Id, name, `AccountType`, `AccountSubType`."""

_DEFAULT: tuple[Row, ...] = (
    ("1", "Operating Bank", "Bank", "Checking"),
    ("2", "Payroll Bank", "Bank", "Checking"),
    ("3", "EUR Bank", "Bank", "Checking"),
    ("4", "Cash at Exchanges", "Other Current Asset", "OtherCurrentAssets"),
    ("5", "Kraken", "Other Current Asset", "OtherCurrentAssets"),
    ("6", "Coinbase & Prime", "Other Current Asset", "OtherCurrentAssets"),
    ("10", "Digital Assets", "Other Current Asset", "OtherCurrentAssets"),
    ("11", "BTC", "Other Current Asset", "OtherCurrentAssets"),
    ("12", "ETH", "Other Current Asset", "OtherCurrentAssets"),
    ("13", "SOL", "Other Current Asset", "OtherCurrentAssets"),
    ("14", "Stablecoins", "Other Current Asset", "OtherCurrentAssets"),
    ("15", "Other Digital Assets", "Other Current Asset", "OtherCurrentAssets"),
    ("16", "Crypto in Transit", "Other Current Asset", "OtherCurrentAssets"),
    ("20", "Accounts Receivable", "Accounts Receivable", "AccountsReceivable"),
    ("21", "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("22", "Validator Hardware", "Fixed Asset", "MachineryAndEquipment"),
    ("30", "Accounts Payable", "Accounts Payable", "AccountsPayable"),
    ("31", "Corporate Card", "Credit Card", "CreditCard"),
    ("32", "Payroll Liabilities", "Other Current Liability", "PayrollTaxPayable"),
    ("33", "Customer Deposits <Held>", "Other Current Liability", "OtherCurrentLiabilities"),
    ("34", "Convertible Notes", "Long Term Liability", "NotesPayable"),
    ("40", "Common Stock", "Equity", "CommonStock"),
    ("41", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("50", "Protocol Revenue", "Income", "ServiceFeeIncome"),
    ("51", "Staking Income", "Income", "OtherPrimaryIncome"),
    ("52", "Interest Income", "Other Income", "InterestEarned"),
    ("53", "Gain on Digital Assets", "Other Income", "OtherMiscellaneousIncome"),
    ("60", "Cost of Revenue", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
    ("70", "Payroll", "Expense", "PayrollExpenses"),
    ("71", "Legal & Professional Fees", "Expense", "LegalProfessionalFees"),
    ("72", "Software", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("73", "Trading Fees", "Expense", "BankCharges"),
    ("74", "Network Fees", "Expense", "BankCharges"),
    ("75", "Bank Fees", "Expense", "BankCharges"),
    ("76", "Grants & Bounties", "Expense", "OtherMiscellaneousServiceCost"),
    ("80", "Loss on Digital Assets", "Other Expense", "OtherMiscellaneousExpense"),
    ("81", "Rounding", "Other Expense", "OtherMiscellaneousExpense"),
    ("90", "Old Crypto Wallet", "Other Current Asset", "OtherCurrentAssets"),
)
_PARENTS = {"5": "4", "6": "4", "11": "10", "12": "10", "13": "10", "14": "10", "15": "10"}
_INACTIVE = frozenset({"90"})


def default_chart(*, foreign_bank: bool) -> dict[str, Account]:
    """About forty accounts of a finance team that holds crypto.

    `foreign_bank` keeps account 3 in euros, which needs multicurrency; without it the account is
    left out.
    """
    rows = [row for row in _DEFAULT if foreign_bank or row[0] != "3"]
    return {
        id_: Account(
            id=id_,
            name=name,
            type=kind,
            subtype=subtype,
            currency="EUR" if id_ == "3" else None,
            parent=_PARENTS.get(id_),
            active=id_ not in _INACTIVE,
        )
        for id_, name, kind, subtype in rows
    }


def empty_chart() -> dict[str, Account]:
    """The two accounts every company has."""
    return {
        id_: account
        for id_, account in default_chart(foreign_bank=False).items()
        if id_ in {"1", "41"}
    }


def large_chart() -> dict[str, Account]:
    """Ten thousand accounts: the default ones without the euro bank, and plain expense accounts."""
    accounts = default_chart(foreign_bank=False)
    for number in range(1000, 11_000 - len(accounts)):
        id_ = str(number)
        accounts[id_] = Account(
            id=id_, name=f"Cost Centre {id_}", type="Expense", subtype="OtherBusinessExpenses"
        )
    return accounts


def contacts(names: tuple[str, ...] | list[str], *, first_id: int) -> dict[str, Contact]:
    """Contacts with the given names, numbered from `first_id`."""
    return {
        str(id_): Contact(id=str(id_), name=name) for id_, name in enumerate(names, start=first_id)
    }


def default_customers() -> dict[str, Contact]:
    """Five customers, ids 101 to 105; the last is inactive."""
    customers = contacts(CUSTOMERS, first_id=101)
    customers["105"].active = False
    return customers


def default_vendors() -> dict[str, Contact]:
    """Five vendors, ids 201 to 205."""
    return contacts(VENDORS, first_id=201)


def default_classes() -> dict[str, Dimension]:
    """Two classes."""
    return {
        "301": Dimension(id="301", name="Treasury"),
        "302": Dimension(id="302", name="Protocol"),
    }


def default_departments() -> dict[str, Dimension]:
    """Two locations."""
    return {"1": Dimension(id="1", name="Boston"), "2": Dimension(id="2", name="Lisbon")}
