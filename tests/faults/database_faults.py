"""What befalls the database of one process: cut connections, a lock, a commit without its reply.

It acts on the server or the file from outside, as an operator or a network would.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from storage.engine import is_sqlite, normal_url, sqlite_file
from storage.locks import LocksLostError

LOCKED_S = 0.4
LOST = (OperationalError, InterfaceError, psycopg.OperationalError, LocksLostError)
"""What a process sees of it."""

_MINE = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
_ALL = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


def named(url: str, name: str) -> str:
    """Return an address whose connections can be told apart on the server."""
    return url if is_sqlite(normal_url(url)) else f"{url}?application_name={_label(url, name)}"


class DatabaseFaults:
    """Harms the database's connections of one process."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name

    def cut(self) -> None:
        """Cut the connections of this process, or lock the file."""
        if is_sqlite(normal_url(self._url)):
            self._lock()
        else:
            self._terminate(_MINE, _label(self._url, self._name))

    def cut_all(self) -> None:
        """Cut everybody's connections, and with them their locks; or lock the file."""
        if is_sqlite(normal_url(self._url)):
            self._lock()
        else:
            self._terminate(_ALL)

    def _lock(self) -> None:
        locked = threading.Event()
        threading.Thread(target=self._hold, args=(locked,), daemon=True).start()
        locked.wait()

    def _hold(self, locked: threading.Event) -> None:
        file = sqlite_file(normal_url(self._url))
        other = sqlite3.connect(Path(file), isolation_level=None, timeout=0.2)
        try:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(LOCKED_S)
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            # This very process is writing; it is its own lock then.
            locked.set()
        finally:
            other.close()

    def _terminate(self, statement: str, *values: str) -> None:
        address = self._url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


class Commits:
    """Counts this process' commits; after the drawn one the reply is lost."""

    def __init__(self, lost_at: int | None) -> None:
        self.count = 0
        self.is_torn = False
        self._lost_at = lost_at
        event.listen(Session, "after_commit", self._note)

    def _note(self, _session: Session) -> None:
        self.count += 1
        if self.count == self._lost_at:
            self.is_torn = True
            raise OperationalError("COMMIT", None, ConnectionResetError("its reply was lost"))


def _label(url: str, name: str) -> str:
    return f"{name}-{os.getpid()}-{url.rpartition('_')[2][:12]}"
