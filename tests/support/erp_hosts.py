"""The ERPs' own host names on loopback, for clients that insist on them.

A proxy takes a client's CONNECT for a known host and leads it to a TLS server on this machine with
a certificate for that host, made on the spot. Nothing reaches a host that is not known, so a client
that talks to anybody else fails. The tunnel is blind: what is sent arrives byte for byte.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.certificates import issue

_HTTPS = "443"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpHosts:
    """How a client reaches the hosts, and which it asked for."""

    proxy_url: str
    ca_file: Path
    asked: list[str]

    def environment(self) -> dict[str, str]:
        """The variables by which `requests` and `httpx` are told of the proxy and its authority."""
        return {
            "HTTPS_PROXY": self.proxy_url,
            "HTTP_PROXY": self.proxy_url,
            "REQUESTS_CA_BUNDLE": str(self.ca_file),
            "SSL_CERT_FILE": str(self.ca_file),
        }


@asynccontextmanager
async def serve_as(hosts: Mapping[str, ASGIApp], folder: Path) -> AsyncIterator[ErpHosts]:
    """Serve each application as its host for the block, with certificates in `folder`."""
    identity = issue(sorted(hosts), folder)
    config = uvicorn.Config(
        _by_host(hosts),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        ssl_certfile=identity.certificate,
        ssl_keyfile=identity.key,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Not `serve()`: it takes over the process's signals and polls for its end.
        await server.startup(sockets=[listener])
        proxy = _Proxy(frozenset(hosts), listener.getsockname()[1])
        try:
            async with proxy.listening() as proxy_url:
                yield ErpHosts(proxy_url=proxy_url, ca_file=identity.authority, asked=proxy.asked)
        finally:
            server.force_exit = True
            await server.shutdown(sockets=[listener])


def _by_host(hosts: Mapping[str, ASGIApp]) -> ASGIApp:
    """One application that answers as the host it is asked for."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        await hosts[host](scope, receive, send)

    return answer


class _Proxy:
    """Takes CONNECT and nothing else."""

    def __init__(self, known: frozenset[str], tls_port: int) -> None:
        self.asked: list[str] = []
        self._known = known
        self._tls_port = tls_port
        self._tunnels: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for tunnel in self._tunnels:
                tunnel.cancel()
            await asyncio.gather(*self._tunnels, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel = asyncio.get_running_loop().create_task(self._tunnel(reader, writer))
        self._tunnels.add(tunnel)
        tunnel.add_done_callback(self._tunnels.discard)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, target, *_ = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split()
            host, _, port = target.partition(":")
            self.asked.append(host)
            if (method, port) != ("CONNECT", _HTTPS) or host not in self._known:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            await self._join(reader, writer)
        finally:
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._tls_port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        finally:
            inner_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes over until one side is done, and tell the other so."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        # A client that ends without a word ends its tunnel.
        return
    finally:
        writer.close()
