"""A throwaway PostgreSQL server, one for a whole test run, shared by its worker processes.

The first process that asks starts it; `tests.support.postgres_owner` stops it and removes its
files once the run's main process is gone, however that ended. It must not touch a server that is
already on this machine.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support import tools
from tests.support.postgres_owner import Cluster

_PROJECT = Path(__file__).resolve().parents[2]


class PostgresServer:
    """A running server, and the databases made on it for one test each."""

    def __init__(self, *, port: int, folder: Path) -> None:
        self._port = port
        self._folder = folder

    def new_database(self, *, template: str = "template0") -> str:
        """Create a database of its own and return its address (`postgresql+psycopg://…`).

        Args:
            template: the database to copy, `template0` for an empty one; see `template`.
        """
        name = f"t_{uuid.uuid4().hex}"
        self._create(name, template=template)
        return self.url(name)

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """Prepare a database once for the whole run and return its name for `new_database`.

        Args:
            name: what the template holds, for example `migrated`.
            prepare: given the database's address, fills it; it must close its connections.
        """
        database = f"template_{name}"
        done = self._folder / database
        with _locked(self._folder / "templates.lock"):
            if not done.exists():
                self._create(database, template="template0")
                prepare(self.url(database))
                done.touch()
        return database

    def url(self, database: str) -> str:
        """The address of a database of this server, for SQLAlchemy with psycopg 3."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{database}"

    def drop_database(self, url: str) -> None:
        """Remove a database that `new_database` made, closing whatever is still connected."""
        name = sql.Identifier(url.rpartition("/")[2])
        self._execute(sql.SQL("drop database if exists {} with (force)").format(name))

    def _create(self, name: str, *, template: str) -> None:
        statement = sql.SQL("create database {} template {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def _execute(self, statement: sql.Composed) -> None:
        address = f"host=127.0.0.1 port={self._port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


class RestartableServer(PostgresServer):
    """A server whose users must cope with its going away."""

    def restart(self, *, is_crash: bool) -> None:
        """Restart it; in a crash it ends without a word to anybody, and recovers."""
        programs = tools.postgres_programs()
        if programs is None:
            raise RuntimeError(tools.NO_POSTGRES)
        Cluster(programs, self._folder).restart(is_crash=is_crash)


def shared_server() -> PostgresServer:
    """The server of this test run, started by whichever process asks first.

    Raises:
        RuntimeError: PostgreSQL is not installed, or its server did not start.
    """
    main_process = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = Path(tempfile.gettempdir()) / f"integral-postgres-{os.getuid()}-{main_process}"
    with _locked(folder.with_suffix(".lock")):
        port_file = folder / "port"
        if not port_file.exists():
            _start(folder, main_process)
        return PostgresServer(port=int(port_file.read_text()), folder=folder)


def own_server(name: str) -> RestartableServer:
    """A server of this process alone, which may be restarted and then has every commit still.

    Raises:
        RuntimeError: as :func:`shared_server`.
    """
    process = os.getpid()
    folder = Path(tempfile.gettempdir()) / f"integral-postgres-{os.getuid()}-{process}-{name}"
    _start(folder, process, "--durable")
    return RestartableServer(port=int((folder / "port").read_text()), folder=folder)


def _start(folder: Path, main_process: int, *options: str) -> None:
    programs = tools.postgres_programs()
    if programs is None:
        raise RuntimeError(tools.NO_POSTGRES)
    owner = [sys.executable, "-m", "tests.support.postgres_owner"]
    started = subprocess.run(
        [*owner, str(programs), str(folder), str(main_process), *options],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if started.returncode != 0:
        raise RuntimeError(f"PostgreSQL did not start: {started.stderr.strip()}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
