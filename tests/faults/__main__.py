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
from tests.faults.erp_side import ErpSide, running_erp
from tests.faults.one_run import Done, Order, Runner
from tests.faults.plan import ERPS, is_real, seed_of
from tests.support import network, tools

_KEPT = Path(__file__).resolve().parents[2] / ".data" / "faults"
_ALL, _BOTH = "all", "both"
_KINDS = ("sqlite", "postgres")


def main(arguments: Sequence[str]) -> int:
    """Do the runs; return the exit code."""
    options = _parser().parse_args(arguments)
    network.block_outside()
    orders = list(_orders(options))
    jobs = min(options.jobs, len(orders))
    done: list[Done] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="integral-faults-")))
        runner = _Workers(
            databases={kind: Databases.open(kind, folder) for kind in {o.database for o in orders}},
            folder=folder,
            kept=options.keep,
            # Each has ERPs of its own, so that a fault befalls one run alone.
            erps=[stack.enter_context(running_erp()) for _ in range(jobs)],
        )
        begun = time.monotonic()
        for each in runner.run_all(orders):
            done.append(each)
            _report(each, options, words=f"{len(done)}/{len(orders)}")
    _summarise(done, seconds=time.monotonic() - begun)
    sys.stdout.write(json.dumps(_totals(done)) + "\n")
    return 0 if all(each.verdict.is_good for each in done) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--erp", choices=[_ALL, *sorted(set(ERPS))], default=_ALL)
    parser.add_argument("--database", choices=[*_KINDS, _BOTH], default=_BOTH)
    parser.add_argument("--only", type=int, nargs="+", metavar="SEED", help="seeds of single runs")
    parser.add_argument("--jobs", type=int, default=6, help="runs at the same time")
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
        yield Order(seed=seed, database=kinds[(seed + seed // 10) % len(kinds)], erp=erp)


def _kinds(wanted: str) -> Sequence[str]:
    if wanted != _BOTH:
        return [wanted]
    if tools.postgres_programs() is not None or os.environ.get("REQUIRE_ALL"):
        return _KINDS
    sys.stderr.write(f"On SQLite alone: {tools.NO_POSTGRES}.\n")
    return _KINDS[:1]


class _Workers:
    """Forked processes that do runs, each with local ERPs of its own."""

    def __init__(
        self,
        *,
        databases: dict[str, Databases],
        folder: Path,
        kept: Path,
        erps: Sequence[ErpSide],
    ) -> None:
        self._databases, self._folder, self._kept, self._erps = databases, folder, kept, erps

    def run_all(self, orders: Sequence[Order]) -> Iterator[Done]:
        """Do the runs, and yield each as it ends."""
        # Forked, so that a run's lives, which are forked from these in turn, cost milliseconds.
        forking = get_context("fork")
        free = forking.SimpleQueue()
        for erp in self._erps:
            free.put(erp)
        with forking.Pool(len(self._erps), self._begin, (free,)) as pool:
            yield from pool.imap_unordered(_do, orders)

    def _begin(self, free: "SimpleQueue[ErpSide]") -> None:
        global _runner  # noqa: PLW0603 - how a pool's workers keep what they were begun with
        _runner = Runner(
            erp=free.get(), databases=self._databases, folder=self._folder, kept=self._kept
        )


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
