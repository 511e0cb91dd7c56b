"""Builds Bolt's app and, for several workspaces, its installation pages; Socket Mode where asked.

Everything is passed in: Bolt would otherwise read the environment and keep tokens in files. Our
guard verifies signatures, so Bolt does not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackClientSettings:
    """The Slack app's OAuth client, and the stores that its pages use."""

    client_id: str
    client_secret: str
    public_url: str
    authorize_url: str
    installations: AsyncInstallationStore
    states: AsyncOAuthStateStore
    scopes: Sequence[str] = SCOPES


class _WithoutCode(logging.Filter):
    """Drops the OAuth code, which Bolt writes when an exchange fails."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "code:" in record.getMessage():
            record.msg, record.args = "Slack refused to exchange an installation's code", None
        return True


def bolt_logger() -> logging.Logger:
    """Return the logger that Bolt is given: no codes, and nothing below warnings."""
    logger = logging.getLogger("integral.slack")
    logger.setLevel(logging.WARNING)
    if not any(isinstance(each, _WithoutCode) for each in logger.filters):
        logger.addFilter(_WithoutCode())
    return logger


def installation_flow(settings: SlackClientSettings, slack: SlackApi) -> AsyncOAuthFlow:
    """Build the pages ``/slack/install`` and ``/slack/oauth_redirect``; call it in the loop."""
    return AsyncOAuthFlow(
        client=slack.client(),
        logger=bolt_logger(),
        settings=AsyncOAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=list(settings.scopes),
            redirect_uri=f"{settings.public_url}/slack/oauth_redirect",
            authorization_url=settings.authorize_url,
            install_page_rendering_enabled=False,
            installation_store=settings.installations,
            installation_store_bot_only=True,
            state_store=settings.states,
            logger=bolt_logger(),
        ),
    )


def bolt_app(
    dispatcher: Dispatcher,
    *,
    slack: SlackApi,
    tokens: BotTokens,
    flow: AsyncOAuthFlow | None = None,
) -> AsyncApp:
    """Build Bolt's app with our listeners; call it in the loop."""
    app = AsyncApp(
        name="integral",
        logger=bolt_logger(),
        client=slack.client(),
        authorize=DatabaseAuthorize(tokens),
        oauth_flow=flow,
        signing_secret="verified-by-the-guard",  # noqa: S106 - no secret: Bolt wants some text
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )
    listen(app, dispatcher)
    return app


def socket_mode(app: AsyncApp, *, app_token: str, slack: SlackApi) -> AsyncSocketModeHandler:
    """Build the Socket Mode connection; ``connect_async`` and ``close_async`` rule it."""
    return AsyncSocketModeHandler(app, app_token, logger=bolt_logger(), web_client=slack.client())
