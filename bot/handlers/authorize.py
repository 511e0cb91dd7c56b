"""Which workspace a request comes from and with which token we answer: from our own database.

Bolt's own way asks Slack (``auth.test``) within each request; this asks nobody. A workspace that
we hold no token of is let through here, so that a person is told how to install.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.handlers.slack_api import BotTokens


class FixedToken:
    """The one token of ``SLACK_BOT_TOKEN``, whichever workspace asks."""

    def __init__(self, token: str) -> None:
        """Take the token."""
        self._token = token

    async def bot_token(self, team_id: str) -> str | None:  # noqa: ARG002 - the port's signature
        """Return the token."""
        return self._token

    async def wipe(self, team_id: str, *, before: float) -> bool:  # noqa: ARG002 - the port's signature
        """Forget nothing: the token is the operator's setting, and Slack has ended it already."""
        return True


class StoredTokens:
    """The tokens of the workspaces that installed the app."""

    def __init__(self, store: AsyncInstallationStore) -> None:
        """Take our own, encrypted store."""
        self._store = store

    async def bot_token(self, team_id: str) -> str | None:
        """Return the token of a workspace; none when it is not installed there."""
        bot = await self._store.async_find_bot(enterprise_id=None, team_id=team_id)
        return bot.bot_token if bot else None

    async def wipe(self, team_id: str, *, before: float) -> bool:
        """Forget a workspace's tokens unless it was installed anew since.

        Args:
            team_id: the workspace.
            before: when Slack says that the tokens ended, in seconds since 1970: its events come
                again for minutes, and must not end a newer installation.
        """
        bot = await self._store.async_find_bot(enterprise_id=None, team_id=team_id)
        if bot is not None and bot.installed_at > before:
            return False
        await self._store.async_delete_all(enterprise_id=None, team_id=team_id)
        return True


class DatabaseAuthorize(AsyncAuthorize):
    """Bolt's ``authorize``, without a call to Slack."""

    def __init__(self, tokens: BotTokens) -> None:
        """Take the tokens."""
        self._bot_token: Callable[[str], Awaitable[str | None]] = tokens.bot_token

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - Bolt's signature
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: object,
    ) -> AuthorizeResult:
        """Say on whose behalf a request is answered."""
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_token=await self._bot_token(team_id) if team_id else None,
        )
