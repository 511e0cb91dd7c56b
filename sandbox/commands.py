"""The sandbox's commands: their arguments, and what they start."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.demo import add_arguments, demo
from sandbox.server import BOT_TOKEN, SIGNING_SECRET, serve


def run() -> None:
    """Read the arguments and run what they name."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A local Slack and local ERPs.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("serve", help="serve Slack, its page and the ERPs on loopback")
    run.add_argument("--host", default="127.0.0.1", help="a loopback address")
    run.add_argument("--port", type=int, default=8000)
    run.add_argument("--bot-url", default="http://127.0.0.1:3000", help="where the bot listens")
    run.add_argument("--data-dir", type=Path, help="where to keep everything; memory when left out")
    run.add_argument("--signing-secret", default=SIGNING_SECRET)
    run.add_argument("--bot-token", default=BOT_TOKEN)
    beside = "serve all of it and the bot beside it"
    add_arguments(commands.add_parser("demo", help=beside, prog="integral demo"))
    given = parser.parse_args()
    if given.command == "demo":
        sys.exit(demo(given))
    serve(
        bot_url=given.bot_url,
        data_dir=given.data_dir,
        host=given.host,
        port=given.port,
        signing_secret=given.signing_secret,
        bot_token=given.bot_token,
    )
