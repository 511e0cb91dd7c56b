"""The Slack manifest asks for what the bot registers, and no broader rights than it uses."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import bot.handlers
from tests.support import sources

MANIFEST: dict[str, Any] = json.loads((sources.PROJECT / "slack_manifest.json").read_text())
ENDPOINT = "/slack/events"


def _registered(kind: str) -> Iterator[str]:
    """First arguments of `app.<kind>(…)` in `bot/handlers/__init__.py`."""
    for node in ast.walk(sources.parsed(sources.PROJECT / "bot" / "handlers" / "__init__.py")):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr != kind:
            continue
        first = node.args[0]
        yield str(first.value if isinstance(first, ast.Constant) else _value(first))


def _value(node: ast.expr) -> object:
    """The value of a name or dotted name, as `bot.handlers` sees it."""
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value), node.attr)
    assert isinstance(node, ast.Name), "register with a constant, so that this test can read it"
    return getattr(bot.handlers, node.id)


def test_the_slash_command_is_the_one_registered() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    assert {command["command"]} == set(_registered("command"))
    assert command["should_escape"] is True


def test_the_events_are_the_ones_registered() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == set(
        _registered("event")
    )


def test_slack_sends_everything_to_one_address() -> None:
    interactivity = MANIFEST["settings"]["interactivity"]
    addresses = {
        MANIFEST["features"]["slash_commands"][0]["url"],
        MANIFEST["settings"]["event_subscriptions"]["request_url"],
        interactivity["request_url"],
        interactivity["message_menu_options_url"],
    }
    assert len(addresses) == 1
    assert addresses.pop().endswith(ENDPOINT)


def test_scopes_are_the_least_that_serve() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == {
        "channels:read",  # refuse a shared channel as finance channel
        "chat:write",
        "commands",
        "files:read",  # imports
        "files:write",  # exports
        "groups:read",  # the same for private channels
        "im:write",
        "users:read",  # names and time zones of people with a role
    }
