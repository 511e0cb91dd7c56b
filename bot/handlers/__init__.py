"""The one screen on which every Slack id is registered: what Slack sends, and who answers.

A handler module exports the tuples ``COMMANDS, ACTIONS, MODALS, OPTIONS`` (of those in
``bot.handlers.context``; what it has none of it leaves out), one of them ``HOME``, and has its line
in ``REGISTRY``. An id registered twice is refused at start-up.
"""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncApp

from bot.handlers import (
    approvals,
    charts,
    connect,
    corrections,
    credentials,
    dimensions,
    doctor,
    imports,
    journal_files,
    look_alikes,
    mapping,
    overview,
    policies,
    roles,
    runs,
    schedules,
    settings,
    start,
    stragglers,
)
from bot.handlers.dispatch import Dispatcher, last_resort
from bot.handlers.registry import Registry

REGISTRY = Registry.of_modules(
    approvals,
    charts,
    connect,
    corrections,
    credentials,
    dimensions,
    doctor,
    imports,
    journal_files,
    look_alikes,
    mapping,
    overview,
    policies,
    roles,
    runs,
    schedules,
    settings,
    start,
    stragglers,
)
"""Every subcommand, button, modal and type-ahead."""

ANY_ID = re.compile(".*", re.DOTALL)
"""Whatever the id: the registry knows it, or says that it is no longer in use."""


def listen(app: AsyncApp, dispatcher: Dispatcher) -> None:
    """Have Bolt hand everything that Slack sends to the dispatcher, one listener a kind."""
    app.command("/integral")(dispatcher.command)
    app.action(ANY_ID)(dispatcher.click)
    app.view(ANY_ID)(dispatcher.submit)
    app.options(ANY_ID)(dispatcher.type_ahead)
    app.event("app_home_opened")(dispatcher.home_opened)
    # Done before the ack, so that Slack sends a failed one again.
    app.event("app_uninstalled", middleware=[dispatcher.uninstalled])(dispatcher.nothing_more)
    app.event("tokens_revoked", middleware=[dispatcher.tokens_revoked])(dispatcher.nothing_more)
    app.error(last_resort)
