"""Views of approvals: the card bound to a batch's digest, and the list of those that wait.

Pure: data to blocks. A button carries ids and the digest's start, never amounts or rights; the
server looks everything up again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.services.approval_card import CardFacts
from bot.services.saying import Said
from bot.services.status import RunStatus
from bot.views import corrections, kit
from bot.views.drawn import Drawn, count, moment, next_step, person
from bot.views.run_counts import alike
from bot.views.runs import accounts_table, typed_period
from ledger.approval import shaped_gap
from ledger.organisation import Organisation
from ledger.periods import Period, period_label
from ledger.runs import Batch, BatchState, RunKind

APPROVE_BATCH = "approvals.approve"
REJECT_BATCH = "approvals.reject"
REJECT_FORM = "approvals.reject_form"
WORKBOOK = "approvals.workbook"
SHOWN_DIGEST = 12
"""Hexadecimal digits of the digest on a card: enough to tell two batches apart by eye."""
_SHOWN_SHAPERS = 6
_SHOWN_PROBLEMS = 8

_DECIDED = {
    BatchState.APPROVED: ":white_check_mark: *Approved*",
    BatchState.REJECTED: ":no_entry_sign: *Rejected*",
    BatchState.LAPSED: ":leftwards_arrow_with_hook: *Lapsed* (nothing was sent)",
}


def card(facts: CardFacts, *, detailed: bool) -> Drawn:
    """Draw the approval card of a batch, with its buttons or with who decided.

    Args:
        facts: What it tells.
        detailed: Name accounts and amounts as well, for a person who may see them; a channel
            gets counts and totals.
    """
    status, batch = facts.status, facts.batch
    period = period_label(Period(first=status.run.first_date, last=status.run.last_date))
    entries = count(batch.entries, "entry", "entries")
    waits = _waits(batch)
    blocks = [
        kit.header(f"Approve {entries} for {period}?" if waits else f"{entries}, {period}"),
        kit.fields(*_fields(facts)),
        kit.context(kit.escape(batch.reason), *_kept_back(status)),
    ]
    blocks += [kit.section(f":warning: {words}") for words in _warnings(facts)]
    blocks += corrections.on_card(status, detailed=detailed)
    if detailed:
        blocks += _details(status)
    if waits:
        blocks.append(_buttons(batch))
        blocks.append(kit.context("Approving sends exactly these entries; any change voids it."))
        blocks.append(next_step(_how(facts)))
    else:
        blocks.append(kit.section(_decision(facts)))
        blocks.append(kit.actions(_workbook_button(batch)))
        blocks.append(next_step(_after(status, batch)))
    return Drawn.of(f"{entries} for {period}, {batch.total}: {_word(batch)}", *blocks)


def reminder(facts: CardFacts) -> Drawn:
    """Remind an approver of a card that waits."""
    status, batch = facts.status, facts.batch
    period = period_label(Period(first=status.run.first_date, last=status.run.last_date))
    entries = count(batch.entries, "entry", "entries")
    text = f"{entries} of {period} for {status.organisation.name} still wait for approval."
    ends = f" The card ends {moment(facts.due_at)}." if facts.due_at else ""
    return Drawn.of(
        text,
        kit.section(f":alarm_clock: {kit.escape(text)}{ends}"),
        next_step("decide on the card above, or with `/integral approvals`."),
    )


def ended(facts: CardFacts) -> Drawn:
    """Say that a card ended without an approval, to whoever reads only what is new."""
    status, batch = facts.status, facts.batch
    period = period_label(Period(first=status.run.first_date, last=status.run.last_date))
    what = f"{count(batch.entries, 'entry', 'entries')} of {period}"
    who = person(status.run.requested_by)
    if batch.state is BatchState.REJECTED:
        text = f"{what} for {status.organisation.name} were rejected; nothing was sent."
        lines = f":no_entry_sign: {kit.escape(text)} Prepared for {who}.\n{_decision(facts)}"
    else:
        why = batch.decision_note or "the card lapsed"
        text = f"{what} for {status.organisation.name} were not sent: {why}."
        lines = f":hourglass: {kit.escape(text)} Prepared for {who}."
    return Drawn.of(text, kit.section(lines), next_step(_after_the_end(facts)))


def waiting(
    organisation: Organisation,
    batches: Sequence[Batch],
    late: Drawn | None = None,
    *,
    periods: Mapping[str, Period],
) -> Drawn:
    """List the batches that wait for an approver, and late transactions that wait for a choice.

    Args:
        organisation: Whose.
        batches: What waits.
        late: The drawn list of late transactions, if any wait.
        periods: What each batch is over, by its id.
    """
    name = kit.escape(organisation.name)
    if not batches and late is not None:
        return late
    if not batches:
        return Drawn.of(
            "Nothing waits for approval.",
            kit.section(f"Nothing waits for approval in *{name}*."),
            next_step("`/integral sync last-month` (or any period) prepares the next batch."),
        )
    number = count(len(batches), "batch waits", "batches wait")
    blocks = [kit.section(f"*{number}* for approval in *{name}*:")]
    for batch in batches[:10]:
        entries = count(batch.entries, "entry", "entries")
        words = f"*{period_label(periods[batch.id])}*: {entries}, {kit.escape(batch.total)}"
        blocks.append(kit.section(f"{words} · `{batch.digest[:SHOWN_DIGEST]}`"))
        blocks.append(_buttons(batch))
    blocks += late.blocks[:-1] if late is not None else ()
    blocks.append(next_step("an approver who did not prepare the entries decides."))
    return Drawn.of(f"{number} for approval.", *blocks)


def reject_form(organisation_id: str, batch_id: str, digest: str) -> kit.View:
    """Ask for the reason of a rejection."""
    return kit.modal(
        REJECT_FORM,
        "Reject this batch",
        [
            kit.section("Nothing of it will be sent. Its entries can be prepared again."),
            kit.field_input(
                "reason",
                "Reason",
                kit.text_input("reason", multiline=True, max_length=500),
                hint="The people who prepared it read this, and it is kept for the auditor.",
            ),
        ],
        metadata=kit.pack(organisation_id, batch_id, digest),
        submit="Reject",
        close="Cancel",
    )


def workbook_coming() -> Drawn:
    """Answer the person who asked for the workbook."""
    return Drawn.of(
        "The workbook is on its way to your messages with Integral.",
        kit.section(":page_facing_up: The workbook is on its way to your messages with Integral."),
        next_step("approve or reject on the card."),
    )


def no_workbook(organisation: Organisation, why: str) -> Said:
    """Say why a workbook could not be handed over."""
    text = f"The workbook of {organisation.name} could not be sent: {why}"
    return Drawn.of(
        text,
        kit.section(f":warning: {kit.escape(text)}"),
        next_step("press *Workbook* on the card again, or look with `/integral preview`."),
    ).said()


def answered(message: str) -> Drawn:
    """Answer the person who decided."""
    return Drawn.of(
        message, kit.section(kit.escape(message).replace("&lt;@", "<@").replace("&gt;", ">"))
    )


def _waits(batch: Batch) -> bool:
    return batch.state is BatchState.AWAITING_APPROVAL


def _fields(facts: CardFacts) -> list[tuple[str, str]]:
    status, batch = facts.status, facts.batch
    fields = [
        ("Organisation", kit.escape(status.organisation.name)),
        ("Company", f"{kit.escape(status.company.name)} ({status.company.provider.label})"),
        ("Entries", f"{batch.entries:,}"),
        ("Debits = credits", kit.escape(batch.total)),
        ("Prepared for", person(status.run.requested_by)),
        ("Digest", f"`{batch.digest[:SHOWN_DIGEST]}`"),
    ]
    if _waits(batch) and facts.due_at is not None:
        fields.append(("Decide before", moment(facts.due_at)))
    if _waits(batch) and batch.approvers_needed > 1:
        given = ", ".join(person(who) for who in facts.approvals) or "nobody yet"
        fields.append(("Approvers", f"{batch.approvers_needed} needed; approved by {given}"))
    if facts.shapers:
        shaped = [f"{person(who)} {kit.escape(did)}" for who, did in facts.shapers.items()]
        fields.append(("Shaped by", "; ".join(shaped[:_SHOWN_SHAPERS])))
    return fields


def _warnings(facts: CardFacts) -> list[str]:
    if not _waits(facts.batch):
        return []
    found = []
    if facts.stale_sources:
        names = ", ".join(kit.escape(kit.cut(name, 60)) for name in facts.stale_sources[:8])
        found.append(
            f"Not imported since the period ended, or older than the limit: {names}. "
            "What happened there since is not in these entries."
        )
    if not facts.approvers:
        found.append(
            "Nobody may approve this: every approver shaped it, or there is none. The owner "
            "grants the role with `/integral roles grant @person approver`."
        )
    elif gap := shaped_gap(len(facts.approvers), facts.batch.approvers_needed):
        found.append(f"Of those who are left, too few may approve: {gap.says} {gap.remedy}")
    return found


def _details(status: RunStatus) -> list[kit.Block]:
    """Name accounts and causes: for direct messages only."""
    blocks = []
    if status.biggest:
        blocks.append(kit.section(f"*Biggest accounts*\n{accounts_table(status.biggest)}"))
    for group in status.problems[:_SHOWN_PROBLEMS]:
        entries = count(group.count, "transaction")
        subjects = "; ".join(kit.escape(kit.cut(s, 80)) for s in group.subjects[:3])
        blocks.append(
            kit.section(
                f":small_orange_diamond: *{group.title}*: {entries} ({subjects})\n{group.remedy}"
            )
        )
    return blocks


def _how(facts: CardFacts) -> str:
    if facts.approvals and facts.batch.approvers_needed > 1:
        return "a second approver decides; the workbook has every line."
    return "look at the workbook with every line, then approve, or reject with a reason."


def _after(status: RunStatus, batch: Batch) -> str:
    period = typed_period(Period(first=status.run.first_date, last=status.run.last_date))
    if batch.state is BatchState.APPROVED:
        return "nothing; the sync's own message tells how it ends."
    if status.run.kind is RunKind.CORRECTION:
        return "nothing was changed; `/integral undo` asks anew."
    if batch.state is BatchState.REJECTED:
        return f"mend what was wrong, then `/integral sync {period}` makes a new card."
    return f"use the newest card; if there is none, `/integral sync {period}` makes one."


def _after_the_end(facts: CardFacts) -> str:
    status, batch = facts.status, facts.batch
    if batch.state is BatchState.REJECTED or status.run.kind is RunKind.CORRECTION:
        return _after(status, batch)
    period = typed_period(Period(first=status.run.first_date, last=status.run.last_date))
    return f"`/integral sync {period}` prepares them again; nothing does so by itself."


def _workbook_button(batch: Batch) -> kit.Block:
    return kit.button("Workbook", WORKBOOK, kit.pack(batch.organisation_id, batch.id))


def _buttons(batch: Batch) -> kit.Block:
    value = kit.pack(batch.organisation_id, batch.id, batch.digest[:SHOWN_DIGEST])
    entries = count(batch.entries, "entry", "entries")
    return kit.actions(
        kit.button(
            "Approve",
            APPROVE_BATCH,
            value,
            style="primary",
            confirm=kit.Confirm(
                title=f"Approve {entries}?",
                text=f"{entries}, {batch.total}, will be posted. Posted entries are never edited.",
                confirm="Approve",
            ),
        ),
        kit.button("Reject…", REJECT_BATCH, value, style="danger"),
        _workbook_button(batch),
        block_id=f"decide.{batch.id}",
    )


def _kept_back(status: RunStatus) -> list[str]:
    parts = []
    if status.held:
        held = count(len(status.held), "entry", "entries")
        parts.append(f"{held} held as {alike(len(status.held))}")
    if status.blocked:
        parts.append(f"{count(status.blocked, 'entry', 'entries')} blocked and not included")
    return parts


def _decision(facts: CardFacts) -> str:
    batch = facts.batch
    people = tuple(facts.approvals) if batch.state is BatchState.APPROVED else ()
    people = people or ((batch.decided_by,) if batch.decided_by else ())
    who = " by " + " and ".join(person(each) for each in people) if people else ""
    note = f"\n>{kit.escape(batch.decision_note)}" if batch.decision_note else ""
    when = f" on {moment(batch.decided_at)}" if batch.decided_at is not None else ""
    return f"{_DECIDED.get(batch.state, 'No approval needed')}{who}{when}{note}"


def _word(batch: Batch) -> str:
    return "approval asked for" if _waits(batch) else batch.state.value.replace("_", " ")
