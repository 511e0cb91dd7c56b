"""The sandbox's server in a thread of this process, for whoever needs the main one.

On loopback only. Ports are taken before anything starts, so that a busy one is said at once.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from sandbox.app import create_sandbox
from sandbox.server import BOT_TOKEN, SIGNING_SECRET

HOST = "127.0.0.1"
_STARTS_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.02


class PortBusyError(Exception):
    """Something else listens on a port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use on this machine")
        self.port = port


def take_port(port: int) -> socket.socket:
    """Listen on a port; 0 takes any free one.

    Raises:
        PortBusyError: it is taken.
    """
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise PortBusyError(port) from error


def free_port(port: int) -> int:
    """Check that another program can listen on a port, and return it; 0 finds one.

    Raises:
        PortBusyError: it is taken.
    """
    with take_port(port) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def hosted(listener: socket.socket, *, bot_url: str, data_dir: Path) -> Iterator[str]:
    """Serve the sandbox for a block; gives its address.

    Raises:
        RuntimeError: it did not start.
    """
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    data_dir.mkdir(parents=True, exist_ok=True)
    app = create_sandbox(
        bot_url=bot_url,
        data_dir=data_dir,
        signing_secret=SIGNING_SECRET,
        bot_token=BOT_TOKEN,
        public_url=address,
    )
    # The page's event stream never ends by itself, so a stop must not wait for it.
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
    )
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield address
    finally:
        # Uvicorn reports what it cuts off; at a stop that was asked for it is no news.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _STARTS_WITHIN_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("the sandbox did not start")
        time.sleep(_LOOK_EVERY_S)
