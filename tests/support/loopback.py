"""Real HTTP on loopback: an application on a free port in the test's own loop, and a client."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[str]:
    """Serve for the length of the block; yields the address, without a slash at the end."""
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_config=None, access_log=False, timeout_keep_alive=30
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # Not `serve()`: it takes over the process's signals and polls for its end.
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.force_exit = True
            await server.shutdown(sockets=[listener])


def open_client(address: str = "", *, timeout_s: float = 20) -> httpx.AsyncClient:
    """A client for plain HTTP on this machine; ``address`` is what paths are relative to.

    Without certificates: loading them takes longer than most tests.
    """
    return httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=timeout_s)
