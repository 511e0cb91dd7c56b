"""Views of staleness: how many posted entries no longer are what would be made now.

Pure: data to blocks. The channel's message has a count only, never amounts or memos.
"""

from __future__ import annotations

from bot.services.saying import Said
from bot.services.staleness import StaleFound
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step


def line(stale: int) -> str:
    """Say for the status how many posted entries no longer fit; nothing when all do."""
    if not stale:
        return ""
    words = count(stale, "posted entry", "posted entries")
    return f"\n:arrows_counterclockwise: {words} would come out differently now: `/integral undo`."


def told(found: StaleFound) -> Said:
    """Tell the finance channel how many posted entries no longer fit; edited until all do."""
    where = f"of *{kit.escape(found.company.name)}*"
    if not found.entries:
        text = f":white_check_mark: Every posted entry {where} fits again."
        return Drawn.of("Every posted entry fits again.", kit.section(text)).said()
    words = count(found.entries, "posted entry", "posted entries")
    verb = "fits" if found.entries == 1 else "fit"
    text = f"no longer {verb} what would be made now"
    why = "A transaction, the mapping or a setting changed after it was posted."
    return Drawn.of(
        f"{words} {text}.",
        kit.section(f":arrows_counterclockwise: *{words}* {where} {text}. {why}"),
        next_step("`/integral undo stale`; nothing is undone before an approver agrees."),
    ).said()
