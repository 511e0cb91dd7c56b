"""`python -m tests.faults`: seeded crashes and faults during pushes, and what they came to.

Prints one line for each failing run as it fails, and last one line of JSON. Exit code 1 unless
nothing was lost, duplicated or left unsettled.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from tests.faults.databases import Databases
from tests.faults.erp_side import running_erp
from tests.faults.one_run import Runner
from tests.faults.plan import REAL_EVERY, seed_of
from tests.faults.verdict import Verdict
from tests.support import network

_KEPT = Path(__file__).resolve().parents[2] / ".data" / "faults"


def main(arguments: Sequence[str]) -> int:
    """Do the runs; return the exit code."""
    options = _parser().parse_args(arguments)
    network.block_outside()
    seeds = [options.only] if options.only is not None else _seeds(options.runs, options.seed)
    verdicts = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="integral-faults-")))
        runner = Runner(
            erp=stack.enter_context(running_erp()),
            databases=Databases.open(options.database, folder),
            folder=folder,
            kept=options.keep,
        )
        begun = time.monotonic()
        for verdict in _run_all(runner, seeds, options.jobs):
            verdicts.append(verdict)
            _report(verdict, options, done=f"{len(verdicts)}/{len(seeds)}")
    _summarise(verdicts, seconds=time.monotonic() - begun)
    sys.stdout.write(json.dumps(_totals(verdicts)) + "\n")
    return 0 if all(verdict.is_good for verdict in verdicts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--erp", choices=["quickbooks"], default="quickbooks")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--only", type=int, metavar="SEED", help="the seed of one run")
    parser.add_argument("--jobs", type=int, default=4, help="runs at the same time")
    parser.add_argument("--keep", type=Path, default=_KEPT, help="where failing runs are kept")
    return parser


def _seeds(runs: int, seed: int) -> list[int]:
    """Return the seeds of all runs, those with real processes first: they mostly wait."""
    seeds = [seed_of(seed, run) for run in range(runs)]
    return sorted(seeds, key=lambda each: each % REAL_EVERY != 0)


def _run_all(runner: Runner, seeds: Sequence[int], jobs: int) -> Iterator[Verdict]:
    # Forked, so that a run's lives, which are forked from these in turn, cost milliseconds.
    with get_context("fork").Pool(min(jobs, len(seeds))) as pool:
        yield from pool.imap_unordered(runner.run, seeds)


def _report(verdict: Verdict, options: argparse.Namespace, *, done: str) -> None:
    if verdict.is_good:
        sys.stderr.write(f"\r{done} runs")
    else:
        again = f"python -m tests.faults --only {verdict.seed} --database {options.database}"
        sys.stderr.write(f"\rrun {verdict.seed} failed: {'; '.join(verdict.findings[:3])}\n")
        sys.stderr.write(f"  again: {again}\n  kept: {options.keep}/run-{verdict.seed}\n")
    sys.stderr.flush()


def _summarise(verdicts: Sequence[Verdict], *, seconds: float) -> None:
    torn = sum(verdict.torn > 0 for verdict in verdicts)
    longest = max(verdicts, key=lambda verdict: verdict.seconds)
    sys.stderr.write(
        f"\r{len(verdicts)} runs in {seconds:.0f} s, {torn} of them torn down; the longest was"
        f" {longest.seed} with {longest.seconds:.1f} s\n"
    )


def _totals(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {
        "runs": len(verdicts),
        "entries": sum(verdict.entries for verdict in verdicts),
        "lost": sum(verdict.lost for verdict in verdicts),
        "duplicated": sum(verdict.duplicated for verdict in verdicts),
        "unsettled": sum(verdict.unsettled for verdict in verdicts),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
