"""What the page and tests do to the local Slack, as JSON under `/control/slack/`.

People are named by id (`U0ADA00001`) or handle (`ada`), channels by id, name (`finance`) or `dm`
(the person's direct message with the bot). A refusal answers 4xx with `{"error": …}`.

    GET  state?user=&after=N&wait=S  all that one person sees; with `after` waits for a newer one
    GET  events                      server-sent events, one `data: {"seq": N}` a change
    GET  messages?channel=&user=     the messages of a channel as that person sees them
    GET  views?user=                 {"modals": [front last], "home": view or null}
    GET  requests?after=N            every Web API call, every request to the bot with its ack
    GET  files/{id}                  a file's bytes

An act answers {request_no, status, latency_ms, body, error}; `error` is empty, or
`operation_timeout`, `dispatch_failed`, `unknown_command`, `invalid_command_response`, ….

    POST command  {user, channel, text}     a slash command, `/invite @integral`, or a message
    POST click    {user, channel, message_ts | view, action_id[, block_id][, value…][, values]}
                  `view` is a view id or "home"; `value` or `selected_option`, `selected_date`, …
    POST options  {user, channel, message_ts | view, action_id, value}
                  adds `options` or `option_groups`
    POST submit   {user, view_id, values}   by block id and action id, or by action id alone
                  adds `result` (closed, cleared, updated, pushed, errors, failed, or
                  refused_by_client when the bot was not even asked) and `errors` by block id
    POST close    {user, view_id[, everything]}
    POST upload   {user, filename, content (base64)[, channel]} or multipart → {file_id}
    POST home     {user[, tab]}             opens App Home: sends `app_home_opened`
    POST event    {event[, user]}           sends any event, subscribed to or not
    POST uninstall                          sends `tokens_revoked` and `app_uninstalled`
    POST channels {name, members[, bot][, shared]} → {id}
    POST replay   {request_no}              the same signed bytes again
    POST raw      {body[, path][, headers][, sign]}  any bytes; `sign` adds genuine headers
    GET, POST, DELETE faults                the fields of `faults.Fault`
    GET, POST socket {reason}              the links of Socket Mode; POST has the bot renew them
    POST switches {rate_limits, home_tab, messages_tab, ack_timeout_s}
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.slack import seed
from sandbox.slack.bot_client import EVENTS_PATH, FORM, BotClient, signed_headers
from sandbox.slack.commands import Commands
from sandbox.slack.control_input import ControlInput, read_input
from sandbox.slack.entities import Channel, Message
from sandbox.slack.errors import ControlRefusal
from sandbox.slack.events import EventDelivery
from sandbox.slack.faults import Faults
from sandbox.slack.interactions import Interactions
from sandbox.slack.jsontypes import JsonObject, JsonValue
from sandbox.slack.methods_files import new_file
from sandbox.slack.oauth import OAuth
from sandbox.slack.rate_limits import RateLimits
from sandbox.slack.request_log import RequestLog
from sandbox.slack.seed import SlackSettings
from sandbox.slack.snapshot import message_json, snapshot, view_json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.switches import Switches
from sandbox.slack.web_api import file_response
from sandbox.slack.workspace import Workspace

Act: TypeAlias = Callable[[ControlInput], Awaitable[JsonValue]]
LONGEST_WAIT_S = 30.0
KEEP_ALIVE_S = 15.0


class Control:
    """The hands and eyes of people and tests."""

    def __init__(  # noqa: PLR0913 - it moves every part of the stand-in
        self,
        *,
        settings: SlackSettings,
        workspace: Workspace,
        bot: BotClient,
        commands: Commands,
        interactions: Interactions,
        events: EventDelivery,
        oauth: OAuth,
        rate_limits: RateLimits,
        faults: Faults,
        switches: Switches,
        socket_mode: SocketMode,
        log: RequestLog,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._bot = bot
        self._commands = commands
        self._interactions = interactions
        self._events = events
        self._oauth = oauth
        self._rate_limits = rate_limits
        self._faults = faults
        self._switches = switches
        self._socket_mode = socket_mode
        self._log = log

    def routes(self) -> list[Route]:
        """The routes, with their whole paths."""
        reads: dict[str, Act] = {
            "state": self._state,
            "messages": self._messages,
            "views": self._views,
            "requests": self._requests,
            "faults": self._fault_list,
            "socket": self._socket,
        }
        acts: dict[str, Act] = {
            "command": self._command,
            "click": self._click,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "upload": self._upload,
            "home": self._home,
            "event": self._event,
            "uninstall": self._uninstall,
            "channels": self._new_channel,
            "replay": self._replay,
            "socket": self._renew_socket,
            "raw": self._raw,
            "faults": self._fault_on,
            "switches": self._switch,
        }
        return [
            *[self._route(name, act, "GET") for name, act in reads.items()],
            *[self._route(name, act, "POST") for name, act in acts.items()],
            self._route("faults", self._faults_off, "DELETE"),
            Route("/control/slack/events", self._stream, methods=["GET"]),
            Route("/control/slack/files/{id}", self._file, methods=["GET"]),
        ]

    def _route(self, name: str, act: Act, method: str) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                given = await read_input(request, workspace=self._workspace)
                return JSONResponse(await act(given))
            except ControlRefusal as refusal:
                return JSONResponse({"error": refusal.reason}, status_code=refusal.status)

        return Route(f"/control/slack/{name}", endpoint, methods=[method])

    # --- reading

    async def _state(self, given: ControlInput) -> JsonObject:
        after = given.text("after")
        if after:
            wait_s = min(float(given.text("wait", "25")), LONGEST_WAIT_S)
            await self._workspace.changes.after(int(after), timeout_s=wait_s)
        return snapshot(self._workspace, given.person())

    async def _messages(self, given: ControlInput) -> JsonObject:
        person = given.person()
        seen = self._workspace.visible(given.channel(person).id, person.id)
        return {"messages": [message_json(self._workspace, message) for message in seen]}

    async def _views(self, given: ControlInput) -> JsonObject:
        person = given.person()
        home = self._workspace.homes.get(person.id)
        stack = self._workspace.stack(person.id)
        return {
            "modals": [view_json(self._workspace, view) for view in stack],
            "home": view_json(self._workspace, home) if home else None,
        }

    async def _requests(self, given: ControlInput) -> JsonObject:
        return {"requests": self._log.listed(after=int(given.text("after", "0")))}

    async def _fault_list(self, given: ControlInput) -> JsonObject:  # noqa: ARG002 - an act's shape
        return {"faults": self._faults.listed()}

    async def _stream(self, request: Request) -> Response:
        after = int(request.query_params.get("after", "-1"))
        return StreamingResponse(
            self._changes(after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def _changes(self, number: int) -> AsyncIterator[str]:
        changes = self._workspace.changes
        while not changes.closed:
            current = await changes.after(number, timeout_s=KEEP_ALIVE_S)
            if current > number:
                number = current
                yield f'data: {{"seq": {number}}}\n\n'
            else:
                yield ": still here\n\n"

    async def _file(self, request: Request) -> Response:
        return file_response(self._workspace, str(request.path_params["id"]))

    # --- people's acts

    async def _command(self, given: ControlInput) -> JsonObject:
        person = given.person()
        return await self._commands.typed(person, given.channel(person), given.needed("text"))

    async def _click(self, given: ControlInput) -> JsonObject:
        return await self._interactions.click(given.person(), given.on_surface())

    async def _options(self, given: ControlInput) -> JsonObject:
        return await self._interactions.options(given.person(), given.on_surface())

    async def _submit(self, given: ControlInput) -> JsonObject:
        person, view_id = given.person(), given.needed("view_id")
        return await self._interactions.submit(person, view_id, given.object("values"))

    async def _close(self, given: ControlInput) -> JsonObject:
        return await self._interactions.close(
            given.person(), given.needed("view_id"), everything=bool(given.values.get("everything"))
        )

    async def _upload(self, given: ControlInput) -> JsonObject:
        person, (name, content) = given.person(), given.file()
        file = new_file(self._workspace, name, size=len(content), user=person.id, complete=True)
        self._workspace.keep_file(file, content)
        if given.text("channel"):
            self._share(given.channel(person), file.id, person.id)
        return {"file_id": file.id}

    def _share(self, channel: Channel, file_id: str, user: str) -> None:
        self._workspace.files[file_id].channels.append(channel.id)
        self._workspace.keep_file(self._workspace.files[file_id])
        ts = self._workspace.next_ts()
        self._workspace.keep_message(
            Message(channel=channel.id, ts=ts, user=user, text="", files=[file_id])
        )
        if seed.BOT_USER_ID in channel.members:
            event = {
                "type": "file_shared",
                "file_id": file_id,
                "file": {"id": file_id},
                "user_id": user,
                "channel_id": channel.id,
            }
            self._events.publish(event, user=user)

    async def _home(self, given: ControlInput) -> JsonObject:
        person = given.person()
        event: JsonObject = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self._workspace.direct_channel(person.id).id,
            "tab": given.text("tab", "home"),
        }
        home = self._workspace.homes.get(person.id)
        if home is not None and event["tab"] == "home":
            event["view"] = self._workspace.view_json(home)
        return {"event_id": self._events.publish(event, user=person.id)}

    async def _event(self, given: ControlInput) -> JsonObject:
        event = given.object("event")
        if not isinstance(event.get("type"), str):
            raise ControlRefusal("event.type is needed")
        return {"event_id": self._events.deliver(event, user=given.text("user"))}

    async def _uninstall(self, given: ControlInput) -> JsonObject:  # noqa: ARG002 - an act's shape
        self._oauth.uninstall()
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [seed.BOT_USER_ID]}}
        self._events.publish(revoked)
        return {"event_id": self._events.publish({"type": "app_uninstalled"})}

    async def _new_channel(self, given: ControlInput) -> JsonObject:
        members = [given.person(str(name)).id for name in given.list("members")]
        channel = Channel(
            id=self._workspace.next_id("C"),
            name=given.needed("name").lstrip("#"),
            members=[*members, seed.BOT_USER_ID] if given.values.get("bot") else members,
            is_ext_shared=bool(given.values.get("shared")),
        )
        self._workspace.keep_channel(channel)
        return {"id": channel.id}

    # --- the wire

    async def _replay(self, given: ControlInput) -> JsonObject:
        entry = self._log.find(int(given.text("request_no", "0")))
        if entry is None or entry.direction != "to_bot":
            raise ControlRefusal("no such request to the bot", status=404)
        ack = await self._bot.send_raw(
            f"replay {entry.name}",
            entry.sent_body,
            headers=entry.sent_headers,
            path=entry.path,
            user=entry.user,
            shown=entry.request,
        )
        return ack.to_json()

    async def _raw(self, given: ControlInput) -> JsonObject:
        body = given.text("body").encode()
        headers = {str(name): str(value) for name, value in given.object("headers").items()}
        if given.values.get("sign"):
            content_type = headers.pop("content-type", FORM)
            secret = self._settings.signing_secret
            headers = signed_headers(body, secret=secret, content_type=content_type) | headers
        ack = await self._bot.send_raw(
            "raw", body, headers=headers, path=given.text("path", EVENTS_PATH)
        )
        return ack.to_json()

    async def _socket(self, given: ControlInput) -> JsonObject:  # noqa: ARG002 - an act's shape
        return {"links": self._socket_mode.links, "opened": self._socket_mode.opened}

    async def _renew_socket(self, given: ControlInput) -> JsonObject:
        await self._socket_mode.refresh(given.text("reason", "refresh_requested"))
        return await self._socket(given)

    # --- switches

    async def _fault_on(self, given: ControlInput) -> JsonObject:
        self._faults.add(given.values)
        return {"faults": self._faults.listed()}

    async def _faults_off(self, given: ControlInput) -> JsonObject:  # noqa: ARG002 - an act's shape
        self._faults.clear()
        return {"faults": []}

    async def _switch(self, given: ControlInput) -> JsonObject:
        wanted = given.values
        self._rate_limits.enabled = bool(wanted.get("rate_limits", self._rate_limits.enabled))
        self._switches.home_tab = bool(wanted.get("home_tab", self._switches.home_tab))
        self._switches.messages_tab = bool(wanted.get("messages_tab", self._switches.messages_tab))
        self._bot.ack_timeout_s = float(wanted.get("ack_timeout_s", self._bot.ack_timeout_s))
        return {
            "rate_limits": self._rate_limits.enabled,
            "home_tab": self._switches.home_tab,
            "messages_tab": self._switches.messages_tab,
            "ack_timeout_s": self._bot.ack_timeout_s,
        }
