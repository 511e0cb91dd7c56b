"""A stand-in for Intuit's OAuth and QuickBooks Online v3 API, as strict as the real ones.

It reproduces what is documented, and marks in its docstrings what is practice or a guess; sources
are cited where a rule stands. Tax, reports, webhooks and account balances are outside it.
"""

from sandbox.quickbooks.company import Company, Journal, Line, Side
from sandbox.quickbooks.desk import NewCompany
from sandbox.quickbooks.sandbox import QuickBooksSandbox
from sandbox.quickbooks.state import HARBOR_STREET, SECOND_COMPANY

__all__ = [
    "HARBOR_STREET",
    "SECOND_COMPANY",
    "Company",
    "Journal",
    "Line",
    "NewCompany",
    "QuickBooksSandbox",
    "Side",
]
