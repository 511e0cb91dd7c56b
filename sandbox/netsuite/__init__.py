"""A stand-in for NetSuite's token-based authentication, REST record API and SuiteQL, as strict.

It reproduces what Oracle documents, and marks in its docstrings what is practice or a guess;
sources are cited where a rule stands. Journal entries can be written; tax, several accounting
books, auto-reversal, intercompany journals, SOAP and RESTlets are outside it.
"""

from sandbox.netsuite.account import Journal, Line, NetSuiteAccount, Side
from sandbox.netsuite.credentials import Five
from sandbox.netsuite.defaults import DEFAULT_FIVE, HARBOR_STREET, SINGLE_COMPANY
from sandbox.netsuite.desk import NewAccount
from sandbox.netsuite.sandbox import NetSuiteSandbox

__all__ = [
    "DEFAULT_FIVE",
    "HARBOR_STREET",
    "SINGLE_COMPANY",
    "Five",
    "Journal",
    "Line",
    "NetSuiteAccount",
    "NetSuiteSandbox",
    "NewAccount",
    "Side",
]
