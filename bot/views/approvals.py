"""Views of approvals: the card bound to a batch's digest, and the list of those that wait.

Pure: data to blocks. A button carries ids and the digest's start, never amounts or rights; the
server looks everything up again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.status import RunStatus
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step, person
from bot.views.runs import period_label
from ledger.organisation import Organisation
from ledger.periods import Period
from ledger.runs import Batch, BatchState

APPROVE_BATCH = "approvals.approve"
REJECT_BATCH = "approvals.reject"
REJECT_FORM = "approvals.reject_form"
SHOWN_DIGEST = 12
"""Hexadecimal digits of the digest on a card: enough to tell two batches apart by eye."""

_DECIDED = {
    BatchState.APPROVED: ":white_check_mark: *Approved*",
    BatchState.REJECTED: ":no_entry_sign: *Rejected*",
    BatchState.LAPSED: ":leftwards_arrow_with_hook: *Lapsed*: something changed after it was made",
}


def card(status: RunStatus, batch: Batch) -> Drawn:
    """Draw the approval card of a batch, with its buttons or with who decided."""
    period = period_label(Period(first=status.run.first_date, last=status.run.last_date))
    entries = count(batch.entries, "entry", "entries")
    blocks = [
        kit.header(f"Approve {entries} for {period}?" if _waits(batch) else f"{entries}, {period}"),
        kit.fields(
            ("Organisation", kit.escape(status.organisation.name)),
            ("Company", f"{kit.escape(status.company.name)} ({status.company.provider.label})"),
            ("Entries", f"{batch.entries:,}"),
            ("Debits = credits", kit.escape(batch.total)),
            ("Prepared for", person(status.run.requested_by)),
            ("Digest", f"`{batch.digest[:SHOWN_DIGEST]}`"),
        ),
        kit.context(kit.escape(batch.reason), *_kept_back(status)),
    ]
    if _waits(batch):
        blocks.append(_buttons(batch))
        blocks.append(kit.context("Approving sends exactly these entries; any change voids it."))
    else:
        blocks.append(kit.section(_decision(batch)))
    return Drawn.of(f"{entries} for {period}, {batch.total}: {_word(batch)}", *blocks)


def waiting(organisation: Organisation, batches: Sequence[Batch]) -> Drawn:
    """List the batches that wait for an approver."""
    name = kit.escape(organisation.name)
    if not batches:
        return Drawn.of(
            "Nothing waits for approval.",
            kit.section(f"Nothing waits for approval in *{name}*."),
            next_step("`/integral sync 2026-01` (any period) prepares the next batch."),
        )
    blocks = [kit.section(f"*{count(len(batches), 'batch', 'batches')}* wait in *{name}*:")]
    for batch in batches[:10]:
        words = f"{count(batch.entries, 'entry', 'entries')}, {kit.escape(batch.total)}"
        blocks.append(kit.section(f"{words} · `{batch.digest[:SHOWN_DIGEST]}`"))
        blocks.append(_buttons(batch))
    blocks.append(next_step("an approver who did not prepare the entries decides."))
    return Drawn.of(f"{count(len(batches), 'batch', 'batches')} wait for approval.", *blocks)


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


def answered(message: str) -> Drawn:
    """Answer the person who decided."""
    return Drawn.of(
        message, kit.section(kit.escape(message).replace("&lt;@", "<@").replace("&gt;", ">"))
    )


def _waits(batch: Batch) -> bool:
    return batch.state is BatchState.AWAITING_APPROVAL


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
        block_id=f"decide.{batch.id}",
    )


def _kept_back(status: RunStatus) -> list[str]:
    parts = []
    if status.held:
        parts.append(f"{count(len(status.held), 'entry', 'entries')} held as possible duplicates")
    if status.blocked:
        parts.append(f"{count(status.blocked, 'entry', 'entries')} blocked and not included")
    return parts


def _decision(batch: Batch) -> str:
    who = f" by {person(batch.decided_by)}" if batch.decided_by else ""
    note = f"\n>{kit.escape(batch.decision_note)}" if batch.decision_note else ""
    when = ""
    if batch.decided_at is not None:
        stamp, fallback = (
            int(batch.decided_at.timestamp()),
            f"{batch.decided_at:%Y-%m-%d %H:%M} UTC",
        )
        when = f" on <!date^{stamp}^{{date_short}} at {{time}}|{fallback}>"
    return f"{_DECIDED.get(batch.state, 'No approval needed')}{who}{when}{note}"


def _word(batch: Batch) -> str:
    return "approval asked for" if _waits(batch) else batch.state.value.replace("_", " ")
