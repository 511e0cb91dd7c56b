"""Rules of every test run: loopback only, the same examples in CI, and honest skips.

A test that needs PostgreSQL or Chromium skips where they are missing; with REQUIRE_ALL=1 every
skip is a failure, so a green run of CI means that everything ran.
"""

import gc
import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import network, tools
from tests.support.postgres import PostgresServer, shared_server

network.block_outside()

# What is imported and collected stays to the end: looking through it for garbage is two fifths of
# the time that collecting takes, in every worker.
gc.disable()

# httpcore looks for it at every request; where it is missing, the disk need not be searched again.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

# A slow machine is not a fault of the code; CI draws the same examples each time.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_xdist_auto_num_workers() -> int:
    """Three workers a core for `-n auto`: long tests mostly wait, for processes and for limits."""
    return 3 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Collect garbage from here on, but leave alone what was there before the first test."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run; in parallel, begin with the long ones."""
    _skip_what_cannot_run(items)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = _long_ones_first(items)


def _long_ones_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Put those marked `long` first, the longest of all before the others, none behind another.

    A worker is given two tests at the start, so a short one stands between two long ones.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    long.sort(key=_seconds, reverse=True)
    pairs = [item for pair in zip(long, short, strict=False) for item in pair]
    return pairs + long[len(short) :] + short[len(long) :]


def _seconds(item: pytest.Item) -> int:
    marker = item.get_closest_marker("long")
    return int(marker.args[0]) if marker else 0


def _skip_what_cannot_run(items: list[pytest.Item]) -> None:
    """Mark what needs a program that is missing, by marker or by the fixture that needs it."""
    missing: list[tuple[str, str, str]] = []
    if tools.postgres_programs() is None:
        missing.append(("postgres", "postgres_server", tools.NO_POSTGRES))
    if tools.chromium() is None:
        missing.append(("browser", "chromium", tools.NO_CHROMIUM))
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for marker, fixture, reason in missing:
            if item.get_closest_marker(marker) or fixture in fixtures:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL=1, fail a test that was skipped for whatever reason."""
    report = yield
    if report.skipped and os.environ.get("REQUIRE_ALL") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped under REQUIRE_ALL=1: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason how many tests were skipped."""
    skipped = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    for reason, count in skipped.items():
        terminalreporter.write_line(f"{count} tests skipped: {reason}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    """The last part of a skip's location, line and words."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return words.removeprefix("Skipped: ")


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The run's throwaway PostgreSQL server."""
    return shared_server()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program, for Playwright's `executable_path`."""
    found = tools.chromium()
    assert found, tools.NO_CHROMIUM
    return found
