"""From a drawn view to what the dispatcher sends. Only wraps."""

from __future__ import annotations

from bot.handlers.context import Ask, Reply
from bot.services.errors import Refusal
from bot.views.drawn import Drawn


def reply(drawn: Drawn, *, replaces: bool = False) -> Reply:
    """Answer with a message, or put it in place of the one that was clicked."""
    return Reply(text=drawn.text, blocks=drawn.blocks, replaces=replaces)


def takes_only(ask: Ask, command: str, *known: str) -> str | None:
    """Return the word behind a command, in lower case; none when nothing was typed.

    Raises:
        Refusal: it is none of the known ones; a slip must not do something else in silence.
    """
    if not ask.words:
        return None
    word = ask.words[0].lower()
    if word not in known:
        ways = " or ".join(f"/integral {command} {each}" for each in known)
        raise Refusal(
            f"“{ask.words[0][:40]}” is nothing that /integral {command} knows; write it alone, or "
            f"{ways}.",
            next_step=f"/integral {command}",
        )
    return word
