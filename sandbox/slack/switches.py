"""What an app's owner sets in Slack's app settings, and tests flip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Switches:
    """The App Home's two tabs (https://docs.slack.dev/surfaces/app-home)."""

    home_tab: bool = True
    messages_tab: bool = True
