"""Builds Bolt's app and, for several workspaces, its installation pages; Socket Mode where asked.

Everything is passed in: Bolt would otherwise read the environment and keep tokens in files. Our
guard verifies signatures, so Bolt does not.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import (
    AsyncSlackRequestHandler,
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.handlers import listen
from bot.handlers.authorize import DatabaseAuthorize
from bot.handlers.dispatch import Dispatcher
from bot.handlers.slack_api import BotTokens, SlackApi

SCOPES = (
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:read",
    "im:write",
    "users:read",
)
"""What the manifest asks for."""
DRAIN_S = 10.0
"""How long a stopping process waits for answers that are under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackClientSettings:
    """The Slack app's OAuth client, and the stores that its pages use."""

    client_id: str
    client_secret: str
    public_url: str
    authorize_url: str
    installations: AsyncInstallationStore
    states: AsyncOAuthStateStore


_QUERY = re.compile(r"\?[^\s'\")]+")


class _Fit(logging.Filter):
    """Drops OAuth codes, the tickets of Socket Mode, errors' texts, and what is no news.

    Bolt finds SLACK_BOT_TOKEN in the environment by itself and warns that it does not use it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        words = record.getMessage()
        if "`token` will be unused" in words:
            return False
        if "code:" in words:
            words = "Slack refused to exchange an installation's code"
        if record.exc_info and record.exc_info[0]:
            words = f"{words.partition(':')[0]} ({record.exc_info[0].__qualname__})"
        record.msg, record.args = _QUERY.sub("?…", words), None
        record.exc_info = record.exc_text = None
        return True


def bolt_logger() -> logging.Logger:
    """Return the logger that Bolt is given: no codes, and nothing below warnings."""
    logger = logging.getLogger("integral.slack")
    logger.setLevel(logging.WARNING)
    if not any(isinstance(each, _Fit) for each in logger.filters):
        logger.addFilter(_Fit())
    return logger


class SlackDoor:
    """Bolt behind our routes: made when the loop runs, closed when the process ends."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        slack: SlackApi,
        tokens: BotTokens,
        client: SlackClientSettings | None = None,
        app_token: str | None = None,
    ) -> None:
        """Take what Bolt is built from.

        Args:
            dispatcher: answers everything.
            slack: closed with the door.
            tokens: by workspace.
            client: the OAuth client; none for one workspace with a fixed token.
            app_token: for Socket Mode; none for HTTP.
        """
        self._dispatcher = dispatcher
        self._slack = slack
        self._tokens = tokens
        self._client = client
        self._app_token = app_token
        self._flow: AsyncOAuthFlow | None = None
        self._app: AsyncApp

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Build Bolt, and with Socket Mode begin to connect; at the end finish what still runs.

        Slack may be away when the process starts: the SDK goes on trying, and nothing waits for it.
        """
        self._flow = self._installation_flow()
        self._app = self._bolt_app()
        socket = self._socket_mode()
        connecting = asyncio.create_task(_connect(socket), name="socket-mode")
        try:
            yield
        finally:
            connecting.cancel()
            await asyncio.wait({connecting})
            if socket is not None:
                await socket.close_async()  # type: ignore[no-untyped-call] # slack_bolt's
            await self._dispatcher.tasks.drain(DRAIN_S)
            await self._slack.aclose()

    async def events(self, request: Request) -> Response:
        """Answer what Slack sends; the guard has verified it."""
        return await AsyncSlackRequestHandler(self._app).handle(request)

    async def install(self, request: Request) -> Response:
        """Send a browser to Slack, to install the app in a workspace."""
        if self._flow is None:
            return _NO_CLIENT
        bolt_request = to_async_bolt_request(request, b"")
        return to_starlette_response(await self._flow.handle_installation(bolt_request))

    async def installed(self, request: Request) -> Response:
        """Take a browser back from Slack and store the installation."""
        if self._flow is None:
            return _NO_CLIENT
        bolt_request = to_async_bolt_request(request, b"")
        return to_starlette_response(await self._flow.handle_callback(bolt_request))

    def _bolt_app(self) -> AsyncApp:
        app = AsyncApp(
            name="integral",
            logger=bolt_logger(),
            client=self._slack.client(),
            authorize=DatabaseAuthorize(self._tokens),
            oauth_flow=self._flow,
            signing_secret="verified-by-the-guard",  # noqa: S106 - no secret: Bolt wants some text
            request_verification_enabled=False,
            ssl_check_enabled=False,
        )
        listen(app, self._dispatcher)
        return app

    def _installation_flow(self) -> AsyncOAuthFlow | None:
        client = self._client
        if client is None:
            return None
        return AsyncOAuthFlow(
            client=self._slack.client(),
            logger=bolt_logger(),
            settings=AsyncOAuthSettings(
                client_id=client.client_id,
                client_secret=client.client_secret,
                scopes=list(SCOPES),
                redirect_uri=f"{client.public_url}/slack/oauth_redirect",
                authorization_url=client.authorize_url,
                install_page_rendering_enabled=False,
                installation_store=client.installations,
                installation_store_bot_only=True,
                state_store=client.states,
                logger=bolt_logger(),
            ),
        )

    def _socket_mode(self) -> AsyncSocketModeHandler | None:
        if self._app_token is None:
            return None
        return AsyncSocketModeHandler(
            self._app, self._app_token, logger=bolt_logger(), web_client=self._slack.client()
        )


async def _connect(socket: AsyncSocketModeHandler | None) -> None:
    if socket is not None:
        await socket.connect_async()  # type: ignore[no-untyped-call] # slack_bolt's


_NO_CLIENT = PlainTextResponse(
    "This installation serves one workspace, with a fixed token: there is nothing to install.", 404
)
