"""Views of ``/integral doctor``: findings with a remedy each, unknown numbers, a cut-over.

Pure: data to blocks. Only for the person who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.services.accounted import Adopted
from bot.services.checks import Finding, UnknownNumber, Verdict
from bot.services.doctor import Examination
from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from ledger.attempts import FailedAttempt
from ledger.organisation import Company, Organisation
from ledger.periods import Period, day_label, period_label

ADOPT = "doctor_adopt"
OPEN_CUT_OVER = "doctor_open_cut_over"
CUT_OVER = "doctor_cut_over"
BUNDLE = "doctor_bundle"
DAY = "day"
_MARKS = {
    Verdict.OK: ":white_check_mark:",
    Verdict.WRONG: ":x:",
    Verdict.UNKNOWN: ":grey_question:",
}
_SHOWN = 12


def asked() -> Drawn:
    """Answer the person who asked; the result comes as a direct message."""
    text = "Checking mapping, settings, connection, numbers, Slack, clock and engine…"
    return Drawn.of(text, kit.section(text), next_step("the result comes to you as a message."))


def result(examination: Examination) -> Said:
    """Return the findings in the order in which they are mended, with the buttons they need."""
    findings = examination.findings
    wrong = [finding for finding in findings if finding.verdict is Verdict.WRONG]
    name = kit.escape(examination.organisation.name)
    headline = f"{count(len(wrong), 'finding')} to mend" if wrong else "nothing is wrong"
    blocks = [
        kit.section(f":stethoscope: *{name}*: {headline}."),
        *(kit.section("\n".join(map(_line, part))) for part in _parts(findings)),
        *_unknown(examination),
        *_failed(examination.failed),
        kit.actions(kit.button("Support bundle", BUNDLE, kit.pack(examination.organisation.id))),
        next_step(_next(wrong)),
    ]
    return Drawn.of(f"{examination.organisation.name}: {headline}.", *blocks).said()


def ended(adopted: Adopted) -> Said:
    """Return how an adoption or a cut-over ended."""
    lines = list(_ended_lines(adopted))
    name = kit.escape(adopted.company.name)
    way = "Cut-over" if adopted.cut_over else "Adoption"
    text = f"{way} in {adopted.company.name}: {count(len(adopted.adopted), 'entry', 'entries')}."
    return Drawn.of(
        text,
        kit.section(f":white_check_mark: *{way}* in *{name}*\n{bullets(lines)}"),
        next_step(
            "adopt the numbers that are left with `/integral doctor`."
            if adopted.left
            else "runs that waited go on by themselves; `/integral status` shows them."
        ),
    ).said()


def cut_over_form(organisation: Organisation, company: Company, today: date) -> kit.View:
    """Return the window that asks for the day of a cut-over, and says what it does."""
    return kit.modal(
        CUT_OVER,
        "Cut over",
        [
            kit.section(
                f"*Start the books of {kit.escape(company.name)} here on a later day.* Entries "
                "of ours in the ERP that are dated before it count as another installation's, "
                "transactions before it form no entry any more, and unsent entries before it are "
                "taken back. The day can only be moved forward."
            ),
            kit.context(f"Entries start on {day_label(company.go_live_date)} at present."),
            kit.field_input(
                DAY, "First day that is kept here", kit.date_picker("day", chosen=today)
            ),
        ],
        metadata=kit.pack(organisation.id, company.id),
        submit="Cut over",
        close="Cancel",
    )


def bundle_asked() -> Drawn:
    """Answer the person who wants a support bundle."""
    text = "Writing a support bundle: ids, dates, counts and error codes of this organisation."
    return Drawn.of(
        text,
        kit.section(text),
        next_step("the file comes to you as a message; give it to support."),
    )


def bundle_refused(reason: str) -> Said:
    """Return why a support bundle could not be handed over."""
    return Drawn.of(
        "The support bundle could not be handed over.",
        kit.section(f":x: The support bundle could not be handed over. {kit.escape(reason)}"),
        next_step("whoever runs Integral can write it with `integral doctor --bundle FILE`."),
    ).said()


def working(company: str, doing: str) -> Drawn:
    """Answer the person who chose a way; how it ended comes as a direct message."""
    text = f"{doing} in {company}…"
    return Drawn.of(
        text, kit.section(kit.escape(text)), next_step("the result comes to you as a message.")
    )


def ways_out(organisation: Organisation, company: Company) -> list[kit.Block]:
    """Return the buttons that end the wait for unknown numbers."""
    value = kit.pack(organisation.id, company.id)
    return [
        kit.actions(
            kit.button("Adopt", ADOPT, value, style="primary", confirm=_SURE_ADOPT),
            kit.button("Cut over…", OPEN_CUT_OVER, value),
        ),
        kit.context("An owner or admin decides. Until then nothing is sent."),
    ]


def _line(finding: Finding) -> str:
    remedy = f" {finding.remedy}" if finding.remedy else ""
    check = finding.check[:1].upper() + finding.check[1:]
    return f"{_MARKS[finding.verdict]} *{check}*: {kit.escape(finding.says)}{remedy}"


def _parts(findings: Sequence[Finding]) -> list[Sequence[Finding]]:
    return [findings[at : at + 6] for at in range(0, len(findings), 6)]


def _unknown(examination: Examination) -> list[kit.Block]:
    stopping = [each for each in examination.unknown if not each.is_accounted]
    foreign = len(examination.unknown) - len(stopping)
    company, organisation = examination.company, examination.organisation
    if company is None or not (stopping or foreign):
        return []
    if not stopping:
        said = count(foreign, "number of ours is", "numbers of ours are")
        return [kit.context(f"{said} in the ERP and known to be nobody's here.")]
    return [
        kit.divider(),
        kit.section(_unknown_text(stopping, examination.dates)),
        *ways_out(organisation, company),
    ]


def _unknown_text(stopping: Sequence[UnknownNumber], dates: Sequence[date]) -> str:
    entries = count(len(stopping), "entry of ours is", "entries of ours are")
    period = f", dated {period_label(Period(dates[0], dates[-1]))}" if dates else ""
    names = ", ".join(f"`{each.number}`" for each in stopping[:_SHOWN])
    more = f" and {len(stopping) - _SHOWN:,} more" if len(stopping) > _SHOWN else ""
    return (
        f"*{entries} in the ERP and unknown here*{period}: {names}{more}.\n"
        "*Adopt* after a restored backup: what equals the entries that would be made now is "
        "taken for sent. *Cut over* when another installation made them."
    )


def _failed(failed: Sequence[FailedAttempt]) -> list[kit.Block]:
    """Return what the guide asks people to give to support: date and time of what failed."""
    if not failed:
        return []
    lines = [_failed_line(each) for each in failed]
    return [
        kit.section(f"*Last attempts without a confirmation, for support*\n{bullets(lines)}"),
        kit.context("`integral doctor --bundle FILE` writes a support bundle without secrets."),
    ]


def _failed_line(failed: FailedAttempt) -> str:
    code = f", `{failed.code.value}`" if failed.code else ""
    trace = f", trace `{failed.trace_id}`" if failed.trace_id else ""
    return f"{failed.started_at:%Y-%m-%d %H:%M:%S} UTC: {failed.number}{code}{trace}"


def _next(wrong: Sequence[Finding]) -> str:
    if wrong:
        return wrong[0].remedy
    return "`/integral status` shows where everything stands."


def _ended_lines(adopted: Adopted) -> list[str]:
    lines = []
    if adopted.cut_over is not None:
        lines.append(f"entries start on {day_label(adopted.cut_over)}; earlier ones form none")
    if adopted.adopted:
        lines.append(f"{count(len(adopted.adopted), 'entry', 'entries')} adopted; never sent again")
    if adopted.foreign:
        lines.append(
            f"{count(len(adopted.foreign), 'number')} known as not ours here: what would be made "
            "now differs. Entries like them are held for you in `/integral duplicates`"
        )
    if adopted.left:
        lines.append(f"{count(len(adopted.left), 'number')} still unknown: nothing is sent")
    return lines or ["every number of ours in the ERP was known already"]


_SURE_ADOPT = kit.Confirm(
    title="Adopt these entries?",
    text="Entries in the ERP that equal what would be made now count as sent by us. The others "
    "are listed and stop nothing any more.",
    confirm="Adopt",
)
