"""What every ERP stand-in offers to tests besides its own books: its log, and an orderly end."""

from sandbox.document_store import DocumentStore
from sandbox.gateway import Gateway, LoggedRequest, RequestLog


class StandIn:
    """A stand-in behind its front door."""

    def __init__(self, *, gateway: Gateway, log: RequestLog, store: DocumentStore) -> None:
        self._gateway = gateway
        self._log = log
        self._store = store

    def requests(self, after: int = 0) -> list[LoggedRequest]:
        """The requests numbered above `after`, oldest first."""
        return self._log.after(after)

    async def settle(self) -> None:
        """Wait until every late commit has happened."""
        await self._gateway.settle()

    def close(self) -> None:
        """Close the data file."""
        self._store.close()
