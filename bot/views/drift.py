"""Views of drift: which posted entries left what was approved, and what can be done.

Pure: data to blocks. The channel's message names numbers and parts, never amounts or memos.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.drift import Drifted
from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from ledger.drift import TITLES, WAYS, DriftKind, changed_parts, kind_of
from ledger.periods import day_label
from ledger.runs import Delivery

Linked = tuple[Delivery, str]
"""A diverged entry, and where to look at it; empty text when it has no id."""
_SHOWN = 20


def found(drifted: Drifted) -> Said:
    """Tell the finance channel what one night found."""
    company = drifted.company
    entries = count(len(drifted.new), "entry", "entries")
    linked = list(zip(drifted.new, drifted.urls, strict=True))
    days = sorted(delivery.entry.entry_date for delivery in drifted.new)
    told = by_kind(linked)
    what = _what(drifted, told)
    blocks = [
        kit.section(
            f":mag: *{entries}* in {company.provider.label} ({kit.escape(company.name)}) {what}."
        ),
        *(_told(kind, members) for kind, members in told),
    ]
    if drifted.earlier:
        earlier = count(drifted.earlier, "entry", "entries")
        blocks.append(kit.context(f"{earlier} told of before: not in order yet."))
    period = f"{days[0]}..{days[-1]}" if days[0] != days[-1] else f"{days[0]}"
    blocks.append(next_step(f"`/integral verify {period}` shows what differs, posting by posting."))
    text = f"{entries} in {company.provider.label} {what}."
    return Drawn.of(text, *blocks).said()


def _what(drifted: Drifted, told: Sequence[tuple[DriftKind, list[Linked]]]) -> str:
    if [kind for kind, _ in told] == [DriftKind.REJECTED]:
        verb = "was" if len(drifted.new) == 1 else "were"
        return f"{verb} rejected in its own approval"
    return f"{'is' if len(drifted.new) == 1 else 'are'} no longer as approved"


def by_kind(linked: Sequence[Linked]) -> list[tuple[DriftKind, list[Linked]]]:
    """Group diverged entries by what happened to them."""
    kinds = {kind: [x for x in linked if kind_of(x[0].differences) is kind] for kind in DriftKind}
    return [(kind, members) for kind, members in kinds.items() if members]


def explanation(kind: DriftKind, number: int) -> kit.Block:
    """Return the title of a kind, and what can be done."""
    return kit.section(f"*{TITLES[kind]}*: {count(number, 'entry', 'entries')}\n{WAYS[kind]}")


def name(delivery: Delivery, url: str) -> str:
    """Return an entry's number as a link, where there is one."""
    number = delivery.entry.number
    return f"<{url}|{number}>" if url else number


def _told(kind: DriftKind, members: Sequence[Linked]) -> kit.Block:
    lines = [_line(kind, delivery, url) for delivery, url in members[:_SHOWN]]
    if len(members) > _SHOWN:
        lines.append(f"… and {len(members) - _SHOWN:,} more")
    title = f"*{TITLES[kind]}*: {count(len(members), 'entry', 'entries')}"
    return kit.section(f"{title}\n{bullets(lines)}\n{WAYS[kind]}")


def _line(kind: DriftKind, delivery: Delivery, url: str) -> str:
    where = f"{name(delivery, url)} of {day_label(delivery.entry.entry_date)}"
    if kind is not DriftKind.EDITED:
        return where
    return f"{where}: {', '.join(changed_parts(delivery.differences))}"
