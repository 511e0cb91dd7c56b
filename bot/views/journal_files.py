"""Views of the company without an ERP, its chart, and its journal files. Pure: data to blocks."""

from __future__ import annotations

from datetime import date

from bot.services.file_company import ChartRefused
from bot.services.journal_files import Exported, GivenFile, ImportConfirmed
from bot.services.saying import Said
from bot.views import kit
from bot.views.company import first_day_input, replacing
from bot.views.drawn import Drawn, bullets, count, next_step, person
from bot.views.imports import problem_line
from ledger.charts import Chart
from ledger.charts.custom import COLUMNS
from ledger.layouts import Layout
from ledger.organisation import Company, Organisation
from ledger.periods import Period, day_label, period_label

CONNECT_FORM = "journal_file_connect_form"
IMPORTED = "journal_file_imported"
OWN_CHART = "own"

_SHOWN_FAULTS = 10
_SHOWN_FILES = 12
_SHOWN_PARTS = 6
_CHARTS = (
    ("US GAAP, an account for each token (43)", Chart.US_GAAP.value),
    ("Simple, one digital-assets account (18)", Chart.SIMPLE.value),
    ("IFRS, with Xero's default codes (27)", Chart.IFRS.value),
    ("My own, from the CSV file below", OWN_CHART),
)
_HOW = {
    Layout.QUICKBOOKS: "QuickBooks: Settings → Import data → Journal entries. Switch account "
    "numbers off before, and on again afterwards.",
    Layout.XERO: "Xero: Accounting → Manual journals → Import. Xero makes drafts: post them there.",
    Layout.NETSUITE: "NetSuite: Setup → Import/Export → Import CSV Records → Transactions → "
    "Journal Entry. The external id keeps an entry from being imported twice.",
    Layout.GENERIC: "One row a posting; rows of one number are one entry.",
}


def form(
    organisation: Organisation,
    known: Company | None,
    *,
    suggested: date,
    present: Company | None = None,
) -> kit.View:
    """Return the form: the company's name, its chart and, the first time, the go-live date.

    Args:
        organisation: Whose.
        known: Its company of files, if it had one before.
        suggested: The go-live date to begin with.
        present: Another company that is posted into now, if any.
    """
    blocks = [
        kit.section(
            f"Entries of *{kit.escape(organisation.name)}* go into files that you import "
            f"yourself, in {organisation.base_currency}. `/integral export` gives them."
        ),
        *replacing(present),
        kit.field_input(
            "name",
            "Company",
            kit.text_input(
                "name", initial=known.name if known else organisation.name, max_length=100
            ),
        ),
        *_chart_inputs(known),
    ]
    if known is None or known.go_live_date is None:
        blocks.append(first_day_input(suggested))
    return kit.modal(
        CONNECT_FORM,
        "Connect a file",
        blocks,
        metadata=kit.pack(organisation.id),
        submit="Connect",
        close="Cancel",
    )


def _chart_inputs(known: Company | None) -> list[kit.Block]:
    return [
        kit.field_input(
            "chart",
            "Chart of accounts",
            kit.select("chart", _CHARTS, chosen=Chart.US_GAAP.value if known is None else None),
            hint="A later chart replaces this one; mapped accounts that it lacks must be mapped "
            "again."
            if known is None
            else "Replaces the present chart; mapped accounts that it lacks must be mapped again.",
        ),
        kit.field_input(
            "chart_file",
            "Your own chart",
            kit.file_input("chart_file", filetypes=["csv"]),
            hint=f"A CSV file with the columns {', '.join(COLUMNS)} (currency may be left out). "
            "Types: asset, liability, equity, income, expense, or those of your accounting system.",
            optional=True,
        ),
    ]


def reading_chart() -> Drawn:
    """Return the answer while an uploaded chart is being read."""
    text = "Reading your chart. The result comes as a direct message."
    return Drawn.of(text, kit.section(f":hourglass_flowing_sand: {text}"))


def chart_refused(refused: ChartRefused) -> Said:
    """Return what is wrong with a chart, row by row."""
    shown = refused.problems[:_SHOWN_FAULTS]
    more = len(refused.problems) - len(shown)
    rest = f"\n… and {more:,} more; mend these first." if more > 0 else ""
    return Drawn.of(
        "The chart was not taken.",
        kit.section(
            f":warning: *The chart of {kit.escape(refused.organisation.name)} was not taken.* "
            "Nothing was changed."
        ),
        kit.section(bullets(problem_line(problem) for problem in shown) + rest),
        next_step("mend the file and give it again with `/integral connect file`."),
    ).said()


def asked(company: Company, period: Period, layout: Layout) -> Drawn:
    """Answer the person who asked for files."""
    text = f"The journal files of {company.name} for {period_label(period)} are being written."
    return Drawn.of(
        text,
        kit.section(f":hourglass_flowing_sand: {kit.escape(text)} ({layout.label})"),
        next_step("the files come to you as a direct message."),
    )


def exported(result: Exported) -> Said:
    """Return what was given out: counts, totals, checksums, and the button for each file."""
    name = kit.escape(result.company.name)
    period = period_label(result.period)
    if not result.files:
        return Drawn.of(
            f"{result.company.name} has no posted entries in {period}.",
            kit.section(f"*{name}* has no posted entries in {period}, so there is no file."),
            next_step(f"`/integral sync {result.period}` prepares and posts them."),
        ).said()
    shown = result.files[-_SHOWN_FILES:]
    blocks: list[kit.Block] = [
        kit.section(f":page_facing_up: *{name}* · {period} · {result.layout.label}")
    ]
    for given in shown:
        blocks += _file(result.organisation, given)
    if len(result.files) > len(shown):
        hidden = count(len(result.files) - len(shown), "older file")
        blocks.append(kit.context(f"{hidden} above, without a button here."))
    blocks.append(kit.context(_HOW[result.layout]))
    blocks.append(next_step("import each file once, then press its button."))
    return Drawn.of(f"Journal files of {result.company.name} for {period}.", *blocks).said()


def refused(result: Exported, reason: str) -> Said:
    """Return that files are frozen and could not be handed over here."""
    return Drawn.of(
        f"The journal files of {result.company.name} could not be sent.",
        kit.section(f":warning: {kit.escape(reason)}"),
        next_step(
            "ask for them again; whoever runs Integral can write the same files with "
            f"`integral export {result.period} --layout {result.layout.value}`."
        ),
    ).said()


def imported(done: ImportConfirmed) -> Drawn:
    """Return that a file was imported, and what its entries are now."""
    file = done.file
    who = person(file.imported_by or "")
    entries = count(file.entries, "entry", "entries")
    if not done.is_new and not done.verified:
        text = f"{file.label} was marked as imported before."
        return Drawn.of(text, kit.section(f":white_check_mark: {text} (by {who})"))
    blocks = [
        kit.section(
            f":white_check_mark: *{file.label}* of *{kit.escape(done.company.name)}* was imported "
            f"by {who}: {entries}, debits = credits = *{file.debits}*, now verified."
        )
    ]
    if done.diverged:
        differing = count(done.diverged, "entry", "entries")
        blocks.append(kit.section(f":warning: {differing} differ from what was approved."))
    blocks.append(next_step("`/integral status` shows what else is due."))
    return Drawn.of(f"{file.label} was imported.", *blocks)


def _file(organisation: Organisation, given: GivenFile) -> list[kit.Block]:
    file = given.file
    span = period_label(Period(first=file.first_date, last=file.last_date))
    head = (
        f"*{file.label}* · {span} · {count(file.entries, 'entry', 'entries')} · "
        f"debits = credits = *{file.debits}*"
    )
    parts = [
        f"`{part.name}` · {count(part.rows, 'row')}\nSHA-256 `{part.sha256}`"
        for part in given.parts[:_SHOWN_PARTS]
    ]
    if len(given.parts) > _SHOWN_PARTS:
        parts.append(f"and {len(given.parts) - _SHOWN_PARTS:,} more: the manifest has them all")
    parts.append(f"`{given.manifest.name}` lists every journal number")
    blocks = [kit.section(f"{head}\n{bullets(parts)}")]
    if given.other_layouts:
        others = " and ".join(layout.label for layout in given.other_layouts)
        blocks.append(kit.context(f":warning: Given out as {others} before: import only one."))
    if file.imported_at is not None:
        who = person(file.imported_by or "")
        words = f":white_check_mark: Imported on {day_label(file.imported_at.date())}, says {who}."
        return [*blocks, kit.context(f"{words} Do not import it again.")]
    return [*blocks, kit.actions(_imported_button(organisation, given))]


def _imported_button(organisation: Organisation, given: GivenFile) -> kit.Block:
    file = given.file
    question = kit.Confirm(
        title=f"{file.label} was imported?",
        text=f"All {file.entries:,} entries, {file.debits}, are in your accounting system. They "
        "count as verified from now on, in your name.",
        confirm="I imported it",
    )
    return kit.button(
        "I imported it",
        f"{IMPORTED}:{file.position}",
        kit.pack(organisation.id, file.id),
        style="primary",
        confirm=question,
    )
