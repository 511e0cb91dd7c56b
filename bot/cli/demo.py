"""`integral demo`: starts the sandbox's own program, which starts the bot. Nothing else is here."""

from __future__ import annotations

import os
import sys

import typer

PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def demo(context: typer.Context) -> None:
    """Run the bot with a local Slack and local ERPs; nothing leaves this machine.

    Takes --once, --month-end, --days N, --erp NAME (quickbooks, xero, netsuite, journal_file),
    --json, --reset, --port, --bot-port and --data-dir, and hands them on.
    """
    command = [sys.executable, "-m", "sandbox", "demo", *context.args]
    # It takes this process over: signals reach it, and its exit code is ours.
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and module
