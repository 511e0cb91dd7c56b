"""Draws what helps a person to say what they want: help, usage, suggestions, which organisation.

Pure. It knows subcommands as (name, summary, usage) and organisations by name, nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.views import kit
from ledger.organisation import Organisation

CHOOSE_ORGANISATION = "choose_organisation"
"""Runs a command again for the organisation on the button."""
HOME_ORGANISATION = "home_organisation"
"""Shows another organisation in the App Home."""

COMMAND = "/integral"
PERIODS = "Periods: `today`, `last-month`, `2026-10`, `2026-10-31`, `2026-10-01..2026-10-31`."
_ROW = 5
_MOST = 90
"""Buttons that one message shows; a firm with more clients types in the client's channel."""


def help_blocks(commands: Sequence[tuple[str, str, str]]) -> tuple[kit.Block, ...]:
    """List every subcommand: (name, summary, usage)."""
    lines = [f"`{COMMAND} {name}`  {kit.escape(summary)}" for name, summary, _ in commands]
    sections = [kit.section("\n".join(lines[at : at + 16])) for at in range(0, len(lines), 16)]
    return (
        kit.header("Integral"),
        *sections,
        kit.context(
            f"Usage of one: `{COMMAND} help sync`.",
            PERIODS,
            f"Start with `{COMMAND} status`.",
        ),
    )


def usage_blocks(name: str, summary: str, usage: str) -> tuple[kit.Block, ...]:
    """Explain one subcommand."""
    lines = [line for part in usage.split("\n") for line in _lines_of(part, name)]
    blocks = [
        kit.section(f"*{COMMAND} {name}*\n{kit.escape(summary)}"),
        kit.section(f"```{kit.escape(chr(10).join(lines))}```"),
    ]
    if "PERIOD" in usage:
        blocks.append(kit.context(PERIODS))
    return tuple(blocks)


def _lines_of(usage: str, name: str) -> list[str]:
    """Return a line for each way to write a command, as it is typed."""
    ways = usage.split(" | ")
    if not all(way.startswith(name) for way in ways):
        ways = [usage]
    return [f"{COMMAND} {way}" if way.startswith(name) else way for way in ways]


def unknown_text(typed: str, nearest: str | None, rest: str) -> str:
    """Say that a subcommand does not exist, and which one was probably meant."""
    known = kit.cut(kit.escape(typed), 60).replace("`", "'")
    if nearest is None:
        return f"There is no `{known}`. `{COMMAND} help` lists what there is."
    meant = kit.escape(f"{COMMAND} {nearest} {rest}".strip()).replace("`", "'")
    return f"There is no `{known}`. Did you mean `{kit.cut(meant, 200)}`?"


def organisation_choice(organisations: Sequence[Organisation], line: str) -> tuple[kit.Block, ...]:
    """Ask which organisation a command is for; each button runs the command again for one."""
    buttons = [
        kit.button(
            organisation.name,
            f"{CHOOSE_ORGANISATION}:{number}",
            kit.pack(organisation.id, line),
        )
        for number, organisation in enumerate(organisations[:_MOST])
    ]
    rows = [kit.actions(*buttons[at : at + _ROW]) for at in range(0, len(buttons), _ROW)]
    shown = kit.cut(kit.escape(f"{COMMAND} {line}".strip()).replace("`", "'"), 200)
    return (
        kit.section(f"Which organisation is `{shown}` for?"),
        *rows,
        kit.context("In an organisation's own channel nobody has to ask."),
    )


def home_choice(organisations: Sequence[Organisation], chosen: str) -> tuple[kit.Block, ...]:
    """Put a choice of organisation above an App Home."""
    options = [(organisation.name, organisation.id) for organisation in organisations]
    picker = kit.select(HOME_ORGANISATION, options, placeholder="Organisation", chosen=chosen)
    return (kit.actions(picker, block_id=kit.pack(chosen)), kit.divider())


def lost_channel_text(organisation_name: str, channel_id: str) -> str:
    """Tell an owner that messages for a channel come to them, and how to change that."""
    return (
        f"I cannot write in <#{channel_id}>, the channel of {kit.escape(organisation_name)}: I am"
        " not in it, or it is archived. What belongs there comes to you until then. Invite me"
        f" there (`/invite @Integral`) or choose another one: `{COMMAND} channel`."
    )
