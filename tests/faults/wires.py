"""Wires: relays on loopback between our processes and what they talk to, to be cut or go dead.

They run in a child of the runner, which tells it through a pipe what becomes of which wire. What a
dead wire has swallowed never arrives: a request cannot come later than the ERP's settling time.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from tests.faults.children import Child, Json

_CHUNK = 65_536


class Wire(StrEnum):
    """How a wire is."""

    WHOLE = "whole"
    CUT = "cut"
    """Connections are cut, and new ones as soon as they are made."""
    DEAD = "dead"
    """Nothing passes; what hung meanwhile is cut when the wire is whole again."""


class Wires:
    """Wires by name, all whole at first."""

    def __init__(self, ends: Mapping[str, int], *, folder: Path) -> None:
        """Lay them.

        Args:
            ends: Name → the port on loopback to which the wire leads.
            folder: Where the child's log goes.
        """
        listeners = {name: socket.create_server(("127.0.0.1", 0)) for name in ends}
        self._ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}
        orders, self._orders = os.pipe()
        self._done, done = os.pipe()

        def work() -> Json:
            os.close(self._orders)
            asyncio.run(_serve(ends, listeners, orders=orders, done=done))
            return {}

        self._child = Child.start(work, folder=folder, name="wires")
        os.close(orders)
        os.close(done)
        for listener in listeners.values():
            listener.close()

    def port(self, name: str) -> int:
        """Return the port at which our processes enter a wire."""
        port: int = self._ports[name]
        return port

    def put(self, name: str, standing: Wire) -> None:
        """Cut a wire, have it go dead, or mend it; it is so when this returns."""
        os.write(self._orders, f"{name} {standing}\n".encode())
        os.read(self._done, 1)

    def close(self) -> None:
        """Take them up again."""
        os.close(self._orders)
        os.close(self._done)
        self._child.kill()


class _Relay:
    def __init__(self, port: int) -> None:
        self._port = port
        self._standing = Wire.WHOLE
        self._open: set[asyncio.StreamWriter] = set()

    def put(self, standing: Wire) -> None:
        """Change how it is."""
        if standing is Wire.CUT or self._standing is Wire.DEAD:
            for writer in self._open:
                writer.transport.abort()
        self._standing = standing

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection for as long as it lasts."""
        pair = {writer}
        self._open.add(writer)
        try:
            if self._standing is Wire.CUT:
                return
            behind, before = await asyncio.open_connection("127.0.0.1", self._port)
            pair.add(before)
            self._open.add(before)
            ways = [self._pass(reader, before), self._pass(behind, writer)]
            # A connection that ends on one side ends on the other.
            _, left = await asyncio.wait(
                [asyncio.create_task(way) for way in ways], return_when=asyncio.FIRST_COMPLETED
            )
            for way in left:
                way.cancel()
        except OSError:
            # Nobody listens there just now: this side hears of it in the same way.
            return
        finally:
            for each in pair:
                self._open.discard(each)
                each.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(_CHUNK):
                if self._standing is Wire.DEAD:
                    await asyncio.Event().wait()
                target.write(data)
                await target.drain()


async def _serve(
    ends: Mapping[str, int], listeners: Mapping[str, socket.socket], *, orders: int, done: int
) -> None:
    """Relay until the runner closes its end of the pipe."""
    relays = {name: _Relay(port) for name, port in ends.items()}
    for name, listener in listeners.items():
        await asyncio.start_server(relays[name].relay, sock=listener)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(orders, "rb", buffering=0)
    )
    while order := await reader.readline():
        name, _, standing = order.decode().strip().partition(" ")
        relays[name].put(Wire(standing))
        os.write(done, b".")
