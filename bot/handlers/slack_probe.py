"""How Slack is: one call as the bot, its answer, scopes and clock. Satisfies ``SlackProbe``.

It decides nothing; ``bot.services.checks`` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic

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


class SlackWatch:
    """How Slack was lately: asked at most once a minute, however often it is looked at."""

    EVERY_S = 60.0
    FIRST_WITHIN_S = 1.0

    def __init__(self, slack: SlackApi, *, elapsed: Callable[[], float] = monotonic) -> None:
        """Take the API; ``elapsed`` counts seconds and never goes back."""
        self._slack = slack
        self._elapsed = elapsed
        self._state = "unknown"
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def look(self) -> str:
        """Return ``ok``, ``away``, ``refused`` (it does not take our token) or ``unknown``."""
        is_first = self._asked_at is None
        if is_first or self._elapsed() - (self._asked_at or 0) >= self.EVERY_S:
            self._asked_at = self._elapsed()
            self._asking = asyncio.create_task(self._ask(), name="slack-watch")
        if self._asking is not None and self._state == "unknown":
            await asyncio.wait({self._asking}, timeout=self.FIRST_WITHIN_S)
        return self._state

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _ask(self) -> None:
        """Call as the one workspace's bot, or without a token where there are several.

        https://docs.slack.dev/reference/methods/api.test
        """
        token = await self._slack.tokens.bot_token("")
        method = "auth.test" if token else "api.test"
        try:
            await self._slack.client(token).api_call(method)
            self._state = "ok"
        except SlackApiError as error:
            name = str(error.response.get("error") or "")
            is_away = name in _BUSY or not name
            self._state = "away" if is_away else "refused" if token else "ok"
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
            self._state = "away"
