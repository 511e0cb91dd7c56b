"""What the use cases need from the outside, as protocols. Storage, engine and Slack satisfy them.

Nothing here does anything. A use case takes a port, never a table, an engine or a client.
"""

from bot.services.ports.deliveries import Deliveries, Runs
from bot.services.ports.organisations import (
    Companies,
    ConnectRequests,
    GrantRecords,
    Organisations,
    People,
)
from bot.services.ports.outside import (
    Announcer,
    Authorizer,
    Clock,
    Connectors,
    CredentialForms,
    Engine,
    FileRefusedError,
    Files,
    Ids,
    Owners,
)
from bot.services.ports.records import ApiTokens, Audit, OneTimeCodes, Outbox
from bot.services.ports.storage import Storage, UnitOfWork
from bot.services.ports.transactions import Choices, Stragglers, Transactions, Uploads

__all__ = [
    "Announcer",
    "ApiTokens",
    "Audit",
    "Authorizer",
    "Choices",
    "Clock",
    "Companies",
    "ConnectRequests",
    "Connectors",
    "CredentialForms",
    "Deliveries",
    "Engine",
    "FileRefusedError",
    "Files",
    "GrantRecords",
    "Ids",
    "OneTimeCodes",
    "Organisations",
    "Outbox",
    "Owners",
    "People",
    "Runs",
    "Storage",
    "Stragglers",
    "Transactions",
    "UnitOfWork",
    "Uploads",
]
