"""The journal entry that somebody typed into the books before the demo, in each ERP's own words.

It is the customer's wire of the sample month, so that Integral has to find it. Data only; the
demo types it in.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.payload import JsonObject

NUMBER = "1042"
_BLUE_HARBOR_IN_QUICKBOOKS = "102"
_BLUE_HARBOR_IN_NETSUITE = "502"
Accounts = Mapping[str, str]
"""Account name to its id in the company."""


def in_quickbooks(accounts: Accounts) -> JsonObject:
    """The wire as QuickBooks' screen takes it."""
    customer: JsonObject = {"Type": "Customer", "EntityRef": {"value": _BLUE_HARBOR_IN_QUICKBOOKS}}
    return {
        "TxnDate": _day(),
        "DocNumber": NUMBER,
        "PrivateNote": _memo(),
        "CurrencyRef": {"value": data.CURRENCY},
        "Line": [
            _quickbooks_line("Debit", accounts[_BANK], {}),
            _quickbooks_line("Credit", accounts[_RECEIVABLE], {"Entity": customer}),
        ],
    }


def in_xero(accounts: Accounts) -> JsonObject:
    """The wire as Xero's screen takes it: no journal may name a bank account or receivables."""
    amount = float(_amount())
    return {
        "Date": _day(),
        "Narration": _memo(),
        "Status": "POSTED",
        "JournalLines": [
            {"LineAmount": amount, "AccountID": accounts["Bank Clearing"]},
            {"LineAmount": -amount, "AccountID": accounts["Accrued Receivables"]},
        ],
    }


def in_netsuite(accounts: Accounts) -> JsonObject:
    """The wire as NetSuite's screen takes it, in the subsidiary that the demo connects."""
    amount = float(_amount())
    return {
        "tranDate": _day(),
        "memo": _memo(),
        "subsidiary": {"id": "1"},
        "line": {
            "items": [
                {"account": {"id": accounts[_BANK]}, "debit": amount},
                {
                    "account": {"id": accounts[_RECEIVABLE]},
                    "credit": amount,
                    "entity": {"id": _BLUE_HARBOR_IN_NETSUITE},
                },
            ]
        },
    }


_BANK, _RECEIVABLE = "Operating Bank", "Accounts Receivable"
_ROW = next(row for row in month.month_rows() if row["id"] == month.LOOK_ALIKE_ID)


def _day() -> str:
    return _ROW["timestamp"][:10]


def _amount() -> str:
    return _ROW["received_quantity"]


def _memo() -> str:
    return f"Wire from {_ROW['counterparty']}, invoice {NUMBER}"


def _quickbooks_line(side: str, account: str, more: JsonObject) -> JsonObject:
    return {
        "DetailType": "JournalEntryLineDetail",
        "Amount": float(_amount()),
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}, **more},
    }
