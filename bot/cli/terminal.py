"""How every command speaks: JSON or a table on stdout, one sentence on stderr when it cannot.

Exit codes: 0 done, 1 refused or failed, 2 wrong use or settings. It must not print a secret that
it was not asked for, nor an error's own text when that may quote one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.erp.errors import ErpError
from bot.services.errors import Refusal
from ledger.periods import PeriodError
from ledger.problems import CATALOGUE
from ledger.settings import SettingsError as JournalSettingsError

FAILED = 1
WRONG_USE = 2
_PIPE_WIDTH = 240

Answer = TypeVar("Answer")

AS_JSON = typer.Option("--json", help="Print JSON instead of a table.")
ORGANISATION = typer.Option(
    "--org", help="The organisation's code or name; needed when there are several."
)
OPERATOR = typer.Option("--as", help="Your name, for the audit trail.")


class CommandError(Exception):
    """A command that cannot go on: one sentence with the remedy, and the exit code."""

    def __init__(self, sentence: str, *, code: int = FAILED) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.code = code


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a command's asynchronous part; what it refuses is said and ends the program."""
    with spoken():
        return asyncio.run(work)


@contextmanager
def spoken() -> Iterator[None]:
    """Turn expected errors into one sentence on stderr and an exit code."""
    try:
        yield
    except CommandError as error:
        fail(str(error), code=error.code)
    except Refusal as refusal:
        fail(f"{refusal.text}{_next_in_slack(refusal)}")
    except (PeriodError, JournalSettingsError) as error:
        fail(str(error), code=WRONG_USE)
    except ErpError as error:
        fail(f"{error.problem.message} {CATALOGUE[error.problem.code].remedy}")
    except KeyboardInterrupt:
        fail("Interrupted; what was stored stays stored.", code=130)


def fail(sentence: str, *, code: int = FAILED) -> NoReturn:
    """Say a sentence on stderr and end."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(sentence, style="red"))
    raise typer.Exit(code)


def show_json(value: object) -> None:
    """Print a value as JSON, for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def say(text: str, *, style: str = "") -> None:
    """Print a line for people; nothing in it is markup."""
    Console(soft_wrap=True, highlight=False).print(Text(text, style=style))


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()
) -> None:
    """Print a table for people; the columns in ``numbers`` are aligned to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        is_number = name in numbers
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # A pipe has no width of its own, and a cut-off cell is of no use to whoever reads it.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(width=width, highlight=False).print(table)


def _next_in_slack(refusal: Refusal) -> str:
    return f" Next: {refusal.next_step} (in Slack)." if refusal.next_step else ""
