"""Product code takes the time from a clock it is given; one module reads the machine's."""

import ast
from pathlib import Path

import pytest

from tests.support import sources

# `time.monotonic` and `perf_counter` measure durations and are not the time of day.
MACHINE_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
CLOCK_READERS = {"bot/wiring.py", "bot/clock.py"}


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sources.modules(*sources.PRODUCT)
        if sources.name_of(path) not in CLOCK_READERS
    ],
    ids=sources.name_of,
)
def test_no_module_reads_the_machines_clock(path: Path) -> None:
    reads = [
        f"{name} (line {node.lineno})"
        for node in ast.walk(sources.parsed(path))
        if isinstance(node, ast.Attribute)
        and ".".join((name := _dotted(node)).split(".")[-2:]) in MACHINE_CLOCKS
    ]
    assert not reads
