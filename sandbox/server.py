"""Serving the sandbox, on loopback and nowhere else."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import uvicorn

from sandbox.app import create_sandbox

# What a bot is given in the demo; neither opens anything outside this machine.
SIGNING_SECRET = "sandbox-signing-secret"
BOT_TOKEN = "xoxb-sandbox-bot-token"


class NotLoopbackError(ValueError):
    """The sandbox was asked to listen where other machines could reach it."""


def serve(
    *,
    bot_url: str,
    data_dir: Path | None,
    host: str = "127.0.0.1",
    port: int = 8000,
    signing_secret: str = SIGNING_SECRET,
    bot_token: str = BOT_TOKEN,
) -> None:
    """Serve until interrupted.

    Raises:
        NotLoopbackError: `host` is not an address of this machine's loopback.
    """
    shown = loopback(host)
    app = create_sandbox(
        bot_url=bot_url,
        data_dir=data_dir,
        signing_secret=signing_secret,
        bot_token=bot_token,
        public_url=f"http://{shown}:{port}",
    )
    # The page's event stream never ends by itself, so a stop must not wait for it.
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)


def loopback(host: str) -> str:
    """`host` as it stands in an address, when it is loopback.

    Raises:
        NotLoopbackError: it is not.
    """
    if host == "localhost":
        return host
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise NotLoopbackError(f"{host} is not a loopback address") from error
    if not address.is_loopback:
        raise NotLoopbackError(f"{host} is not a loopback address")
    return f"[{host}]" if address.version == 6 else host
