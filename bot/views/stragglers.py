"""Views of late transactions of closed months, and the three ways to choose. Pure.

For the finance channel: counts by month, no details; `/integral preview` has those.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.late import LateMonth
from bot.services.saying import Said
from bot.services.straggling import Listed
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step, person
from bot.views.runs import typed_period
from ledger.organisation import Organisation
from ledger.periods import Period, day_label, period_label
from ledger.stragglers import LeftOut

PUSH = "stragglers.push"
NEXT_RUN = "stragglers.next_run"
ASK_IGNORE = "stragglers.ask_ignore"
TAKE_BACK = "stragglers.take_back"
IGNORE_FORM = "stragglers.ignore_form"
_SHOWN = 10


def listed(found: Listed) -> Said:
    """Draw the list for the finance channel."""
    return drawn(found).said()


def drawn(found: Listed) -> Drawn:
    """Draw what came late and waits for a choice, or that nothing does any more."""
    name = kit.escape(found.organisation.name)
    if not found.late.count:
        return Drawn.of(
            f"Nothing late of closed months waits in {found.organisation.name}.",
            kit.section(f":white_check_mark: Nothing late of closed months waits in *{name}*."),
            next_step("nothing; what comes late is listed here."),
        )
    number = count(found.late.count, "late transaction")
    blocks = [
        kit.section(
            f":hourglass: *{number}* of closed months in *{name}*. "
            "Nothing of them is posted before somebody chooses."
        )
    ]
    for late in found.late.months[:_SHOWN]:
        blocks += _month(found, late)
    if len(found.late.months) > _SHOWN:
        blocks.append(kit.context(f"… and {len(found.late.months) - _SHOWN:,} more months."))
    blocks.append(
        next_step("choose for each month; whatever is posted keeps its date and needs an approval.")
    )
    return Drawn.of(f"{number} of closed months wait for a choice.", *blocks)


def ignore_form(organisation_id: str, month: str, seen: Sequence[str]) -> kit.View:
    """Ask why late transactions stay out of the books."""
    return kit.modal(
        IGNORE_FORM,
        "Leave them out",
        [
            kit.section(
                f"What came late of *{kit.escape(month)}* will form no entry. Nothing in the ERP "
                "changes. `/integral approvals` takes it back."
            ),
            kit.field_input(
                "reason",
                "Reason",
                kit.text_input("reason", multiline=True, max_length=500),
                hint="Kept for the auditor.",
            ),
        ],
        metadata=kit.pack(organisation_id, month, *seen),
        submit="Leave out",
        close="Cancel",
    )


def with_left_out(drawn: Drawn, organisation: Organisation, left: Sequence[LeftOut]) -> Drawn:
    """Add what was left out of the books, each with the way back, before the next step."""
    if not left:
        return drawn
    blocks = [kit.section("*Left out of the books*")]
    for each in left:
        at = each.chosen_at.isoformat()
        number = count(each.transactions, "late transaction")
        blocks += [
            kit.section(
                f"{number}, by {person(each.chosen_by)} on {day_label(each.chosen_at.date())}: "
                f"{kit.escape(kit.cut(each.reason, 200))}"
            ),
            kit.actions(
                kit.button("Take back", TAKE_BACK, kit.pack(organisation.id, at)),
                block_id=f"left.{at}",
            ),
        ]
    return Drawn.of(drawn.text, *drawn.blocks[:-1], *blocks, drawn.blocks[-1])


def chosen(sentence: str) -> Drawn:
    """Answer the person who chose."""
    return Drawn.of(
        sentence, kit.section(kit.escape(sentence)), next_step("`/integral approvals` for more.")
    )


def _month(found: Listed, late: LateMonth) -> list[kit.Block]:
    typed = typed_period(late.month)
    value = kit.pack(found.organisation.id, typed, late.seen)
    blocked = len(late.transactions) - late.ready
    words = f"{late.ready:,} ready" + (f", {blocked:,} blocked" if blocked else "")
    number = count(len(late.transactions), "transaction")
    return [
        kit.section(
            f"*{period_label(late.month)}*: {number} ({words}). `/integral preview {typed}`"
        ),
        kit.actions(
            *([_push(late.month, value)] if late.ready else []),
            kit.button("With the next month", NEXT_RUN, value),
            kit.button("Leave out…", ASK_IGNORE, value, style="danger"),
            block_id=f"late.{found.company.id}.{typed}",
        ),
    ]


def _push(month: Period, value: str) -> kit.Block:
    return kit.button("Push now…", PUSH, value, style="primary", confirm=_sure(month))


def _sure(month: Period) -> kit.Confirm:
    return kit.Confirm(
        title=f"Push into {period_label(month)}?",
        text="It was closed here. A batch of its own is prepared; an approver decides on it.",
        confirm="Prepare",
    )
