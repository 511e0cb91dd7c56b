"""`integral demo`: starts the sandbox's own program, which starts the bot. Nothing else is here."""

from __future__ import annotations

import subprocess
import sys

import typer

PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def demo(context: typer.Context) -> None:
    """Run the bot with a local Slack and local ERPs; nothing leaves this machine."""
    command = [sys.executable, "-m", "sandbox", "demo", *context.args]
    # The terminal sends an interrupt to the sandbox too: it ends in order, and then so do we.
    program = subprocess.Popen(command)  # noqa: S603 - our own interpreter and module
    while True:
        try:
            raise typer.Exit(program.wait())
        except KeyboardInterrupt:
            continue
