"""The ``integral`` command: ``commands`` has one line a command, each is in its own module.

It must not decide anything that Slack decides too: both call the same use cases.
"""

from __future__ import annotations

from bot.cli.loading import begin_loading


def main() -> None:
    """Run the command line."""
    begin_loading()
    from bot.cli.commands import app  # noqa: PLC0415 - see bot.cli.loading

    app()
