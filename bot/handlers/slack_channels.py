"""What Slack knows of a conversation. Satisfies the port ``bot.services.access.Channels``."""

from __future__ import annotations

from bot.handlers.slack_api import SlackApi

_SHARED = ("is_ext_shared", "is_pending_ext_shared")


class SlackChannels:
    """Conversations, asked of Slack each time."""

    def __init__(self, slack: SlackApi) -> None:
        """Take the API."""
        self._slack = slack

    async def is_shared(self, team_id: str, channel_id: str) -> bool:
        """Say whether people of another company are in a channel, or are invited.

        https://docs.slack.dev/reference/objects/conversation-object

        Raises:
            SlackRefusedError: the bot does not see the channel.
            SlackAwayError: Slack is busy, broken or out of reach.
        """
        answer = await self._slack.call(team_id, "conversations.info", channel=channel_id)
        channel = answer["channel"]
        return any(bool(channel.get(mark)) for mark in _SHARED)
