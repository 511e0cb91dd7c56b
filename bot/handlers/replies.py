"""From a drawn view to what the dispatcher sends. Only wraps."""

from __future__ import annotations

from bot.handlers.context import Reply
from bot.views.drawn import Drawn


def reply(drawn: Drawn, *, replaces: bool = False) -> Reply:
    """Answer with a message, or put it in place of the one that was clicked."""
    return Reply(text=drawn.text, blocks=drawn.blocks, replaces=replaces)
