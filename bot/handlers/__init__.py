"""The one screen on which every Slack id is registered: what Slack sends, and who answers.

A handler module exports the tuples ``COMMANDS, ACTIONS, MODALS, OPTIONS`` (of those in
``bot.handlers.context``; what it has none of it leaves out), one of them ``HOME``, and has its line
in ``REGISTRY``. An id registered twice is refused at start-up.
"""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncApp

from bot.handlers.registry import Registry
from bot.handlers.surface import Surface

REGISTRY = Registry.of_modules()
"""Every subcommand, button, modal and type-ahead."""

ANY_ID = re.compile(".*", re.DOTALL)
"""Whatever the id: the registry knows it, or says that it is no longer in use."""


def listen(app: AsyncApp, surface: Surface) -> None:
    """Have Bolt hand everything that Slack sends to the surface, one listener a kind."""
    app.command("/integral")(surface.command)
    app.action(ANY_ID)(surface.click)
    app.view(ANY_ID)(surface.submit)
    app.options(ANY_ID)(surface.type_ahead)
    app.event("app_home_opened")(surface.home_opened)
    # Done before the ack, so that Slack sends a failed one again.
    app.event("app_uninstalled", middleware=[surface.uninstalled])(surface.nothing_more)
    app.event("tokens_revoked", middleware=[surface.tokens_revoked])(surface.nothing_more)
