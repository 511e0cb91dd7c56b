"""Views of look-alikes: our held entry beside what the ERP has, and the two ways to decide.

Pure: data to blocks. Only for the person who asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.services.look_alikes import LookAlike
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step
from ledger.organisation import Organisation
from ledger.periods import day_label

SKIP = "look_alikes.skip"
POST = "look_alikes.post"
_SHOWN = 15


def held(organisation: Organisation, look_alikes: Sequence[LookAlike]) -> Drawn:
    """List the held entries, each with its buttons."""
    name = kit.escape(organisation.name)
    if not look_alikes:
        return Drawn.of(
            "No entry is held as a possible duplicate.",
            kit.section(f"No entry of *{name}* is held as a possible duplicate."),
            next_step("`/integral status` shows everything else."),
        )
    number = count(len(look_alikes), "entry", "entries")
    blocks = [
        kit.section(
            f"*{number}* of *{name}* held: the ERP has something alike that is not ours. "
            "Compare the two, then decide."
        )
    ]
    for look_alike in look_alikes[:_SHOWN]:
        blocks += _pair(organisation, look_alike)
    blocks.append(next_step("*Skip* if it is the same thing, *Post anyway* if it is another."))
    return Drawn.of(f"{number} held as possible duplicates.", *blocks)


def decided(organisation: Organisation, sentence: str, remaining: Sequence[LookAlike]) -> Drawn:
    """Return what was decided, and beneath it what is still held."""
    rest = held(organisation, remaining)
    return Drawn.of(
        sentence, kit.section(f":white_check_mark: {kit.escape(sentence)}"), *rest.blocks
    )


def _pair(organisation: Organisation, look_alike: LookAlike) -> list[kit.Block]:
    entry = look_alike.delivery.entry
    facts = dict(look_alike.problem.facts) if look_alike.problem else {}
    memo = kit.escape(facts.get("its memo", "")) or "no memo"
    theirs = _theirs(look_alike.url, facts)
    value = kit.pack(organisation.id, look_alike.delivery.id)
    dated = f"{day_label(entry.entry_date)}, {entry.total}"
    text = (
        f"*Ours*: {entry.number}, {dated}: {kit.escape(entry.memo)}\n*In the ERP*: {theirs}: {memo}"
    )
    return [
        kit.section(text),
        kit.actions(
            kit.button("Skip ours", SKIP, value, confirm=_SURE_SKIP),
            kit.button("Post anyway", POST, value, style="danger", confirm=_SURE_POST),
            block_id=f"look_alike.{look_alike.delivery.id}",
        ),
    ]


def _theirs(url: str | None, facts: Mapping[str, str]) -> str:
    """Name the ERP's entry as people there do, with a link where there is one."""
    name = facts.get("its number") or facts.get("erp_id", "")
    words = kit.escape(f"entry {name}".rstrip())
    return f"<{url}|{words}>" if url else f"an {words}"


_SURE_SKIP = kit.Confirm(
    title="Skip our entry?",
    text="It will never be sent, and its transactions count as booked by hand.",
    confirm="Skip",
)
_SURE_POST = kit.Confirm(
    title="Post it anyway?",
    text="The ERP will have both. Posted entries are never edited or deleted by Integral.",
    confirm="Post",
)
