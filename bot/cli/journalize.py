"""`integral journalize`: a file in, its journal entries out. No database, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.loading import loaded
from bot.cli.terminal import AS_JSON, WRONG_USE, CommandError, say, show_json, show_table, spoken
from bot.clock import SystemClock
from ledger.standalone import journalize_file

DEFAULTS = {"base_currency": "USD", "time_zone": "UTC"}


def journalize(
    file: Annotated[Path, typer.Argument(help="Transactions as CSV or JSON lines.")],
    *,
    settings: Annotated[
        Path | None, typer.Option(help="JSON with how entries are made; see docs/cli.md.")
    ] = None,
    opening_lots: Annotated[
        Path | None, typer.Option("--opening-lots", help="CSV of what was held before.")
    ] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Turn a file of transactions into balanced journal entries, without an ERP."""
    loaded()
    with spoken():
        found = journalize_file(
            _read(file),
            settings={**DEFAULTS, **_settings(settings)},
            today=SystemClock().now().date(),
            opening_lots=_read(opening_lots) if opening_lots else None,
        )
        if as_json:
            show_json(found)
        else:
            _show(found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise CommandError(f"{path}: {reason}.", code=WRONG_USE) from None


def _settings(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        content = json.loads(_read(path))
    except ValueError:
        raise CommandError(f"{path} is no JSON; see docs/cli.md.", code=WRONG_USE) from None
    if not isinstance(content, dict):
        raise CommandError(f"{path} must hold one JSON object.", code=WRONG_USE)
    return content


def _show(found: Mapping[str, object]) -> None:
    entries, problems = _rows(found["entries"]), _rows(found["problems"])
    rows = [row for entry in entries for row in _entry_rows(entry)]
    show_table(("Date", "Memo", "Account", "Debit", "Credit"), rows, numbers=("Debit", "Credit"))
    made = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    found_wrong = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    say(f"\n{made}, {found_wrong}")
    for problem in problems:
        say(str(problem["message"]), style="yellow")


def _entry_rows(entry: Mapping[str, object]) -> list[tuple[str, str, str, str, str]]:
    rows = []
    for place, posting in enumerate(_rows(entry["postings"])):
        amount = str(posting["amount"])
        is_debit = posting["side"] == "debit"
        rows.append(
            (
                str(entry["date"]) if place == 0 else "",
                str(entry["memo"]) if place == 0 else "",
                str(posting["account"]),
                amount if is_debit else "",
                "" if is_debit else amount,
            )
        )
    return rows


def _rows(value: object) -> list[Mapping[str, object]]:
    return list(value) if isinstance(value, list) else []
