"""Backups of a test's database as operators make them: a copied file, or a dump of Postgres.

It must not know what a database holds.
"""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from storage.database import Database
from tests.support import tools

_COPY, _DUMP = "backup.db", "backup.dump"


@contextmanager
def restored_afterwards(database: Database, folder: Path) -> Iterator[None]:
    """Back a database up into a folder, let the block happen, and restore the backup."""
    back_up(database.url, folder)
    yield
    restore(database.url, folder)


def back_up(url: URL, folder: Path) -> None:
    """Put a backup into a folder; others may be at work on the database."""
    if url.get_backend_name() == "sqlite":
        _copy(_file(url), folder / _COPY)
    else:
        _run("pg_dump", "--format=custom", f"--file={folder / _DUMP}", _address(url))


def restore(url: URL, folder: Path) -> None:
    """Put a folder's backup in the place of the database, which nobody uses any more."""
    if url.get_backend_name() == "sqlite":
        _copy(folder / _COPY, _file(url))
    else:
        into = f"--dbname={_address(url)}"
        _run("pg_restore", "--clean", "--if-exists", into, str(folder / _DUMP))


def _file(url: URL) -> Path:
    return Path(str(url.database))


def _address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _run(program: str, *arguments: str) -> None:
    programs = tools.postgres_programs()
    assert programs is not None, tools.NO_POSTGRES
    subprocess.run([programs / program, *arguments], check=True, capture_output=True)
