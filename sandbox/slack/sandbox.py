"""The local Slack put together: its parts, its routes, and its end."""

from __future__ import annotations

from pathlib import Path

import httpx
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.slack.bot_client import BotClient
from sandbox.slack.changes import Changes
from sandbox.slack.commands import Commands
from sandbox.slack.control import Control
from sandbox.slack.events import EventDelivery
from sandbox.slack.faults import Faults
from sandbox.slack.interactions import Interactions
from sandbox.slack.methods_chat import ChatMethods
from sandbox.slack.methods_files import FileMethods
from sandbox.slack.methods_people import PeopleMethods
from sandbox.slack.methods_views import ViewMethods
from sandbox.slack.oauth import OAuth
from sandbox.slack.passes import ResponseUrls, Triggers
from sandbox.slack.rate_limits import RateLimits
from sandbox.slack.request_log import RequestLog
from sandbox.slack.seed import SlackSettings
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.store import Store
from sandbox.slack.switches import Switches
from sandbox.slack.web_api import Method, WebApi
from sandbox.slack.workspace import Workspace


class SlackSandbox:
    """A local Slack with one workspace.

    Args:
        settings: addresses, secrets and paces.
        clock: the sandbox's time.
        data_file: where the workspace survives a restart; None keeps it in memory.
        transport: how the bot is reached, for tests that serve it in the same process.
    """

    def __init__(
        self,
        *,
        settings: SlackSettings,
        clock: SandboxClock,
        data_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.changes = Changes()
        self.log = RequestLog()
        self._store = Store(data_file)
        self.workspace = Workspace(
            store=self._store, clock=clock, changes=self.changes, public_url=settings.public_url
        )
        self._socket_mode = SocketMode(app_token=settings.app_token)
        self._bot = BotClient(
            settings=settings,
            workspace=self.workspace,
            log=self.log,
            socket_mode=self._socket_mode,
            transport=transport,
        )
        self.events = EventDelivery(
            settings=settings, workspace=self.workspace, bot=self._bot, clock=clock
        )
        self._triggers = Triggers(clock)
        self._response_urls = ResponseUrls(clock, public_url=settings.public_url)
        self._oauth = OAuth(settings=settings, workspace=self.workspace)
        self._rate_limits = RateLimits(clock, enabled=settings.rate_limits)
        self._faults = Faults()
        self._switches = Switches()

    def routes(self) -> list[Route]:
        """Web API, files, response URLs, install page and control API, with their whole paths."""
        api = self._web_api()
        return [
            Route("/api/{method}", api.call, methods=["GET", "POST"]),
            Route("/files/upload/{id}", api.upload, methods=["POST", "PUT"]),
            Route("/files/download/{id}", api.download, methods=["GET"]),
            Route("/slack/response/{key}", api.respond, methods=["POST"]),
            Route("/slack/authorize", api.authorize, methods=["GET", "POST"]),
            *self._control().routes(),
        ]

    async def aclose(self) -> None:
        """Stop deliveries, let waiting readers go and close the store."""
        self.changes.close()
        await self.events.aclose()
        await self._bot.aclose()
        await self._socket_mode.aclose()
        self._store.close()

    def _web_api(self) -> WebApi:
        return WebApi(
            workspace=self.workspace,
            methods=self._methods(),
            oauth=self._oauth,
            scopes=self.settings.scopes,
            response_urls=self._response_urls,
            rate_limits=self._rate_limits,
            faults=self._faults,
            log=self.log,
        )

    def _methods(self) -> dict[str, Method]:
        """Every Web API method, on one screen."""
        chat = ChatMethods(self.workspace, self._switches)
        views = ViewMethods(self.workspace, self._triggers, self._switches)
        people = PeopleMethods(self.workspace)
        files = FileMethods(self.workspace, chat, public_url=self.settings.public_url)
        return {
            "apps.connections.open": self._socket_mode.open,
            "auth.test": people.auth_test,
            "chat.postMessage": chat.post_message,
            "chat.postEphemeral": chat.post_ephemeral,
            "chat.update": chat.update,
            "chat.delete": chat.delete,
            "conversations.open": people.open,
            "conversations.info": people.info,
            "conversations.list": people.listed,
            "conversations.members": people.members,
            "users.info": people.user_info,
            "users.list": people.user_list,
            "views.open": views.open,
            "views.push": views.push,
            "views.update": views.update,
            "views.publish": views.publish,
            "files.getUploadURLExternal": files.upload_url,
            "files.completeUploadExternal": files.complete_upload,
            "files.info": files.info,
            "oauth.v2.access": self._oauth.access,
            "openid.connect.token": self._oauth.sign_in,
            "openid.connect.userInfo": self._oauth.who,
        }

    def _control(self) -> Control:
        commands = Commands(
            workspace=self.workspace,
            bot=self._bot,
            triggers=self._triggers,
            response_urls=self._response_urls,
        )
        interactions = Interactions(
            workspace=self.workspace,
            bot=self._bot,
            triggers=self._triggers,
            response_urls=self._response_urls,
        )
        return Control(
            settings=self.settings,
            workspace=self.workspace,
            bot=self._bot,
            commands=commands,
            interactions=interactions,
            events=self.events,
            oauth=self._oauth,
            rate_limits=self._rate_limits,
            faults=self._faults,
            switches=self._switches,
            socket_mode=self._socket_mode,
            log=self.log,
        )
