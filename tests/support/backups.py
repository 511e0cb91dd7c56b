"""Backups of a test's database as operators make them: a copied file, or a dump of Postgres.

It must not know what a database holds.
"""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.database import Database
from tests.support import tools


@contextmanager
def restored_afterwards(database: Database, folder: Path) -> Iterator[None]:
    """Back a database up into a folder, let the block happen, and restore the backup."""
    around = _copied if database.url.get_backend_name() == "sqlite" else _dumped
    with around(database, folder):
        yield


@contextmanager
def _copied(database: Database, folder: Path) -> Iterator[None]:
    live, backup = Path(str(database.url.database)), folder / "backup.db"
    _copy(live, backup)
    yield
    _copy(backup, live)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@contextmanager
def _dumped(database: Database, folder: Path) -> Iterator[None]:
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    backup = str(folder / "backup.dump")
    _run("pg_dump", "--format=custom", f"--file={backup}", address)
    yield
    _run("pg_restore", "--clean", "--if-exists", f"--dbname={address}", backup)


def _run(program: str, *arguments: str) -> None:
    programs = tools.postgres_programs()
    assert programs is not None, tools.NO_POSTGRES
    subprocess.run([programs / program, *arguments], check=True, capture_output=True)
