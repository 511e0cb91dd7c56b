"""A stand-in for Xero's identity, connections and Accounting API, as strict as the real ones.

It reproduces what is documented, and marks in its docstrings what is practice or a guess; sources
are cited where a rule stands. Tax amounts, attachments, reports, webhooks and XML request bodies
are outside it.
"""

from sandbox.xero.desk import NewOrganisation
from sandbox.xero.organisation import Journal, Line, Organisation
from sandbox.xero.sandbox import XeroSandbox
from sandbox.xero.state import HARBOR_STREET, SECOND_ORGANISATION

__all__ = [
    "HARBOR_STREET",
    "SECOND_ORGANISATION",
    "Journal",
    "Line",
    "NewOrganisation",
    "Organisation",
    "XeroSandbox",
]
