"""How Slack is: one call as the bot, its answer, scopes and clock. Satisfies ``SlackProbe``.

It decides nothing; ``bot.services.checks`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.handlers.slack_api import SlackApi
from bot.services.checks import SlackState

_BUSY = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})


class SlackProbe:
    """Slack, asked each time."""

    def __init__(self, slack: SlackApi, *, machine_time: Callable[[], datetime]) -> None:
        """Take the API, and this machine's own clock, which is what is compared."""
        self._slack = slack
        self._machine_time = machine_time

    async def look(self, team_id: str) -> SlackState:
        """Call ``auth.test`` once; the header ``X-OAuth-Scopes`` names what the token may.

        https://docs.slack.dev/reference/methods/auth.test
        """
        token = await self._slack.tokens.bot_token(team_id)
        if token is None:
            return SlackState(refusal="not_authed")
        try:
            answer = await self._slack.client(token).api_call("auth.test")
        except SlackApiError as error:
            name = str(error.response.get("error") or "")
            is_away = name in _BUSY or not name
            return SlackState(is_away=is_away, refusal=None if is_away else name)
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
            return SlackState(is_away=True)
        headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        return SlackState(scopes=_scopes(headers), apart_s=self._apart(headers))

    def _apart(self, headers: Mapping[str, str]) -> float | None:
        try:
            theirs = parsedate_to_datetime(headers.get("date", ""))
        except ValueError:
            return None
        return (self._machine_time() - theirs).total_seconds()


def _scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    named = headers.get("x-oauth-scopes")
    if named is None:
        return None
    return frozenset(scope.strip() for scope in named.split(",") if scope.strip())
