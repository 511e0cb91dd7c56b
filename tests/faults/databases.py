"""A fresh, migrated database for every run: a copy of a SQLite file or of a Postgres template."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support import tools
from tests.support.databases import migrated_postgres, migrated_sqlite, sqlite_template
from tests.support.postgres import PostgresServer, own_server, shared_server


@dataclass(frozen=True, slots=True)
class Databases:
    """Where databases come from; made once, before any worker is forked."""

    kind: str
    folder: Path
    server: PostgresServer | None

    @classmethod
    def open(cls, kind: str, folder: Path) -> "Databases":
        """Prepare the template of a kind: ``sqlite`` or ``postgres``."""
        if kind == "sqlite":
            sqlite_template(folder)
            return cls(kind, folder, None)
        return cls._on(shared_server(), folder)

    @classmethod
    def open_own(cls, folder: Path, name: str) -> "Databases":
        """Prepare a Postgres server that may be restarted without harm to other runs."""
        return cls._on(own_server(name), folder)

    @classmethod
    def _on(cls, server: PostgresServer, folder: Path) -> "Databases":
        # The template is made here, with the first copy.
        server.drop_database(migrated_postgres(server))
        return cls("postgres", folder, server)

    def fresh(self, folder: Path) -> str:
        """Return the address of a new database."""
        if self.server is None:
            return migrated_sqlite(sqlite_template(self.folder), folder)
        return migrated_postgres(self.server)

    def drop(self, url: str) -> None:
        """Remove a database whose run went well; a SQLite file goes with its folder."""
        if self.server is not None:
            self.server.drop_database(url)

    def keep(self, url: str, folder: Path) -> None:
        """Put a copy of a run's database into a folder; the Postgres server does not stay."""
        if self.server is None:
            return
        programs = tools.postgres_programs()
        assert programs is not None
        address = url.replace("postgresql+psycopg://", "postgresql://")
        dump = shutil.which("pg_dump", path=str(programs)) or "pg_dump"
        subprocess.run([dump, "-f", str(folder / "integral.sql"), address], check=True)
