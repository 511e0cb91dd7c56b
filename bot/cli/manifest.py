"""The Slack app's manifest, with this installation's own addresses in it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

NAME = "slack_manifest.json"
EXAMPLE = "https://integral.example.com"
"""The address that the file has in place of ``PUBLIC_URL``."""
_ADDRESSES = frozenset({"url", "request_url", "message_menu_options_url"})


def manifest(public_url: str | None, *, socket_mode: bool = False) -> dict[str, object]:
    """Return the manifest as Slack takes it.

    Args:
        public_url: where Slack reaches us; none leaves the example's address in it.
        socket_mode: Slack needs no address of ours then.

    https://docs.slack.dev/reference/app-manifest
    """
    text = _source().read_text(encoding="utf-8").replace(EXAMPLE, public_url or EXAMPLE)
    found: dict[str, object] = json.loads(text)
    if not socket_mode:
        return found
    _part(found, "settings")["socket_mode_enabled"] = True
    _without_addresses(found)
    if public_url is None:
        _part(found, "oauth_config").pop("redirect_urls", None)
    return found


def _without_addresses(value: object) -> None:
    """Take out where Slack would send to: with Socket Mode it sends nowhere."""
    if isinstance(value, list):
        for each in value:
            _without_addresses(each)
    elif isinstance(value, dict):
        for name in _ADDRESSES & value.keys():
            del value[name]
        for each in value.values():
            _without_addresses(each)


def _part(found: dict[str, object], name: str) -> dict[str, object]:
    part = found[name]
    return part if isinstance(part, dict) else {}


def _source() -> Path:
    """Find the file: inside an installed package, at the project's root in a checkout."""
    packaged = Path(str(files("bot") / NAME))
    return packaged if packaged.exists() else Path(__file__).parents[2] / NAME
