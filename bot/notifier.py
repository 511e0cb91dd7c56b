"""Makes Slack show what the outbox says: posts, edits, App Homes; waits while Slack is away.

What a key shows is set by use cases and handlers; only the newest content is sent, edits at most
every two seconds (the queue sees to that). A crash between Slack's answer and our note of it may
say something twice; nothing is ever lost. It decides no words but those about a lost channel.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import structlog

from bot.handlers.failures import report
from bot.handlers.slack_api import SlackApi, SlackAwayError, SlackRefusedError
from bot.services.ports import Clock, Storage
from bot.views import guidance
from ledger.organisation import Organisation, PersonRole
from ledger.records import Message
from storage.outbox import NOTIFIER_LOCK, DueMessage, OutboxQueue

BATCH = 50
REST_S = 1.0
LONGEST_WAIT_S = 300.0
TOKEN_WAIT_S = 600.0

# Names of errors: https://docs.slack.dev/reference/methods/chat.postMessage#errors and chat.update.
_GONE = {
    "message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch",
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive",
}  # fmt: skip
"""An edit that Slack will not make: the content is posted anew."""
_UNREACHABLE = {
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive", "user_not_in_channel",
    "restricted_action", "user_not_found", "messages_tab_disabled", "cannot_dm_bot",
    "not_allowed_token_type",
}  # fmt: skip
"""A place that the bot cannot write to."""
_NO_TOKEN = {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"}
_BAD_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "too_many_blocks"}
_HOPELESS = {"no_text", "msg_too_long", "invalid_arguments", "not_enabled", "view_too_large"}

_log = structlog.get_logger(__name__)


class Notifier:
    """The loop between the outbox and Slack."""

    def __init__(
        self, *, queue: OutboxQueue, slack: SlackApi, storage: Storage, clock: Clock
    ) -> None:
        """Take the outbox, Slack, and the database for locks and owners."""
        self._queue = queue
        self._slack = slack
        self._storage = storage
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Have a resting loop look at once, because something was put into the outbox."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due until cancelled; one process at a time does it."""
        while True:
            try:
                async with self._storage.lock(NOTIFIER_LOCK):
                    await self._keep_sending()
            except Exception as error:  # noqa: BLE001 - the loop outlives a database away
                report(error, what="notifier")
                await asyncio.sleep(REST_S)

    async def _keep_sending(self) -> None:
        while True:
            self._woken.clear()
            if await self.send_due() < BATCH:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(REST_S):
                await self._woken.wait()
        except TimeoutError:
            return

    async def send_due(self) -> int:
        """Send what is due now, the longest waiting first; return how many were looked at."""
        due = await self._queue.due(self._clock.now(), BATCH)
        away: set[str] = set()
        for item in due:
            if item.message.team_id in away:
                continue
            try:
                await self._send(item)
            except SlackAwayError as error:
                await self._put_off(item, str(error), self._pause(item, error.retry_after_s))
                if error.retry_after_s is None:
                    away.add(item.message.team_id)
            except SlackRefusedError as error:
                await self._refused(item, error.error)
        return len(due)

    async def _send(self, item: DueMessage) -> None:
        message = item.message
        if message.is_home:
            view = json.loads(message.blocks)
            await self._call(message, "views.publish", user_id=message.channel, view=view)
            await self._note(item, None, None)
        elif message.ephemeral_to:
            await self._whisper(item, message.ephemeral_to)
        elif item.ts and item.posted_channel and await self._edit(item):
            await self._note(item, item.ts, item.posted_channel)
        else:
            await self._post(item, item.thread_channel or message.channel)

    async def _edit(self, item: DueMessage) -> bool:
        """Change the posted message; false when Slack will not: it is posted anew."""
        content = _content(item.message)
        content.setdefault("blocks", [])
        place = {"channel": item.posted_channel, "ts": item.ts}
        try:
            await self._call(item.message, "chat.update", **place, **content)
        except SlackRefusedError as error:
            if error.error not in _GONE:
                raise
            _log.info("message_posted_anew", key=item.message.key, error=error.error)
            return False
        return True

    async def _post(self, item: DueMessage, place: str) -> None:
        """Post in a conversation, or to a person: Slack takes a user's id as a place."""
        content = _content(item.message) | {"unfurl_links": False, "unfurl_media": False}
        if item.thread_ts and place in {item.thread_channel, item.message.channel}:
            content["thread_ts"] = item.thread_ts
        answer = await self._call(item.message, "chat.postMessage", channel=place, **content)
        await self._note(item, str(answer["ts"]), str(answer["channel"]))

    async def _whisper(self, item: DueMessage, user_id: str) -> None:
        """Post to one person in a channel, or as a DM where the bot or the person is not in."""
        place = {"channel": item.message.channel, "user": user_id}
        try:
            await self._call(item.message, "chat.postEphemeral", **place, **_content(item.message))
        except SlackRefusedError as error:
            if error.error not in _UNREACHABLE:
                raise
            await self._post(item, user_id)
        else:
            await self._note(item, None, None)

    async def _call(self, message: Message, method: str, **arguments: Any) -> dict[str, Any]:
        """Call Slack; with the text alone when it does not take our blocks."""
        try:
            return dict(await self._slack.call(message.team_id, method, **arguments))
        except SlackRefusedError as error:
            if error.error not in _BAD_BLOCKS or not arguments.get("blocks"):
                raise
            _log.error("blocks_refused", key=message.key, method=method)
            plain = arguments | {"blocks": []}
            return dict(await self._slack.call(message.team_id, method, **plain))

    async def _refused(self, item: DueMessage, error: str) -> None:
        """Decide what a refusal means: wait for a token, find another place, give up, try later."""
        message = item.message
        _log.warning("message_refused", key=message.key, error=error)
        if error in _UNREACHABLE and not message.is_home:
            await self._redirect(item, error)
        elif error in _HOPELESS or error in _UNREACHABLE:
            await self._queue.abandoned(message.key, item.version, error)
        else:
            wait = TOKEN_WAIT_S if error in _NO_TOKEN else self._pause(item, None)
            await self._put_off(item, error, wait)

    async def _redirect(self, item: DueMessage, error: str) -> None:
        """Give a message to the owner of the channel's organisation, and say once why."""
        message = item.message
        organisation, owner = await self._owner_of(message)
        if organisation is None or owner is None or owner == message.channel:
            await self._queue.abandoned(message.key, item.version, error)
            return
        try:
            await self._post(item, owner)
        except SlackRefusedError as again:
            # The owner cannot be reached either; the bot may yet be invited to the channel.
            await self._put_off(item, again.error, LONGEST_WAIT_S)
            return
        async with self._storage.unit() as unit:
            lost = _lost_channel(message, organisation, owner)
            await unit.outbox.put(lost, self._clock.now())
            await unit.commit()

    async def _owner_of(self, message: Message) -> tuple[Organisation | None, str | None]:
        async with self._storage.unit(read_only=True) as unit:
            organisations = unit.organisations
            found = await organisations.of_channel(message.team_id, message.channel)
            if found is None:
                team = await organisations.of_team(message.team_id)
                of_it = [each for each in team if each.finance_channel == message.channel]
                found = of_it[0] if of_it else None
            if found is None:
                return None, None
            people = await unit.people.everyone(found.id)
        owners = sorted(who for who, roles in people.items() if PersonRole.OWNER in roles)
        return found, owners[0] if owners else None

    async def _note(self, item: DueMessage, ts: str | None, channel: str | None) -> None:
        now = self._clock.now()
        await self._queue.delivered(item.message.key, item.version, ts, now, channel=channel)

    async def _put_off(self, item: DueMessage, why: str, seconds: float) -> None:
        _log.warning("message_put_off", key=item.message.key, error=why, seconds=seconds)
        next_at = self._clock.now() + timedelta(seconds=seconds)
        await self._queue.failed(item.message.key, why, next_at)

    @staticmethod
    def _pause(item: DueMessage, asked_s: float | None) -> float:
        """Wait as long as Slack asked for, else longer with every failure in a row."""
        if asked_s is not None:
            return max(asked_s, 1.0)
        return min(2.0 ** min(item.failures, 10), LONGEST_WAIT_S)


def _content(message: Message) -> dict[str, Any]:
    """Return text, and blocks where there are some: Slack refuses neither when both are there."""
    content: dict[str, Any] = {"text": message.text}
    if blocks := json.loads(message.blocks or "[]"):
        content["blocks"] = blocks
    return content


def _lost_channel(message: Message, organisation: Organisation, owner: str) -> Message:
    """Tell an owner that the bot cannot write in a channel; the same words are said once."""
    text = guidance.lost_channel_text(organisation.name, message.channel)
    return Message(
        key=f"lost-channel:{message.team_id}:{message.channel}",
        team_id=message.team_id,
        channel=owner,
        text=text,
        blocks="[]",
    )
