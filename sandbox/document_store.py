"""Durable memory for a stand-in: documents by kind and key, in one SQLite file or in memory.

A commit is on disk before the caller goes on, because an ERP that has answered has also kept what
it answered; a stand-in that forgot would teach the product a lie. It knows nothing of any ERP.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.payload import JsonObject, read_json, write_json


class DocumentStore:
    """JSON documents addressed by (kind, key); `transaction` keeps all of its block or nothing."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS documents "
            "(kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key))"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes of the block together; an exception inside keeps none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def put(self, kind: str, key: str, body: Mapping[str, object]) -> None:
        """Write one document, replacing the one of the same kind and key."""
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, write_json(body)),
        )

    def delete(self, kind: str, key: str) -> None:
        """Remove one document; removing what is not there changes nothing."""
        self._connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    def load(self, kind: str) -> dict[str, JsonObject]:
        """All documents of a kind by key, in the order of their first writing."""
        rows = self._connection.execute(
            "SELECT key, body FROM documents WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return {key: read_json(body) for key, body in rows}

    def close(self) -> None:
        """Close the file; the store is not usable afterwards."""
        self._connection.close()
