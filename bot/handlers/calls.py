"""Runs one command, click, modal or type-ahead: check, call the handler, never raise.

Whatever goes wrong becomes a sentence for the person, with a reference for the operator. Nothing
here talks to Slack.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.handlers import parse
from bot.handlers.context import Ask, Caller, Click, Command, Reply, Submit, SubmitReply
from bot.handlers.failures import apology, report
from bot.handlers.gate import (
    Admitted,
    DeniedError,
    Gate,
    SeveralOrganisationsError,
    require_same_workspace,
)
from bot.handlers.payloads import Pressed, Sent, Typed
from bot.handlers.registry import Registry
from bot.handlers.slack_api import BotTokens
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import guidance, kit

STALE = "This button is no longer in use; type `/integral status`."
NOT_INSTALLED = (
    "Integral is not installed in this workspace (any more). Whoever runs it can install it anew"
    " at its address, `/slack/install`."
)
Answer = TypeVar("Answer")


class Inbox(Protocol):
    """What Slack has sent already, by key; never its contents."""

    async def is_new(self, team_id: str, key: str) -> bool:
        """Note a key, atomically; false when it was noted before, by whichever process."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The handlers behind every Slack id, with the checks in front of them."""

    registry: Registry
    use_cases: UseCases
    gate: Gate
    inbox: Inbox
    tokens: BotTokens

    async def command(self, typed: Typed) -> Reply:
        """Run a slash command; the same request a second time says nothing."""
        line = parse.read(typed.text)
        return await answered(
            lambda: self._command(typed, line),
            sorry=_said,
            what=f"command {line.name if line.name in self.registry.commands else '?'}",
            caller=typed.caller,
        )

    async def click(self, pressed: Pressed) -> Reply:
        """Run a button or a picker; the same request a second time says nothing."""
        return await answered(
            lambda: self._click(pressed),
            sorry=_said,
            what=f"action {pressed.action_id}",
            caller=pressed.caller,
        )

    async def submit(self, sent: Sent) -> SubmitReply:
        """Run a modal's submission; the same request a second time closes it."""
        return await answered(
            lambda: self._submitted(sent),
            sorry=lambda text: _kept_open(sent, text),
            what=f"modal {sent.callback_id}",
            caller=sent.caller,
        )

    async def options(self, pressed: Pressed) -> list[tuple[str, str]]:
        """Return what a type-ahead offers; nothing when the person may not or it fails."""
        return await answered(
            lambda: self._options(pressed),
            sorry=lambda _: [],
            what=f"options {pressed.action_id}",
            caller=pressed.caller,
        )

    async def _command(self, typed: Typed, line: parse.CommandLine) -> Reply:
        await self._require_installed(typed.caller)
        if not await self._is_new(typed.caller, typed.key):
            return Reply()
        command = self.registry.commands.get(line.name or "help")
        if command is None and line.name in {"", "help"}:
            return self._help()
        if command is None:
            nearest = self.registry.nearest(line.name)
            return Reply(text=guidance.unknown_text(line.name, nearest, line.text))
        if line.wants_usage:
            return Reply(blocks=guidance.usage_blocks(command.name, command.summary, command.usage))
        try:
            admitted = await self.gate.of_place(
                typed.caller, right=command.right, needs_organisation=command.needs_organisation
            )
        except SeveralOrganisationsError as several:
            again = f"{line.name} {line.text}".strip()
            return Reply(blocks=guidance.organisation_choice(several.organisations, again))
        return await self._run(command, typed.caller, line, admitted)

    async def _run(
        self, command: Command, caller: Caller, line: parse.CommandLine, admitted: Admitted
    ) -> Reply:
        ask = Ask(
            caller=caller,
            words=line.words,
            text=line.text,
            known_organisation=admitted.organisation,
            roles=admitted.roles,
        )
        return await command.run(ask, self.use_cases)

    async def _click(self, pressed: Pressed) -> Reply:
        if not await self._is_new(pressed.caller, pressed.key):
            return Reply()
        require_same_workspace(pressed.caller, pressed.home_team)
        if pressed.action_id.startswith(f"{guidance.CHOOSE_ORGANISATION}:"):
            return await self._chosen_command(pressed)
        action = self.registry.action(pressed.action_id)
        if action is None:
            return Reply() if pressed.is_link else Reply(text=STALE)
        admitted = await self.gate.of_ids(pressed.caller, pressed.packed, right=action.right)
        return await action.run(_click_of(pressed, admitted), self.use_cases)

    async def _chosen_command(self, pressed: Pressed) -> Reply:
        """Run the command that waited for its organisation, in place of the question."""
        _, arguments = kit.unpack(pressed.packed[0]) if pressed.packed else ("", ())
        line = parse.read("|".join(arguments))
        command = self.registry.commands.get(line.name)
        if command is None:
            return Reply(text=STALE)
        admitted = await self.gate.of_ids(pressed.caller, pressed.packed[:1], right=command.right)
        reply = await self._run(command, pressed.caller, line, admitted)
        return replace(reply, replaces=True)

    async def _submitted(self, sent: Sent) -> SubmitReply:
        try:
            return await self._submit(sent)
        except FieldRefusal as refusal:
            return SubmitReply(errors=refusal.errors)

    async def _submit(self, sent: Sent) -> SubmitReply:
        if not await self._is_new(sent.caller, sent.key):
            return SubmitReply()
        require_same_workspace(sent.caller, sent.home_team)
        modal = self.registry.modals.get(sent.callback_id)
        if modal is None:
            return _kept_open(sent, "This window is no longer in use; type /integral status.")
        admitted = await self.gate.of_ids(
            sent.caller,
            sent.packed,
            right=modal.right,
            needs_organisation=modal.needs_organisation,
        )
        submit = Submit(
            caller=sent.caller,
            known_organisation=admitted.organisation,
            roles=admitted.roles,
            arguments=admitted.arguments,
            values=sent.values,
            files=sent.files,
        )
        return await modal.run(submit, self.use_cases)

    async def _options(self, pressed: Pressed) -> list[tuple[str, str]]:
        require_same_workspace(pressed.caller, pressed.home_team)
        options = self.registry.options_of(pressed.action_id)
        if options is None:
            return []
        admitted = await self.gate.of_ids(pressed.caller, pressed.packed, right=options.right)
        found = await options.run(_click_of(pressed, admitted), pressed.typed, self.use_cases)
        return found[:100]

    async def _is_new(self, caller: Caller, key: str) -> bool:
        return await self.inbox.is_new(caller.team_id, key)

    async def _require_installed(self, caller: Caller) -> None:
        if await self.tokens.bot_token(caller.team_id) is None:
            raise DeniedError(NOT_INSTALLED)

    def _help(self) -> Reply:
        commands = self.registry.commands.values()
        listed = [(each.name, each.summary, each.usage) for each in commands]
        return Reply(blocks=guidance.help_blocks(listed))


async def answered(
    work: Callable[[], Awaitable[Answer]],
    *,
    sorry: Callable[[str], Answer],
    what: str,
    caller: Caller,
) -> Answer:
    """Do work that may refuse or fail, and say so instead of raising.

    Args:
        work: the checks and the handler.
        sorry: makes an answer of a sentence in mrkdwn.
        what: names the work in the log.
        caller: whose workspace is logged.
    """
    try:
        return await work()
    except DeniedError as denied:
        return sorry(str(denied))
    except Refusal as refusal:
        return sorry(_words_of(refusal))
    except Exception as error:  # noqa: BLE001 - a person waits: any failure becomes a sentence
        return sorry(apology(report(error, what=what, team_id=caller.team_id)))


def _words_of(refusal: Refusal) -> str:
    text = kit.escape(refusal.text)
    if not refusal.next_step:
        return text
    return f"{text}\n:arrow_right: *Next:* `{kit.escape(refusal.next_step)}`"


def _said(text: str) -> Reply:
    return Reply(text=text)


def _kept_open(sent: Sent, text: str) -> SubmitReply:
    """Show a sentence in the window: under its first input, where Slack draws no markup.

    A sentence that mentions somebody needs markup, and a window without inputs has no such place:
    there it replaces what the window shows.
    """
    if sent.inputs and "<@" not in text:
        plain = html.unescape(text).replace(":arrow_right: *Next:* ", "Next: ").replace("`", "")
        return SubmitReply(errors={sent.inputs[0]: plain})
    return SubmitReply(view=kit.modal("notice", "Integral", [kit.section(text)]))


def _click_of(pressed: Pressed, admitted: Admitted) -> Click:
    if admitted.organisation is None:
        raise LookupError("a click always has an organisation")
    return Click(
        caller=pressed.caller,
        organisation=admitted.organisation,
        roles=admitted.roles,
        arguments=admitted.arguments,
        chosen=pressed.chosen,
        message_ts=pressed.message_ts,
        message_channel=pressed.caller.channel_id,
        view_id=pressed.view_id,
    )
