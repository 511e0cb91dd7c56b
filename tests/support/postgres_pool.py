"""PostgreSQL databases for one test after another: emptied, which costs a quarter of a new one.

A database goes to the next test under another name, with the template's rows and counters and
nobody connected, as fresh as a copy. One whose tables are no longer the template's, or that grew
large, is dropped instead. For one process; it must not know what the template holds.
"""

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from tests.support.postgres import PostgresServer

_LARGE_BYTES = 4 * 1024 * 1024
_LEAVE_WITHIN_MS = 10_000

# Whatever was made, altered, emptied by force or dropped since is a row with another xmin.
_STRUCTURE = """
select md5(concat(
  (select string_agg(concat_ws(' ', oid, xmin), ',' order by oid)
     from pg_class where oid >= 16384),
  (select string_agg(concat_ws(' ', attrelid, attnum, xmin), ',' order by attrelid, attnum)
     from pg_attribute where attrelid >= 16384),
  (select string_agg(concat_ws(' ', indexrelid, xmin), ',' order by indexrelid)
     from pg_index where indexrelid >= 16384),
  (select string_agg(concat_ws(' ', oid, xmin), ',' order by oid)
     from pg_constraint where oid >= 16384),
  (select string_agg(concat_ws(' ', oid, xmin), ',' order by oid)
     from pg_trigger where oid >= 16384),
  (select string_agg(concat_ws(' ', oid, xmin), ',' order by oid)
     from pg_proc where oid >= 16384),
  (select string_agg(concat_ws(' ', nspname, xmin), ',' order by oid)
     from pg_namespace where nspname !~ '^pg_(toast_)?temp_'),
  (select count(*) from pg_db_role_setting),
  (select count(*) from pg_statistic where starelid >= 16384)
))
"""
_TABLES = """
select array(select oid::regclass::text from pg_class where relkind = 'r' and oid >= 16384)
"""
_COUNTERS = "select array(select oid::regclass::text from pg_class where relkind = 'S')"
_SIZE = "(select sum(pg_relation_size(oid)) from pg_class where relkind = 'r' and oid >= 16384)"


Connection = psycopg.Connection[tuple[Any, ...]]


class _Template(NamedTuple):
    """What a fresh copy is recognised by."""

    structure: str
    empty: tuple[str, ...]
    """Tables without a row."""
    kept: dict[str, str]
    """Tables with rows → a digest of them."""
    restart: str
    """Puts its counters back."""


class PostgresPool:
    """Copies of one template, used by one test at a time each."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        """Take the server and the template's name there, see `PostgresServer.template`."""
        self._server = server
        self._name = template
        self._template: _Template | None = None
        self._free: list[str] = []
        self._admin = psycopg.connect(_address(server.url("postgres")), autocommit=True)

    def take(self) -> str:
        """Return the address of a database that holds what the template does."""
        return self._free.pop() if self._free else self._server.new_database(template=self._name)

    def give_back(self, url: str) -> None:
        """End whatever is still connected, and make the database fresh or drop it."""
        template = self._template or self._look()
        moved = self._rename(url)
        with psycopg.connect(_address(moved), autocommit=True) as connection:
            is_fresh = _empty(connection, template)
        if is_fresh:
            self._free.append(moved)
        else:
            self._server.drop_database(moved)

    def close(self) -> None:
        """Leave the server, which takes the databases with it when the run ends."""
        self._admin.close()

    def _look(self) -> _Template:
        url = self._server.new_database(template=self._name)
        with psycopg.connect(_address(url), autocommit=True) as connection:
            self._template = _look(connection)
        self._free.append(url)
        return self._template

    def _rename(self, url: str) -> str:
        """A process that outlives its test finds no database where it looks for its own."""
        name, moved = url.rpartition("/")[2], f"t_{uuid.uuid4().hex}"
        end = "select pg_terminate_backend(pid, %s) from pg_stat_activity where datname = %s"
        self._admin.execute(end, (_LEAVE_WITHIN_MS, name))
        statement = sql.SQL("alter database {} rename to {}")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(moved)))
        return self._server.url(moved)


def _address(url: str) -> str:
    return url.replace("+psycopg", "")


def _look(connection: Connection) -> _Template:
    tables: list[str] = _one(connection, _TABLES)[0]
    filled = _filled(connection, tables)
    return _Template(
        structure=_one(connection, _STRUCTURE)[0],
        empty=tuple(table for table in tables if table not in filled),
        kept={table: _digest(connection, table) for table in filled},
        restart=_restart(connection),
    )


def _restart(connection: Connection) -> str:
    counters: list[str] = _one(connection, _COUNTERS)[0]
    at = [
        (name, *_one(connection, f"select last_value, is_called from {name}")) for name in counters
    ]
    return "select " + ", ".join(f"setval('{name}', {last}, {called})" for name, last, called in at)


def _empty(connection: Connection, template: _Template) -> bool:
    """Remove every row that the template has not; say whether the rest is as it was."""
    structure, size = _one(connection, f"{_STRUCTURE}, {_SIZE}")
    if structure != template.structure or size > _LARGE_BYTES:
        return False
    if any(_digest(connection, table) != rows for table, rows in template.kept.items()):
        return False
    filled = _filled(connection, template.empty)
    if filled:
        # Without the checks of references, which whole tables need not.
        removals = "; ".join(f"delete from {table}" for table in filled)
        connection.execute(f"set session_replication_role = replica; {removals}".encode())
        # Without what is left of the rows, the next ones lie in the order they came.
        connection.execute(f"vacuum {', '.join(filled)}".encode())
    connection.execute(template.restart.encode())
    return True


def _filled(connection: Connection, tables: Iterable[str]) -> list[str]:
    looks = ", ".join(f"case when exists(select from {each}) then '{each}' end" for each in tables)
    found: list[str] = _one(connection, f"select array_remove(array[{looks}]::text[], null)")[0]
    return found


def _digest(connection: Connection, table: str) -> str:
    rows = f"select md5(string_agg(t::text, ',' order by t::text)) from {table} t"
    return str(_one(connection, rows)[0])


def _one(connection: Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row
