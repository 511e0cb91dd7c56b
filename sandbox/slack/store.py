"""Where a workspace survives a restart: one SQLite file of JSON documents and blobs.

It knows kinds and keys, nothing of Slack. Without a file everything stays in memory.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sandbox.slack.jsontypes import JsonObject, compact, parse_json


class Store:
    """Documents by (kind, key), in the order in which they were first written."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        # The stand-in runs on one event loop, but tests build it on one thread and serve on
        # another.
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents("
            "number INTEGER PRIMARY KEY, kind TEXT, key TEXT, body TEXT, UNIQUE(kind, key))"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS blobs(key TEXT PRIMARY KEY, content BLOB)")

    def put(self, kind: str, key: str, body: JsonObject) -> None:
        """Write a document; a known key keeps its place in the order."""
        self._db.execute(
            "INSERT INTO documents(kind, key, body) VALUES(?,?,?) "
            "ON CONFLICT(kind, key) DO UPDATE SET body=excluded.body",
            (kind, key, compact(body)),
        )

    def remove(self, kind: str, key: str) -> None:
        """Forget a document; an unknown key is no fault."""
        self._db.execute("DELETE FROM documents WHERE kind=? AND key=?", (kind, key))

    def all(self, kind: str) -> list[JsonObject]:
        """Every document of a kind, oldest first."""
        rows = self._db.execute("SELECT body FROM documents WHERE kind=? ORDER BY number", (kind,))
        return [parse_json(body) for (body,) in rows.fetchall()]

    def put_blob(self, key: str, content: bytes) -> None:
        """Keep a file's bytes."""
        self._db.execute("INSERT OR REPLACE INTO blobs VALUES(?,?)", (key, content))

    def blob(self, key: str) -> bytes | None:
        """A file's bytes, or None when none were ever kept."""
        row = self._db.execute("SELECT content FROM blobs WHERE key=?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
