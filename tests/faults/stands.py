"""The three local ERPs and the journal file in the runner's words: made, matched and read alike.

Data only; ``erp_side`` speaks to them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger.organisation import Provider
from sandbox.copies import Copy, Names, read_netsuite, read_quickbooks, read_xero
from sandbox.payload import JsonObject

Json = dict[str, object]

PARENT = "1"
"""The subsidiary that new NetSuite accounts begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How one local ERP is told to make a company, and how its books are read."""

    companies: str
    """The control path that makes a company."""
    id_key: str
    """Where the answer has its id."""
    preferences_key: str
    bank: str
    """An account that takes what comes in."""
    creation: Mapping[str, str]
    """Matches the requests that create entries."""
    read: Callable[[JsonObject, Names], Copy]
    key_parameter: str | None = None
    """What the log of requests keeps of the ERP's own key."""
    memory: str | None = None
    """The preference that says for how many seconds it remembers a key."""
    token_path: str | None = None
    """Where tokens are renewed; none when they never are."""
    limits: Mapping[str, object]


STANDS: Mapping[Provider, Stand] = {
    Provider.QUICKBOOKS: Stand(
        companies="/companies",
        id_key="realm",
        preferences_key="preferences",
        bank="Operating Bank",
        creation={"method": "POST", "path": "/journalentry$"},
        read=read_quickbooks,
        key_parameter="requestid",
        memory="requestid_memory_s",
        token_path="/tokens/bearer$",
        limits={"enabled": False},
    ),
    Provider.XERO: Stand(
        companies="/companies",
        id_key="realm",
        preferences_key="settings",
        # Xero takes no manual journals on bank accounts.
        bank="Bank Clearing",
        creation={"method": "PUT", "path": "/ManualJournals$"},
        read=read_xero,
        key_parameter="idempotency-key",
        memory="key_memory_s",
        token_path="/connect/token$",
        limits={"enabled": False},
    ),
    Provider.NETSUITE: Stand(
        companies="/accounts",
        id_key="account_id",
        preferences_key="settings",
        bank="Operating Bank",
        creation={"method": "POST", "path": "/journalEntry$"},
        read=read_netsuite,
        # Its limit stays: two processes with four requests each exceed it.
        limits={"concurrency": 5, "processing_ms": 2},
    ),
}
REVENUE = "Protocol Revenue"
