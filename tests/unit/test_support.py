"""The test run's own guards."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.support.network import NetworkBlockedError
from tests.support.postgres import PostgresServer
from tests.support.warm import warm_python


def test_a_connection_beyond_loopback_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(NetworkBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_a_name_beyond_this_machine_is_not_looked_up() -> None:
    with pytest.raises(NetworkBlockedError):
        socket.getaddrinfo("example.com", 443)


def test_loopback_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def _address(url: str) -> str:
    return url.replace("+psycopg", "")


def test_a_test_gets_an_empty_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(_address(postgres_url)) as connection:
        found = connection.execute("select count(*) from pg_stat_user_tables").fetchone()
    assert found == (0,)


def test_a_template_is_prepared_once_and_copied(postgres_server: PostgresServer) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(_address(url)) as connection:
            connection.execute("create table seen (id int)")

    name = f"support_{os.getpid()}"
    postgres_server.template(name, prepare)
    url = postgres_server.new_database(template=postgres_server.template(name, prepare))
    with psycopg.connect(_address(url)) as connection:
        assert connection.execute("select count(*) from seen").fetchone() == (0,)
    postgres_server.drop_database(url)
    assert len(prepared) == 1


def test_a_warm_process_has_its_clients_folder_and_streams_and_exit_code(tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text("[1]")
    tool = [warm_python(), "-m", "json.tool"]

    well = subprocess.run([*tool, "given.json"], cwd=tmp_path, capture_output=True, check=False)
    badly = subprocess.run(tool, input=b"{", capture_output=True, check=False)

    assert (well.returncode, json.loads(well.stdout)) == (0, [1])
    assert badly.returncode == 1
    assert b"Expecting" in badly.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_warm_process_ends_with_its_client(number: signal.Signals) -> None:
    server = [warm_python(), "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        client.send_signal(number)
        # Its output ends when nobody holds it open any more.
        client.communicate(timeout=60)

    assert client.returncode == -number
