"""The pool of the tests' own databases: nothing of one test reaches the next."""

import os
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from tests.support.postgres import PostgresServer
from tests.support.postgres_pool import PostgresPool


def _address(url: str) -> str:
    return url.replace("+psycopg", "")


def _prepare_for_pool(url: str) -> None:
    with psycopg.connect(_address(url)) as connection:
        connection.execute("create table version as select 7 as number")
        connection.execute("create table parents (id int primary key)")
        connection.execute("create table children (id serial, parent int references parents (id))")


@pytest.fixture(scope="module")
def pool(postgres_server: PostgresServer) -> Iterator[PostgresPool]:
    template = postgres_server.template(f"pool_{os.getpid()}", _prepare_for_pool)
    with closing(PostgresPool(postgres_server, template)) as pool:
        yield pool


def _numbers(url: str) -> list[tuple[int, ...]]:
    with psycopg.connect(_address(url)) as connection:
        connection.execute("insert into parents values (1)")
        connection.execute("insert into children (parent) values (1), (1)")
        return connection.execute("select id from children").fetchall()


def test_a_database_comes_back_as_fresh_as_a_copy_and_without_its_users(pool: PostgresPool) -> None:
    taken = pool.take()
    assert _numbers(taken) == [(1,), (2,)]
    with psycopg.connect(_address(taken)) as connection:
        oid = connection.execute("select oid from pg_database where datname = current_database()")
        number = oid.fetchone()
        pool.give_back(taken)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(_address(taken))
    again = pool.take()
    with psycopg.connect(_address(again)) as connection:
        oid = connection.execute("select oid from pg_database where datname = current_database()")
        assert oid.fetchone() == number
    assert _numbers(again) == [(1,), (2,)]
    pool.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "alter table parents rename to away",
        "alter table children alter column parent set not null",
        "alter table children add check (id > 0)",
        "create schema another",
        "create index on children (parent)",
        "update version set number = 8",
        "insert into parents select generate_series(1, 120000)",
    ],
)
def test_a_database_that_is_not_what_it_was_is_not_used_again(
    pool: PostgresPool, change: str
) -> None:
    taken = pool.take()
    with psycopg.connect(_address(taken)) as connection:
        connection.execute(change.encode())
    pool.give_back(taken)
    again = pool.take()
    with psycopg.connect(_address(again)) as connection:
        assert connection.execute("select number from version").fetchone() == (7,)
        known = connection.execute("select to_regnamespace('another') is null")
        assert known.fetchone() == (True,)
    assert _numbers(again) == [(1,), (2,)]
    pool.give_back(again)
