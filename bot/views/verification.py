"""Views of verification: what was compared, and what differs from what was approved.

Pure: data to blocks. Only for the person who asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.services.status import Verified
from bot.views import drift, kit
from bot.views.drawn import Drawn, bullets, count, next_step
from bot.views.run_counts import PENDING
from bot.views.runs import period_label
from ledger.organisation import Organisation, Provider
from ledger.problems import CATALOGUE, Problem
from ledger.runs import Delivery

_SHOWN = 15


def result(verified: Verified) -> Drawn:
    """Draw how a period's entries compare with the ERP's copies."""
    erp = verified.company.provider.label
    period = period_label(verified.period)
    checked = count(verified.checked, "entry", "entries")
    if not verified.diverged:
        text = f"{checked} of {period} read back from {erp}; every one is as approved."
        if verified.pending:
            return _pending(verified, text)
        return Drawn.of(
            text, kit.section(f":white_check_mark: {text}"), next_step("nothing; all is in order.")
        )
    differing = count(len(verified.diverged), "entry", "entries")
    blocks = [kit.section(f":warning: {checked} of {period} read back; *{differing}* differ:")]
    linked = list(zip(verified.diverged, verified.urls, strict=True))
    for kind, members in drift.by_kind(linked):
        blocks.append(drift.explanation(kind, len(members)))
        blocks += [kit.section(_difference(*each, verified.links)) for each in members[:_SHOWN]]
    blocks.append(
        next_step(f"mend the entries in {erp}, then run `/integral verify` over {period} again.")
    )
    return Drawn.of(f"{differing} of {checked} differ in {erp}.", *blocks)


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
    return f"*{drift.name(delivery, url)}* of {entry.entry_date}, {entry.total}{linked}\n{lines}"
