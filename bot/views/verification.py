"""Views of verification: what was compared, and what differs from what was approved.

Pure: data to blocks. Only for the person who asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.services.status import Verified
from bot.views import drift, kit
from bot.views.drawn import Drawn, bullets, count, next_step
from bot.views.run_counts import PENDING
from bot.views.runs import typed_period
from ledger.drift import DriftKind
from ledger.organisation import Organisation, Provider
from ledger.periods import day_label, period_label
from ledger.problems import CATALOGUE, Problem
from ledger.runs import Delivery

GIVE_UP = "verification_give_up"
_SHOWN = 15


def result(verified: Verified) -> Drawn:
    """Draw how a period's entries compare with the ERP's copies, and what was given up."""
    drawn, done = _compared(verified), _given_up(verified)
    return Drawn.of(drawn.text, *done, *drawn.blocks) if done else drawn


def _compared(verified: Verified) -> Drawn:
    is_file = verified.company.provider is Provider.JOURNAL_FILE
    erp = "the journal files" if is_file else verified.company.provider.label
    period = period_label(verified.period)
    checked = count(verified.checked, "entry", "entries")
    if not verified.checked and not verified.pending:
        return _nothing(period, erp)
    if not verified.diverged:
        text = f"{checked} of {period} read back from {erp}; every one is as approved."
        if verified.pending:
            return _pending(verified, text)
        what = f"`/integral sync {typed_period(verified.period)}`"
        return Drawn.of(
            text,
            kit.section(f":white_check_mark: {text}"),
            next_step(what if verified.given_up else "nothing; all is in order."),
        )
    differing = count(len(verified.diverged), "entry differs", "entries differ")
    blocks = [kit.section(f":warning: {checked} of {period} read back; *{differing}*:")]
    linked = list(zip(verified.diverged, verified.urls, strict=True))
    for kind, members in drift.by_kind(linked):
        blocks.append(drift.explanation(kind, len(members)))
        blocks += [kit.section(_difference(*each, verified.links)) for each in members[:_SHOWN]]
        if kind is DriftKind.DELETED:
            blocks.append(kit.actions(_give_up_button(verified, len(members))))
    blocks.append(
        next_step(f"mend the entries in {erp}, then run `/integral verify` over {period} again.")
    )
    return Drawn.of(f"{differing} in {erp}, of {verified.checked:,} read back.", *blocks)


def _given_up(verified: Verified) -> list[kit.Block]:
    """Draw what became of deleted entries that a person gave up; nothing when nobody did."""
    blocks = []
    if verified.given_up:
        entries = count(verified.given_up, "deleted entry is", "deleted entries are")
        text = (
            f"{entries} given up: the next sync makes new entries of their transactions. What a "
            "correction had made is asked for again with `/integral undo`."
        )
        blocks.append(kit.section(f":arrows_counterclockwise: {text}"))
    if verified.too_early:
        entries = count(verified.too_early, "entry was", "entries were")
        erp = verified.company.provider.label
        text = (
            f"{entries} found to be gone only a moment ago. {erp} may still be at work on them: "
            "ask again in a quarter of an hour."
        )
        blocks.append(kit.section(f":hourglass_flowing_sand: {text}"))
    if verified.given_up == 0 and not verified.too_early:
        blocks.append(kit.section("None was given up: what was deleted is there again."))
    return blocks


def _give_up_button(verified: Verified, entries: int) -> kit.Block:
    organisation, period = verified.organisation, verified.period
    days = (period.first.isoformat(), period.last.isoformat())
    return kit.button(
        "Make them anew…",
        GIVE_UP,
        kit.pack(organisation.id, verified.company.id, *days),
        confirm=kit.Confirm(
            title=f"Give up {count(entries, 'deleted entry', 'deleted entries')}?",
            text="They are searched for once more. What is gone lets go of its transactions: the "
            "next sync makes new entries of them, under new numbers, with the approval that they "
            "need. Your decision is recorded.",
            confirm="Make them anew",
        ),
    )


def _nothing(period: str, erp: str) -> Drawn:
    """Say that a period has nothing to compare."""
    text = f"Nothing of {period} is in {erp} from here yet."
    return Drawn.of(
        text,
        kit.section(f"{text} There was nothing to read back."),
        next_step("`/integral status` shows what is ready, and of which days."),
    )


def _pending(verified: Verified, text: str) -> Drawn:
    """Draw that every copy is as approved, and that some are not in the ledger yet."""
    provider = verified.company.provider
    waits = count(verified.pending, "entry", "entries")
    said = f"{text} {waits} {PENDING.get(provider, f'waiting for approval in {provider.label}')}."
    is_file = provider is Provider.JOURNAL_FILE
    remedy = "confirm the import of the file" if is_file else f"approve them in {provider.label}"
    return Drawn.of(
        said,
        kit.section(f":hourglass_flowing_sand: {said}"),
        next_step(f"{remedy}; each night is looked at again by itself."),
    )


def asked(company: str, period: str) -> Drawn:
    """Answer the person who asked; the result comes as a direct message."""
    text = f"Reading {period} back from {company}…"
    return Drawn.of(
        text, kit.section(kit.escape(text)), next_step("the result comes to you as a message.")
    )


def failed(organisation: Organisation, problem: Problem) -> Drawn:
    """Say that what a person asked for could not be done, and the remedy."""
    words = CATALOGUE[problem.code]
    return Drawn.of(
        f"{words.title}: {problem.message}",
        kit.section(
            f":warning: *{words.title}* · {kit.escape(organisation.name)}\n"
            f"{kit.escape(problem.message)}"
        ),
        next_step(words.remedy),
    )


def _difference(delivery: Delivery, url: str, links: Mapping[str, str]) -> str:
    entry = delivery.entry
    linked = f" ({links[delivery.id]})" if delivery.id in links else ""
    lines = bullets(kit.escape(line) for line in delivery.differences[:5])
    dated = f"{day_label(entry.entry_date)}, {entry.total}"
    return f"*{drift.name(delivery, url)}* of {dated}{linked}\n{lines}"
