"""Serves an ASGI application over real HTTP on a free loopback port, inside the test's own loop."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
