"""Calls to Slack's Web API and response URLs: one session, short waits, three ways to fail.

It never retries and never decides what to say; callers outside a request (``bot.notifier``) do.
Read methods go as GET, the rest as JSON; a 429 says when to come again
(https://docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT_S = 10
_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_BROKEN = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_SENT_AS_FORM = {
    "conversations.info", "users.info", "files.info", "files.getUploadURLExternal",
}  # fmt: skip
"""Methods that take no JSON (https://docs.slack.dev/apis/web-api#basics)."""


class SlackAwayError(Exception):
    """Slack did not answer, is busy or broken: come again; the call may yet have been done."""

    def __init__(self, why: str, *, retry_after_s: float | None = None) -> None:
        """Keep the reason, and when Slack wants to be asked again."""
        super().__init__(why)
        self.retry_after_s = retry_after_s


class SlackRefusedError(Exception):
    """Slack answered with an error; its name is in ``error``, such as ``channel_not_found``."""

    def __init__(self, error: str) -> None:
        """Keep the error's name."""
        super().__init__(error)
        self.error = error


class NotInstalledError(SlackRefusedError):
    """We hold no token of this workspace: the app was never installed there, or removed."""

    def __init__(self) -> None:
        """Name the error as Slack would name a token that it does not know."""
        super().__init__("not_authed")


class BotTokens(Protocol):
    """The bot's tokens, by workspace."""

    async def bot_token(self, team_id: str) -> str | None:
        """Return a workspace's token; none when the app is not installed there."""
        ...


class SlackApi:
    """Slack, as the bot of one workspace or another."""

    def __init__(self, *, base_url: str, tokens: BotTokens, is_loopback: bool = False) -> None:
        """Take the Web API's address and the tokens.

        Args:
            base_url: ends in ``/api/``.
            tokens: asked before each call.
            is_loopback: leave the environment's proxies aside.
        """
        self._base_url = base_url
        self.tokens = tokens
        self._trust_env = not is_loopback
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, opened by the first call (aiohttp wants a running loop)."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), trust_env=self._trust_env
            )
        return self._session

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str | None = None) -> AsyncWebClient:
        """Return a client that shares the session; proxies are the session's business."""
        client = AsyncWebClient(
            token=token,
            base_url=self._base_url,
            timeout=TIMEOUT_S,
            session=self.session,
            retry_handlers=[],
        )
        client.proxy = None
        return client

    async def call(self, team_id: str, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method as the bot of a workspace and return Slack's answer.

        Raises:
            NotInstalledError: when there is no token.
            SlackRefusedError: when Slack says no.
            SlackAwayError: when it is busy, broken or out of reach.
        """
        token = await self.tokens.bot_token(team_id)
        if token is None:
            raise NotInstalledError
        client = self.client(token)
        try:
            if method in _SENT_AS_FORM:
                answer = await client.api_call(method, params=arguments)
            else:
                answer = await client.api_call(method, json=arguments)
        except SlackApiError as error:
            raise _meaning(error) from None
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            raise SlackAwayError(type(error).__name__) from None
        return answer.data if isinstance(answer.data, dict) else {}

    async def respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        """Answer an interaction through its response URL, good for 30 minutes and 5 uses.

        Raises:
            SlackRefusedError: when the address is used up or the body is not taken.
            SlackAwayError: when Slack is busy, broken or out of reach.
        """
        try:
            async with self.session.post(
                response_url, json=dict(body), allow_redirects=False
            ) as answer:
                text = (await answer.text())[:200]
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAwayError(type(error).__name__) from None
        if answer.status == 429 or answer.status >= 500:
            wait = _seconds(answer.headers.get("Retry-After"))
            raise SlackAwayError(f"response_url {answer.status}", retry_after_s=wait)
        if answer.status >= 300 or '"ok":false' in text.replace(" ", ""):
            raise SlackRefusedError("invalid_blocks" if "invalid_blocks" in text else "refused")


def _meaning(error: SlackApiError) -> SlackAwayError | SlackRefusedError:
    response = error.response
    status = getattr(response, "status_code", None) or 0
    data = getattr(response, "data", response)
    name = str(data.get("error") or "") if isinstance(data, dict) else ""
    headers = getattr(response, "headers", {}) or {}
    if status == 429 or name in _BUSY:
        wait = _seconds(headers.get("Retry-After"))
        return SlackAwayError(name or "ratelimited", retry_after_s=1.0 if wait is None else wait)
    if status >= 500 or name in _BROKEN or not name:
        return SlackAwayError(name or f"status {status}")
    return SlackRefusedError(name)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.strip().isdigit() else None
