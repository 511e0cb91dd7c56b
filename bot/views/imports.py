"""Views of ``/integral import``: the form, the wait, and how it ended. Pure: data to blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.imports import SHOWN_PROBLEMS, FileKind, Imported
from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from ledger.organisation import Organisation
from ledger.problems import Problem
from ledger.records import Source

IMPORT_FORM = "import_form"
OPEN_IMPORT = "import_open"

_NEW = "+new"


def form(organisation: Organisation, sources: Sequence[Source]) -> kit.View:
    """Return the form: where the file comes from, what it holds, and the file."""
    known = [(source.name, source.name) for source in sources if len(source.name) <= 150][:99]
    blocks = [
        kit.section(
            f"Import a CSV file into *{kit.escape(organisation.name)}*. Rows that are there "
            "already change nothing, so the same file may be imported again."
        )
    ]
    if known:
        options = [*known, ("A new source, named below", _NEW)]
        blocks.append(
            kit.field_input("known", "Source", kit.select("known", options, chosen=known[0][1]))
        )
    blocks += _inputs(has_known=bool(known))
    return kit.modal(
        IMPORT_FORM,
        "Import",
        blocks,
        metadata=kit.pack(organisation.id),
        submit="Import",
        close="Cancel",
    )


def _inputs(*, has_known: bool) -> list[kit.Block]:
    return [
        kit.field_input(
            "source",
            "New source" if has_known else "Source",
            kit.text_input("source", placeholder="Kraken", max_length=60),
            hint="The exchange, wallet or bank account that the rows come from.",
            optional=has_known,
        ),
        kit.field_input(
            "kind",
            "What the file holds",
            kit.select(
                "kind",
                [
                    ("Transactions", FileKind.TRANSACTIONS.value),
                    (
                        "Opening lots: what you held before, and its cost",
                        FileKind.OPENING_LOTS.value,
                    ),
                ],
                chosen=FileKind.TRANSACTIONS.value,
            ),
        ),
        kit.field_input(
            "file",
            "CSV file",
            kit.file_input("file", filetypes=["csv"]),
            hint="Transactions: id, timestamp, type, from_account, to_account, sent_asset, "
            "sent_quantity, received_asset, received_quantity, fee_asset, fee_quantity, value, "
            "fee_value, cost_basis, category, counterparty, tx_hash, note. "
            "Opening lots: account, asset, quantity, cost, acquired_at.",
        ),
    ]


def source_of(known: str | None, typed: str | None) -> str:
    """Return the source that the form names: what was typed stands before what was chosen."""
    name = (typed or "").strip()
    return name or (known if known and known != _NEW else "")


def importing(filename: str) -> Drawn:
    """Return the answer while a file is being read."""
    return Drawn.of(
        "Importing.",
        kit.section(
            f":hourglass_flowing_sand: Importing *{kit.escape(filename)}*. The result comes as a "
            "direct message."
        ),
    )


def finished(imported: Imported) -> Said:
    """Return the result for the person who gave the file, with the rejected rows."""
    source = kit.escape(imported.source)
    icon = ":warning:" if imported.problems else ":white_check_mark:"
    blocks = [kit.section(f"{icon} *{source}*: {_counts(imported)}")]
    if imported.problems:
        shown = imported.problems[:SHOWN_PROBLEMS]
        more = len(imported.problems) - len(shown)
        rest = f"\n… and {more:,} more; mend these first." if more > 0 else ""
        blocks.append(kit.section(bullets(problem_line(p) for p in shown) + rest))
    if imported.outcome.stale_entries:
        blocks.append(
            kit.section(
                f":arrows_counterclockwise: "
                f"{count(imported.outcome.stale_entries, 'posted entry', 'posted entries')} no "
                "longer match the corrected rows: `/integral status` shows them."
            )
        )
    text = f"Imported {imported.source}: {_counts(imported)}"
    return Drawn.of(text, *blocks, next_step(_next(imported))).said()


def announced(imported: Imported) -> Said:
    """Return the result for the channel: counts only."""
    source = kit.escape(imported.source)
    return Drawn.of(
        f"Imported {imported.source}: {_counts(imported)}",
        kit.section(f":inbox_tray: *{source}*: {_counts(imported)}"),
        next_step(_next(imported)),
    ).said()


def _counts(imported: Imported) -> str:
    outcome = imported.outcome
    noun = "opening lots added" if imported.kind is FileKind.OPENING_LOTS else "added"
    rejected = f"{imported.rejected:,} rejected"
    if _came_to_nothing(imported):
        return f"nothing was imported, {rejected}" if imported.rejected else "nothing was imported"
    return (
        f"{outcome.added:,} {noun}, {outcome.unchanged:,} unchanged, "
        f"{outcome.corrected:,} corrected, {rejected}"
    )


def _came_to_nothing(imported: Imported) -> bool:
    return bool(imported.problems) and not imported.changed and not imported.outcome.unchanged


def _next(imported: Imported) -> str:
    if _came_to_nothing(imported):
        return "mend the file and import it again with `/integral import`."
    if imported.problems:
        return (
            "mend the rejected rows and import the same file again with `/integral import`; the "
            "other rows are in and are not counted twice."
        )
    return "`/integral map` shows whether every account has its place in the chart."


def problem_line(problem: Problem) -> str:
    """Return what is wrong with one field of one row, as a line of mrkdwn."""
    facts = dict(problem.facts)
    row = f"row {facts['row']}, " if "row" in facts else ""
    named = facts.get("field", problem.field_name)
    field = f"`{kit.escape(named)}` " if named else ""
    reason = facts.get("reason", problem.message)
    return kit.cut(f"{row}{field}{kit.escape(reason)}", 250)
