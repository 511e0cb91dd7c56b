"""`python -m sandbox demo`: the local Slack and ERPs, and the bot beside them.

Runs until interrupted and keeps its data, or with `--once` has people do the main job in Slack and
prints a verdict. It builds nothing itself and never leaves a process running.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox import month_end, sample_data, sample_month
from sandbox.demo_erps import ERPS, EVERY, DemoErp, LocalErp, Plan
from sandbox.hosting import PortBusyError, free_port, hosted, take_port
from sandbox.journey import Journey
from sandbox.office import JourneyError
from sandbox.once import Once, OnceError, run_once
from sandbox.processes import Bot, BotError, Place

DATA_DIR = Path(".data/demo")
_INTERRUPTED = 130
_LOOK_EVERY_S = 0.5

_people = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `demo` takes."""
    parser.add_argument("--once", action="store_true", help="do the main job once and end")
    parser.add_argument(
        "--month-end",
        action="store_true",
        help="do a scheduled month end once, over a moved clock, and end",
    )
    parser.add_argument(
        "--json", action="store_true", help="with --once or --month-end: print the verdict as JSON"
    )
    parser.add_argument("--reset", action="store_true", help="forget the demo's data and end")
    parser.add_argument("--port", type=int, default=8000, help="of the page (8000)")
    parser.add_argument("--bot-port", type=int, default=3000, help="of the bot (3000)")
    parser.add_argument("--data-dir", type=Path, default=DATA_DIR, help="where data is kept")
    parser.add_argument(
        "--days",
        type=int,
        choices=range(sample_month.FEWEST, sample_month.WHOLE + 1),
        default=sample_month.WHOLE,
        metavar="DAYS",
        help="with --once: only the month's first days, 7 or more",
    )
    parser.add_argument("--erp", type=_erp, default="quickbooks", help=", ".join(EVERY))


def demo(given: argparse.Namespace) -> int:
    """Run the demo and return the exit code."""
    # A stop asked for by a program ends everything in the same order as Ctrl-C.
    signal.signal(signal.SIGTERM, _as_interrupt)
    # Also where a shell started it in the background, with interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if given.reset:
            return _reset(given.data_dir)
        return _once(given) if given.once or given.month_end else _serve(given)
    except PortBusyError as error:
        option = "--bot-port" if error.port == given.bot_port else "--port"
        return _fail(
            f"{error}. Stop what uses it, or choose another: integral demo {option} "
            f"{error.port + 1}"
        )
    except (BotError, JourneyError, OnceError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED


def _serve(given: argparse.Namespace) -> int:
    stopping = threading.Event()
    folder: Path = given.data_dir
    with _alone(folder):
        listener, bot_port = take_port(given.port), free_port(given.bot_port)
        bot_url = f"http://127.0.0.1:{bot_port}"
        is_new = not (folder / "sandbox").exists()
        with hosted(listener, bot_url=bot_url, data_dir=folder / "sandbox") as address:
            _people.print(f"The page is at [bold]{address}[/]; starting the bot…")
            for erp in ERPS.values():
                seed_books(address, erp)
            files = sample_month.write_files(folder / "samples")
            bot = Bot(Place(sandbox=address, bot_port=bot_port, folder=folder))
            with bot.serving() as process:
                code = str(bot.asks("owner-code")["code"])
                steps = _steps(_connecting(given.erp, address), code, files=list(files.values()))
                _say_what_next(bot.place, steps, is_new=is_new)
                _until_interrupted(stopping, process)
                if process.poll() is not None:
                    raise BotError(f"The bot ended by itself. Its log ends:\n{bot.tail()}")
    _people.print("Stopped. Your data is kept; `make demo` goes on with it.")
    return 0


def _once(given: argparse.Namespace) -> int:
    journey = month_end.MonthEnd if given.month_end else Journey
    if given.month_end and given.days < month_end.FEWEST:
        return _fail(f"--month-end takes {month_end.FEWEST} days or more.")
    with tempfile.TemporaryDirectory(prefix="integral-demo-") as name:
        folder = Path(name)
        listener, bot_port = take_port(0), free_port(0)
        bot_url = f"http://127.0.0.1:{bot_port}"
        with hosted(listener, bot_url=bot_url, data_dir=folder / "sandbox") as address:
            if given.month_end:
                travel(address, month_end.SET_UP_AT)
            if isinstance(given.erp, LocalErp):
                seed_books(address, given.erp)
            bot = Bot(Place(sandbox=address, bot_port=bot_port, folder=folder))
            try:
                with bot.serving():
                    plan = Plan(given.erp, given.days)
                    found = run_once(bot, plan=plan, tell=_tell, journey=journey)
            except JourneyError as error:
                raise JourneyError(f"{error}\nThe bot's log ends:\n{bot.tail()}") from error
    _show(found, as_json=given.json, erp=given.erp.name)
    for complaint in found.complaints:
        _errors.print(f"[red]{escape(complaint)}[/]")
    return 1 if found.complaints else 0


def travel(address: str, moment: datetime) -> None:
    """Put the sandbox's clock at a moment."""
    there = {"travel_to": moment.isoformat()}
    httpx.post(f"{address}/control/clock", json=there, trust_env=False).raise_for_status()


def seed_books(address: str, erp: LocalErp) -> None:
    """Type the look-alike into an ERP, as somebody did before the demo; once."""
    with httpx.Client(base_url=f"{address}/control/{erp.control}", trust_env=False) as books:
        if books.get("/journals").json()["journals"]:
            return
        if erp.settings:
            books.post("/settings", json=erp.settings).raise_for_status()
        accounts = {one["name"]: one["id"] for one in books.get("/accounts").json()["accounts"]}
        books.post("/journals", json=erp.look_alike(accounts)).raise_for_status()


def _erp(name: str) -> DemoErp:
    """Read `--erp`."""
    if name not in EVERY:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(EVERY)}")
    return EVERY[name]


def _reset(folder: Path) -> int:
    if folder.exists():
        with _alone(folder):
            shutil.rmtree(folder)
    _people.print("The demo's data is forgotten. Next: make demo")
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a folder to this process for a block.

    Raises:
        BotError: another demo uses it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BotError(
                f"A demo runs on {folder} already; stop it first (Ctrl-C), or name another "
                "--data-dir."
            ) from error
        yield


def _until_interrupted(stopping: threading.Event, process: subprocess.Popen[bytes]) -> None:
    try:
        while process.poll() is None:
            stopping.wait(_LOOK_EVERY_S)
    except KeyboardInterrupt:
        _people.print("\nStopping…")


def _say_what_next(place: Place, typed: list[tuple[str, ...]], *, is_new: bool) -> None:
    _people.print(f"\n[bold green]Running.[/] Open [bold]{place.sandbox}[/] in a browser.")
    _people.print("Slack, the ERPs and the bot are all on this machine; nothing leaves it.")
    _people.print("Ada Okafor is the controller, Ben Castellan the bookkeeper: switch top left.\n")
    if not is_new:
        _people.print("Your data from before is here: `/integral status` says where you stand.")
        _people.print("If nobody has begun yet, begin with step 1.\n")
    steps = Table(box=None, show_header=False, pad_edge=False)
    for number, (who, *lines) in enumerate(typed, start=1):
        steps.add_row(f"{number}", f"[bold]{who}[/]", "\n".join(lines))
    _people.print("[bold]Type next, in #finance:[/]")
    _people.print(steps)
    _people.print(f"\nThe bot's log: {place.log}. Ctrl-C stops everything and keeps the data.")


def _connecting(erp: DemoErp, address: str) -> str:
    """What follows on the command that connects an ERP."""
    how = {
        "xero": ", choose Harbor Street Labs",
        "netsuite": f" with the five values of {address}/netsuite/setup",
    }
    line = f"[cyan]/integral connect {erp.name}[/]{how.get(erp.name, '')}"
    return f"{line}, go live on {sample_data.GO_LIVE}"


def _steps(connecting: str, code: str, *, files: list[Path]) -> list[tuple[str, ...]]:
    lots, rows, late = (path.resolve() for path in files)
    return [
        ("Ada", f"[cyan]/integral start {code}[/]  (time zone America/New_York)"),
        (
            "Ada",
            "[cyan]/integral roles grant @ben admin[/]",
            "[cyan]/integral roles grant @ben preparer[/]",
            "[cyan]/integral roles grant @ada approver[/]",
        ),
        ("Ada", connecting),
        ("Ben", "[cyan]/integral import[/], opening lots:", escape(str(lots))),
        ("Ben", "[cyan]/integral import[/], transactions:", escape(str(rows))),
        (
            "Ben",
            "[cyan]/integral settings[/], [cyan]/integral map[/], [cyan]/integral unmapped[/],",
            "[cyan]/integral resume[/]",
        ),
        ("Ben", "[cyan]/integral preview 2026-01[/], [cyan]/integral sync 2026-01[/]"),
        ("Ada", "press Approve, then [cyan]/integral verify 2026-01[/]"),
        ("Ben", "[cyan]/integral import[/], transactions, then sync again:", escape(str(late))),
    ]


def _show(found: Once, *, as_json: bool, erp: str) -> None:
    answer = {"erp": erp, **found.figures()}
    if as_json:
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    for name, figure in answer.items():
        _people.print(f"{name.replace('_', ' '):16} {figure}")


def _tell(what: str) -> None:
    _errors.print(f"[green]✓[/] {escape(what)}")


def _fail(sentence: str) -> int:
    _errors.print(f"[red]{escape(sentence)}[/]")
    return 1


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    # Not a second signal: a shell starts background programs with interrupts ignored.
    raise KeyboardInterrupt
