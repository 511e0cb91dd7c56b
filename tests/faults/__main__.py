"""`python -m tests.faults`: seeded crashes and faults during pushes, and what they came to.

Prints one line for each failing run as it fails, and last one line of JSON. Exit code 1 unless
nothing was lost, duplicated or left unsettled.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from ledger.organisation import Provider
from tests.faults.databases import Databases
from tests.faults.erp_side import running_erp
from tests.faults.one_run import Done, Order, Runner
from tests.faults.plan import ERPS, is_real, seed_of
from tests.support import network, tools

_KEPT = Path(__file__).resolve().parents[2] / ".data" / "faults"
_ALL, _BOTH = "all", "both"
_KINDS = ("sqlite", "postgres")


def main(arguments: Sequence[str]) -> int:
    """Do the runs; return the exit code."""
    options = _read(arguments)
    network.block_outside()
    orders = list(_orders(options))
    done: list[Done] = []
    with ExitStack() as stack:
        runners = list(_runners(options, orders, stack))
        begun = time.monotonic()
        for each in _run_all(runners, orders):
            done.append(each)
            _report(each, options, words=f"{len(done)}/{len(orders)}")
    _summarise(done, seconds=time.monotonic() - begun)
    sys.stdout.write(json.dumps(_totals(done)) + "\n")
    return 0 if all(each.verdict.is_good for each in done) else 1


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.processes:
        if options.database == "sqlite":
            parser.error("--processes needs --database postgres: SQLite is served by one process")
        options.database = "postgres"
    if options.jobs is None:
        # Each run with real processes has several that work at the same time.
        options.jobs = 3 if options.processes else 6
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--erp", choices=[_ALL, *sorted(set(ERPS))], default=_ALL)
    parser.add_argument("--database", choices=[*_KINDS, _BOTH], default=_BOTH)
    parser.add_argument(
        "--processes", type=int, default=0, help="real processes of each run, on Postgres"
    )
    parser.add_argument("--only", type=int, nargs="+", metavar="SEED", help="seeds of single runs")
    parser.add_argument("--jobs", type=int, help="runs at the same time")
    parser.add_argument("--keep", type=Path, default=_KEPT, help="where failing runs are kept")
    return parser


def _orders(options: argparse.Namespace) -> Iterator[Order]:
    """Yield all runs, those with real processes first: they take the longest."""
    seeds = [seed_of(options.seed, run) for run in range(options.runs)]
    if options.only is not None:
        seeds = options.only
    erp = None if options.erp == _ALL else Provider(options.erp)
    kinds = _kinds(options.database)
    for seed in sorted(seeds, key=lambda each: not is_real(each)):
        # Every other of the real ones too, which are every tenth.
        kind = kinds[(seed + seed // 10) % len(kinds)]
        yield Order(seed=seed, database=kind, erp=erp, processes=options.processes)


def _kinds(wanted: str) -> Sequence[str]:
    if wanted != _BOTH:
        return [wanted]
    if tools.postgres_programs() is not None or os.environ.get("REQUIRE_ALL"):
        return _KINDS
    sys.stderr.write(f"On SQLite alone: {tools.NO_POSTGRES}.\n")
    return _KINDS[:1]


def _runners(
    options: argparse.Namespace, orders: Sequence[Order], stack: ExitStack
) -> Iterator[Runner]:
    """Yield what does the runs, one for each that is under way at the same time."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="integral-faults-")))
    shared: dict[str, Databases] = {}
    if not options.processes:
        shared = {kind: Databases.open(kind, folder) for kind in {o.database for o in orders}}
    for job in range(min(options.jobs, len(orders))):
        yield Runner(
            # Of its own, so that a fault befalls one run alone; and a server that is restarted.
            erp=stack.enter_context(running_erp()),
            databases=shared or {"postgres": Databases.open_own(folder, str(job))},
            folder=folder,
            kept=options.keep,
        )


def _run_all(runners: Sequence[Runner], orders: Sequence[Order]) -> Iterator[Done]:
    """Do the runs in forked processes, one for each runner, and yield each as it ends."""
    # Forked, so that a run's lives, which are forked from these in turn, cost milliseconds.
    forking = get_context("fork")
    free = forking.SimpleQueue()
    for runner in runners:
        free.put(runner)
    with forking.Pool(len(runners), _begin, (free,)) as pool:
        yield from pool.imap_unordered(_do, orders)


def _begin(free: "SimpleQueue[Runner]") -> None:
    global _runner  # noqa: PLW0603 - how a pool's workers keep what they were begun with
    _runner = free.get()


_runner: Runner


def _do(order: Order) -> Done:
    return _runner.run(order)


def _report(done: Done, options: argparse.Namespace, *, words: str) -> None:
    if done.verdict.is_good:
        sys.stderr.write(f"\r{words} runs")
    else:
        seed, findings = done.order.seed, "; ".join(done.verdict.findings[:3])
        sys.stderr.write(f"\rrun {seed} ({done.erp.label}) failed: {findings}\n")
        sys.stderr.write(f"  again: {done.order.again}\n  kept: {options.keep}/run-{seed}\n")
    sys.stderr.flush()


def _summarise(done: Sequence[Done], *, seconds: float) -> None:
    torn = sum(each.verdict.torn > 0 for each in done)
    longest = max(done, key=lambda each: each.seconds)
    kinds = Counter(f"{each.erp.label} on {each.order.database}" for each in done)
    sys.stderr.write(
        f"\r{len(done)} runs in {seconds:.0f} s, {torn} of them torn down; the longest was"
        f" {longest.order.seed} with {longest.seconds:.1f} s\n"
    )
    sys.stderr.write(", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())) + "\n")


def _totals(done: Sequence[Done]) -> dict[str, int]:
    verdicts = [each.verdict for each in done]
    return {
        "runs": len(verdicts),
        "entries": sum(verdict.entries for verdict in verdicts),
        "lost": sum(verdict.lost for verdict in verdicts),
        "duplicated": sum(verdict.duplicated for verdict in verdicts),
        "unsettled": sum(verdict.unsettled for verdict in verdicts),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
