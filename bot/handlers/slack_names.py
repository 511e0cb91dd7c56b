"""Names of workspaces and people, for the web pages; an id stands in where Slack cannot be asked.

``auth.test`` names the workspace (https://docs.slack.dev/reference/methods/auth.test) and
``users.info`` a person (https://docs.slack.dev/reference/methods/users.info).
"""

from __future__ import annotations

from bot.handlers.slack_api import SlackApi, SlackAwayError, SlackRefusedError


class SlackNames:
    """Satisfies ``bot.handlers.pages.Names``."""

    def __init__(self, api: SlackApi) -> None:
        """Take Slack's Web API."""
        self._api = api

    async def workspace(self, team_id: str) -> str:
        """Return a workspace's name, or its id."""
        try:
            answer = await self._api.call(team_id, "auth.test")
        except (SlackAwayError, SlackRefusedError):
            return team_id
        return str(answer.get("team") or team_id)

    async def person(self, team_id: str, user_id: str) -> str:
        """Return a person's name, or their id."""
        try:
            answer = await self._api.call(team_id, "users.info", user=user_id)
        except (SlackAwayError, SlackRefusedError):
            return user_id
        user = answer.get("user") or {}
        profile = user.get("profile") or {}
        return str(profile.get("real_name") or user.get("real_name") or user.get("name") or user_id)
