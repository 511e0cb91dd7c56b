"""What a handler is given and what it answers: Slack's payloads, already parsed and authorised.

The dispatcher (``bot.handlers.dispatch``) builds these, checks the right on the server and
does the Slack calls; a handler only calls one use case and draws one view.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.services.use_cases import UseCases
from bot.views.kit import Block, View
from ledger.organisation import Organisation, PersonRole, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who did it, where. The ids are Slack's and are never parsed."""

    team_id: str
    user_id: str
    channel_id: str | None = None
    is_direct_message: bool = False
    trigger_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A slash command: its words after the subcommand."""

    caller: Caller
    words: tuple[str, ...]
    text: str
    """The words as typed, for arguments that hold spaces."""
    known_organisation: Organisation | None
    """None only for commands registered with ``needs_organisation=False``."""
    roles: frozenset[PersonRole]

    @property
    def organisation(self) -> Organisation:
        """The organisation the channel means; the dispatcher saw to it that there is one."""
        if self.known_organisation is None:
            message = "this command was registered as one that needs an organisation"
            raise LookupError(message)
        return self.known_organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A button, a picker or a menu: its own arguments and what was chosen."""

    caller: Caller
    organisation: Organisation
    roles: frozenset[PersonRole]
    arguments: tuple[str, ...]
    """What ``pack`` put behind the organisation's id (button value or block id)."""
    chosen: str | None = None
    """The selected option, user, conversation or date."""
    message_ts: str | None = None
    message_channel: str | None = None
    view_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """A modal that was sent off."""

    caller: Caller
    known_organisation: Organisation | None
    """None only for modals registered with ``needs_organisation=False``."""
    roles: frozenset[PersonRole]
    arguments: tuple[str, ...]
    """What ``pack`` put behind the organisation's id in ``private_metadata``."""
    values: Mapping[str, str | None]
    """Block id → the text, option, date, user or channel given; none when left empty."""
    files: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Block id → (file id, file name) pairs of a file input."""

    @property
    def organisation(self) -> Organisation:
        """The organisation of the modal; the dispatcher saw to it that there is one."""
        if self.known_organisation is None:
            message = "this modal was registered as one that needs an organisation"
            raise LookupError(message)
        return self.known_organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the person sees at once.

    For a command in the ack itself; for a click as an ephemeral message or, with ``replaces``, in
    place of the message that was clicked.
    """

    text: str = ""
    blocks: tuple[Block, ...] = ()
    opens: View | None = None
    """A modal to open (a Slack call after the ack, with the trigger that just came)."""
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReply:
    """The answer to a modal: errors keep it open, a view replaces it, nothing closes it."""

    errors: Mapping[str, str] = field(default_factory=dict)
    """Block id → one sentence with the remedy."""
    view: View | None = None
    says: Reply | None = None
    """Said to the person afterwards, as an ephemeral message or a DM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A subcommand of ``/integral``, as listed by help and found by the dispatcher."""

    name: str
    summary: str
    usage: str
    right: Right | None
    """None: anybody of the workspace may."""
    run: Callable[[Ask, UseCases], Awaitable[Reply]]
    needs_organisation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button or picker, by its action id."""

    action_id: str
    right: Right | None
    run: Callable[[Click, UseCases], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modal:
    """A modal's submission, by its callback id."""

    callback_id: str
    right: Right | None
    run: Callable[[Submit, UseCases], Awaitable[SubmitReply]]
    needs_organisation: bool = True
    """False for a modal that comes before there is one: pack an empty id, ``pack("", …)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A type-ahead, by its action id: text typed → (label, value) pairs, at most 100."""

    action_id: str
    right: Right | None
    run: Callable[[Click, str, UseCases], Awaitable[list[tuple[str, str]]]]
