"""Views of ``/integral undo``: what could be undone, the form, and what a correction's card adds.

Pure: data to blocks. Buttons carry what was typed and which entries were meant, never amounts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bot.services.corrections_looking import Asked, Choices, Look
from bot.services.corrections_ordering import DATING, REASON, Ordered
from bot.services.corrections_selection import short_id
from bot.services.status import RunStatus
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from bot.views.runs import typed_period
from ledger.corrections import REASON_LIMIT, AccountChange, Dating, Mode, Summary
from ledger.organisation import Organisation
from ledger.periods import Period, day_label, period_label
from ledger.problems import ProblemCode
from ledger.report import group_problems
from ledger.runs import Run, RunKind, Trigger

OPEN_FORM = "corrections.form"
"""Followed by ``:MODE``, so that one message may have several."""
UNDO_FORM = "corrections.order"
LOOK = "corrections.look"
LOOK_AGAIN = "corrections.look_again"
FIRST_OPEN_DAY = "corrections.first_open_day"
GIVE_UP = "corrections.give_up"
REOPENED = "reopened"
_TRANSACTIONS = ("transaction", "transactions")
_SHOWN = 8
_LEFT = 5

_DO = {
    Mode.REVERSE_AND_REPOST: "Undo and repost",
    Mode.REVERSE: "Undo only",
    Mode.REPOST: "Repost",
}
_EXPLAINED = {
    Mode.REVERSE_AND_REPOST: "Each entry that would come out differently now is reversed, and "
    "its transactions are posted again with the present mapping and settings. What would come "
    "out the same stays.",
    Mode.REVERSE: "Each entry is reversed. Its transactions stay undone: no sync posts them "
    "again until somebody asks here to repost them.",
    Mode.REPOST: "The transactions of entries that were undone are posted again with the "
    "present mapping and settings.",
}


def choices(organisation: Organisation, found: Choices) -> Drawn:
    """Offer recent runs and stale entries, and show corrections that need a person."""
    name = f"*{kit.escape(found.company.name)}*"
    blocks: list[kit.Block] = []
    if found.stale:
        words = count(found.stale, "posted entry", "posted entries")
        text = f":arrows_counterclockwise: {words} in {name} would come out differently now."
        blocks.append(kit.section(text, accessory=_look_button(organisation, ["stale"], "stale")))
    if found.repostable:
        words = count(found.repostable, "entry is", "entries are")
        how = "to repost them, look at their sync below or at their period."
        blocks.append(kit.section(f"{words} undone and not posted again; {how}"))
    for waiting in found.waiting:
        blocks += _waiting(organisation, waiting, found.first_open)
    for stuck in found.stuck:
        blocks += _stuck(organisation, stuck)
    for choice in found.runs:
        run = choice.run
        line = f"*{_period(run)}* · {count(choice.entries, 'entry', 'entries')} · `{short_id(run)}`"
        button = _look_button(organisation, [short_id(run)], short_id(run))
        blocks.append(kit.section(line, accessory=button))
    if not blocks:
        text = f"Nothing is posted in {name} yet, so there is nothing to undo."
        step = next_step("`/integral status` shows what is ready to be pushed.")
        return Drawn.of("Nothing is posted yet.", kit.section(text), step)
    blocks.append(
        next_step(
            "choose above, or `/integral undo 2026-01`, `stale`, `account NAME`, `category NAME` "
            "or journal numbers; nothing is undone before an approver agrees."
        )
    )
    return Drawn.of("What can be undone.", *blocks)


def look(organisation: Organisation, found: Look) -> Drawn:
    """Show what undoing the named entries would do, with buttons to ask for it."""
    entries = count(found.reversible, "entry", "entries")
    head = f"{entries} can be undone" if found.reversible else "Nothing here can be undone now"
    blocks = [
        kit.header(head),
        kit.section(f"*{kit.escape(found.company.name)}*\n{bullets(_looked(found))}"),
    ]
    if found.changes:
        blocks.append(kit.section(_table(found.changes)))
    for group in group_problems(found.plan.problems)[:_SHOWN]:
        what = ("entry", "entries") if group.code is ProblemCode.REVERSAL_BLOCKED else _TRANSACTIONS
        words = count(group.count, *what)
        blocks.append(
            kit.section(f":small_orange_diamond: *{group.title}*: {words}\n{group.remedy}")
        )
    left = [
        f"`{each.delivery.entry.number}`: {kit.escape(each.why)}." for each in found.left[:_LEFT]
    ]
    if left:
        more = len(found.left) - len(left)
        left += [f"… and {more:,} more"] if more else []
        blocks.append(kit.section(f"Not now:\n{bullets(left)}"))
    buttons = _mode_buttons(organisation, found)
    if buttons:
        blocks.append(kit.actions(*buttons))
    blocks.append(next_step("choose, give the reason, and an approver decides on one card."))
    return Drawn.of(f"{head}.", *blocks)


def form(organisation: Organisation, packed: Sequence[str], asked: Asked) -> kit.View:
    """Ask for the reason and, where books are closed, what becomes of those dates.

    Args:
        organisation: Whose entries.
        packed: Mode, fingerprint and the words, as the button carried them.
        asked: What the form must know.
    """
    mode = Mode(packed[0])
    blocks = [
        kit.section(_EXPLAINED[mode]),
        kit.field_input(
            REASON,
            "Reason",
            kit.text_input(REASON, max_length=REASON_LIMIT),
            hint="It stands in the memo of every reversal, and is kept for the auditor.",
        ),
    ]
    if asked.asks_about_closed:
        blocks.append(_ask_dating(asked))
    return kit.modal(
        UNDO_FORM,
        _DO[mode],
        blocks,
        metadata=kit.pack(organisation.id, asked.order_id, *packed),
        submit="Ask an approver",
        close="Cancel",
    )


def _ask_dating(asked: Asked) -> kit.Block:
    options = [("Hold all of it until the period is reopened", Dating.HOLD.value)]
    if asked.first_open is not None:
        words = f"Date what is closed {day_label(asked.first_open)} (first open day)"
        options.append((words, Dating.FIRST_OPEN_DAY.value))
    options.append(("I have reopened the period: look again", REOPENED))
    return kit.field_input(
        DATING,
        f"The books are closed through {asked.closed_through}",
        kit.select(DATING, options),
        hint="Dated on the first open day, the memo names the period it is for.",
    )


def ordered(result: Ordered) -> Drawn:
    """Answer the person who sent the form off."""
    name = kit.escape(result.company.name)
    lines = []
    if result.run is not None and result.is_new:
        lines.append(f"The correction in *{name}* is being prepared for an approver.")
    elif result.run is not None:
        lines.append(f"This correction in *{name}* was asked for already; it goes on.")
    if result.withdrawn:
        words = count(result.withdrawn, "entry that was", "entries that were")
        lines.append(
            f"{words} never sent are withdrawn; their transactions are ready for the next sync."
        )
    text = " ".join(lines)
    return Drawn.of(
        text.replace("*", ""),
        kit.section(text),
        next_step("another person approves it on its card, or with `/integral approvals`."),
    )


def answered(text: str) -> Drawn:
    """Answer a click on a waiting correction."""
    return Drawn.of(text, kit.section(text), next_step("`/integral undo` shows what is left."))


_BEGUN = {
    Trigger.HAND: "asked for by hand",
    Trigger.DAILY: "daily push",
    Trigger.MONTHLY: "month end",
}


def how_begun(run: Run) -> str:
    """Name what began a run, or that it is a correction."""
    return "correction" if run.kind is RunKind.CORRECTION else _BEGUN[run.trigger]


def on_card(status: RunStatus, *, detailed: bool) -> list[kit.Block]:
    """Return what the card of a correction tells beside a push's; nothing for a push."""
    summary = status.correction
    if summary is None:
        return []
    lines = [f"{_counted(summary)} · reason: {kit.escape(summary.reason)}"]
    if summary.redated:
        words = count(summary.redated, "entry is", "entries are")
        day = f"{day_label(summary.redated_to)}, " if summary.redated_to else "on "
        lines.append(f"{words} dated {day}the first open day, for a closed period.")
    blocks = [kit.section(f":leftwards_arrow_with_hook: *Correction*\n{bullets(lines)}")]
    if detailed and summary.changes:
        blocks.append(kit.section(_table(summary.changes)))
    return blocks


def _counted(summary: Summary) -> str:
    parts = []
    if summary.reversals:
        parts.append(count(summary.reversals, "reversal"))
    if summary.replacements:
        parts.append(count(summary.replacements, "replacement"))
    return " and ".join(parts)


def _looked(found: Look) -> list[str]:
    lines = []
    if found.reversible:
        lines.append(f"debits = credits *{kit.escape(str(found.undone_total))}*")
    plan = found.plan
    if plan.reversals:
        anew = count(len(plan.replacements), "replacement")
        undone = count(len(plan.reversals), "reversal")
        lines.append(f"undone and reposted: {undone} and {anew}")
    elif found.reversible:
        lines.append("reposted now, they would come out the same")
    if plan.unchanged and plan.reversals:
        same = count(plan.unchanged, "entry", "entries")
        lines.append(f"{same} would come out the same, and would stay")
    if found.repostable:
        words = count(found.repostable, "entry was", "entries were")
        lines.append(f"{words} undone before and can be reposted")
    if found.unsent:
        words = count(found.unsent, "entry was", "entries were")
        lines.append(f"{words} never sent, and would be withdrawn instead")
    if plan.closed:
        through = day_label(plan.lock_date)
        lines.append(f"the books are closed through {through}: you are asked what to do")
    return lines


def _mode_buttons(organisation: Organisation, found: Look) -> list[kit.Block]:
    modes = []
    if found.plan.reversals:
        modes.append(Mode.REVERSE_AND_REPOST)
    if found.reversible or found.unsent:
        modes.append(Mode.REVERSE)
    if found.repostable:
        modes.append(Mode.REPOST)
    words = pack_words(found.selection.words)
    return [
        kit.button(
            f"{_DO[mode]}…",
            f"{OPEN_FORM}:{mode.value}",
            kit.pack(organisation.id, mode.value, found.fingerprint, words),
            style="primary" if place == 0 else None,
        )
        for place, mode in enumerate(modes)
    ]


def _look_button(organisation: Organisation, words: Sequence[str], key: str) -> kit.Block:
    return kit.button("Look…", f"{LOOK}:{key}", kit.pack(organisation.id, pack_words(words)))


def _waiting(organisation: Organisation, run: Run, first_open: date | None) -> list[kit.Block]:
    value = kit.pack(organisation.id, run.id)
    why = kit.escape(run.waiting_for or "")
    buttons = [kit.button("Look again now", f"{LOOK_AGAIN}:{run.id}", value)]
    if first_open is not None and run.first_date < first_open:
        again = "I have reopened the period: look again"
        use = f"Use {day_label(first_open)} (first open day)"
        buttons = [
            kit.button(again, f"{LOOK_AGAIN}:{run.id}", value),
            kit.button(use, f"{FIRST_OPEN_DAY}:{run.id}", value),
        ]
    return [
        kit.section(f":double_vertical_bar: A correction of {_period(run)} waits. {why}"),
        kit.actions(*buttons, _give_up_button(run, value)),
    ]


def _stuck(organisation: Organisation, run: Run) -> list[kit.Block]:
    value = kit.pack(organisation.id, run.id)
    period = typed_period(Period(first=run.first_date, last=run.last_date))
    return [
        kit.section(
            f":warning: Part of a correction of {_period(run)} was refused. Mend the cause, then "
            f"`/integral sync {period}` tries it again; or give it up and undo anew."
        ),
        kit.actions(_give_up_button(run, value)),
    ]


def _give_up_button(run: Run, value: str) -> kit.Block:
    return kit.button(
        "Give up",
        f"{GIVE_UP}:{run.id}",
        value,
        style="danger",
        confirm=kit.Confirm(
            title="Give this correction up?",
            text="What was not sent is withdrawn; what is in the ERP stays as it is.",
            confirm="Give up",
        ),
    )


def _period(run: Run) -> str:
    return period_label(Period(first=run.first_date, last=run.last_date))


def _table(changes: Sequence[AccountChange]) -> str:
    rows = [
        f"{kit.cut(c.label, 34):34} {_net(c.before):>18} {_net(c.after):>18}"
        for c in changes[:_SHOWN]
    ]
    head = f"{'Account (net, credit in brackets)':34} {'before':>18} {'after':>18}"
    more = len(changes) - _SHOWN
    rows += [f"… and {more:,} more"] if more > 0 else []
    return "```" + kit.escape("\n".join([head, *rows])) + "```"


def _net(amount: Decimal) -> str:
    return f"({-amount:,})" if amount < 0 else f"{amount:,}"


def pack_words(words: Sequence[str]) -> str:
    """Write typed words so that a button can carry them among its arguments."""
    return json.dumps(list(words), ensure_ascii=False).replace("|", "\\u007c")


def unpack_words(packed: str) -> tuple[str, ...]:
    """Read what :func:`pack_words` wrote."""
    return tuple(str(word) for word in json.loads(packed))
