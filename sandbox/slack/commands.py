"""What a person types into the composer: a message, a slash command, or `/invite`.

https://docs.slack.dev/interactivity/implementing-slash-commands. Only members of the workspace that
installed the app can use its commands (https://docs.slack.dev/apis/slack-connect).
"""

from __future__ import annotations

from sandbox.slack import payloads, seed
from sandbox.slack.answers import Answers
from sandbox.slack.bot_client import FORM, Ack, BotClient
from sandbox.slack.entities import Channel, Message, Person
from sandbox.slack.errors import ControlRefusal, SlackRefusal
from sandbox.slack.jsontypes import JsonObject, as_object
from sandbox.slack.passes import ResponseUrls, Triggers
from sandbox.slack.workspace import SLACKBOT, Workspace

COMMANDS = frozenset({"/integral"})


class Commands:
    """The composer of every person."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        bot: BotClient,
        triggers: Triggers,
        response_urls: ResponseUrls,
    ) -> None:
        self._workspace = workspace
        self._bot = bot
        self._triggers = triggers
        self._response_urls = response_urls
        self._answers = Answers(workspace)

    async def typed(self, person: Person, channel: Channel, text: str) -> JsonObject:
        """Send what was typed; the answer says how the bot acknowledged it.

        Raises:
            ControlRefusal: the person is not in the channel, or typed nothing.
        """
        if person.id not in channel.members:
            raise ControlRefusal(f"{person.name} is not in this channel", status=403)
        line = text.strip()
        if not line:
            raise ControlRefusal("nothing was typed")
        if not line.startswith("/"):
            self._post(channel, person.id, line)
            return {"status": None, "latency_ms": 0, "body": None, "error": ""}
        command, _space, rest = line.partition(" ")
        if command == "/invite":
            return self._invite(person, channel, rest)
        if command not in COMMANDS or person.team_id != seed.TEAM_ID:
            self._tell(channel, person.id, f"`{command}` is not a valid command.")
            return {"status": None, "latency_ms": 0, "body": None, "error": "unknown_command"}
        return await self._run(person, channel, command, rest.strip())

    async def _run(self, person: Person, channel: Channel, command: str, text: str) -> JsonObject:
        key = self._response_urls.make(person.id, channel=channel.id)
        escaped = payloads.escaped_command_text(
            text,
            people=[*self._workspace.people.values(), seed.BOT],
            channels=self._workspace.channels.values(),
        )
        form = payloads.command_form(
            command=command,
            text=escaped,
            person=person,
            channel=channel,
            passes={
                "trigger_id": self._triggers.make(person.id, channel=channel.id),
                "response_url": self._response_urls.address(key),
            },
        )
        ack = await self._bot.send(
            f"command {command} {text}".strip(),
            payloads.form_bytes(form),
            content_type=FORM,
            user=person.id,
            shown=form,
        )
        error = ack.error or self._show(ack, key, channel, f"{command} {text}".strip())
        if error:
            self._tell(channel, person.id, f'`{command}` failed with the error "{error}"')
        return ack.to_json() | {"error": error}

    def _show(self, ack: Ack, key: str, channel: Channel, typed: str) -> str:
        """Put the ack's body into the channel; the error Slack shows when it cannot."""
        url = self._response_urls.find(key)
        if not ack.text.strip() or url is None:
            return ""
        body = as_object(ack.body) or ack.text
        try:
            if as_object(body).get("response_type") == "in_channel":
                self._post(channel, url.user, typed)
            self._answers.apply(url, body)
        except SlackRefusal:
            return "invalid_command_response"
        return ""

    def _invite(self, person: Person, channel: Channel, who: str) -> JsonObject:
        name = who.strip().lstrip("@").lower()
        if name == seed.BOT_NAME and seed.BOT_USER_ID not in channel.members:
            channel.members.append(seed.BOT_USER_ID)
            self._workspace.keep_channel(channel)
            self._post(channel, person.id, f"was joined by <@{seed.BOT_USER_ID}>")
        return {"status": None, "latency_ms": 0, "body": None, "error": ""}

    def _post(self, channel: Channel, user: str, text: str) -> None:
        message = Message(channel=channel.id, ts=self._workspace.next_ts(), user=user, text=text)
        self._workspace.keep_message(message)

    def _tell(self, channel: Channel, user: str, text: str) -> None:
        message = Message(
            channel=channel.id,
            ts=self._workspace.next_ts(),
            user=SLACKBOT,
            text=text,
            ephemeral_to=user,
        )
        self._workspace.keep_message(message)
