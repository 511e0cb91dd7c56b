"""A drawn message: blocks, and the words that stand for them in notifications.

Every answer of the bot ends with its next step, so the small print for it is here too. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.services.saying import Said
from bot.views.kit import MESSAGE_BLOCKS, Block, context, escape
from ledger.periods import day_label
from ledger.schedules import SCHEDULE


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a message shows; ``text`` is never empty, screen readers and phones read it."""

    text: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, text: str, *blocks: Block) -> Drawn:
        """Draw a message of at most fifty blocks."""
        return cls(text=text, blocks=blocks[:MESSAGE_BLOCKS])

    def said(self) -> Said:
        """Return it as the outbox keeps it."""
        return Said(text=self.text, blocks=json.dumps(self.blocks, ensure_ascii=False))


def next_step(mrkdwn: str) -> Block:
    """Return the line that says what to do next; escape what came from outside before."""
    return context(f":arrow_right: *Next:* {mrkdwn}")


def bullets(lines: Iterable[str]) -> str:
    """Return lines of mrkdwn as a list."""
    return "\n".join(f"• {line}" for line in lines)


def person(user_id: str) -> str:
    """Return how a person is named: a mention for Slack users, the name for the command line."""
    if user_id == SCHEDULE:
        return "the schedule"
    is_slack = user_id.isascii() and user_id.isalnum()
    return f"<@{user_id}>" if is_slack else f"`{escape(user_id.replace('`', ''))}`"


def moment(at: datetime) -> str:
    """Return a moment as Slack shows it in the reader's own time: *30 Nov 2026 at 09:00*."""
    fallback = f"{day_label(at.date())} {at:%H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short}} at {{time}}|{fallback}>"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a counted noun: *1 entry*, *1,214 entries*."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
