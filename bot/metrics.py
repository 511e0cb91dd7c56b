"""What ``GET /metrics`` shows: what this process counted, and what the database and engine hold.

Numbers and fixed names only. It must never hold an organisation, a person, an account or an
amount as a label. ``docs/runbook.md`` says what each one is for; alerts and dashboard use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from bot.erp.transport import ErpCall, log_call

Labels = TypeVar("Labels", bound=tuple[str, ...])


class Holdings:
    """What database and engine hold, the same whichever process is asked; set at each scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the gauges."""

        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"integral_{name}", words, labels, registry=registry)

        self._parts = gauge("part_up", "1 while what we need answers", "part")
        self._process = gauge("process_info", "This process", "version", "roles")
        self._deliveries = gauge("deliveries", "Deliveries by state", "state")
        self._delivery_ages = gauge(
            "delivery_oldest_seconds", "Age of the oldest entry in a state", "state"
        )
        self._connections = gauge("connections", "Companies by connection", "provider", "state")
        self._run_overdue = gauge("run_overdue_seconds", "How long the latest run is overdue")
        self._messages = gauge("messages_waiting", "Messages that Slack does not show yet")
        self._message_age = gauge("message_oldest_seconds", "Age of the oldest of them")
        self._queue = gauge("queue_depth", "The engine's unfinished work", "state")
        self._queue_age = gauge("queue_oldest_seconds", "Age of the oldest of it", "state")
        self._stuck = gauge("work_stuck", "Pieces of work that have not moved for half an hour")

    def process(self, *, version: str, roles: str) -> None:
        """Say which version and roles answer."""
        self._process.labels(version=version, roles=roles).set(1)

    def part(self, name: str, *, is_up: bool) -> None:
        """Show whether database, engine or Slack answers."""
        self._parts.labels(part=name).set(is_up)

    def entries(self, counts: Mapping[str, int], ages_s: Mapping[str, float]) -> None:
        """Show deliveries by state, and the age in seconds of the oldest in each."""
        _show(self._deliveries, {(state,): count for state, count in counts.items()})
        _show(self._delivery_ages, {(state,): age for state, age in ages_s.items()})

    def connections(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show confirmed companies by (provider, state of the connection)."""
        _show(self._connections, counts)

    def waiting(self, *, run_overdue_s: float, messages: int, message_age_s: float) -> None:
        """Show what should have gone on: runs, and messages to Slack."""
        self._run_overdue.set(run_overdue_s)
        self._messages.set(messages)
        self._message_age.set(message_age_s)

    def queue(self, depths: Mapping[str, int], ages_s: Mapping[str, float], *, stuck: int) -> None:
        """Show the engine's unfinished work by state, and the age in seconds of the oldest."""
        _show(self._queue, {(state,): depth for state, depth in depths.items()})
        _show(self._queue_age, {(state,): age for state, age in ages_s.items()})
        self._stuck.set(stuck)


class Metrics:
    """The counters of one process."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        """Start every counter at zero."""
        self._registry = CollectorRegistry()
        self._api_requests = Counter(
            "integral_api_requests",
            "Requests to the transactions API",
            ["status"],
            registry=self._registry,
        )
        self._api_rows = Counter(
            "integral_api_rows",
            "Rows given to the transactions API",
            ["result"],
            registry=self._registry,
        )
        self._erp_calls = Counter(
            "integral_erp_calls",
            "Requests to ERPs",
            ["operation", "result"],
            registry=self._registry,
        )
        self._erp_seconds = Histogram(
            "integral_erp_call_seconds",
            "Seconds an ERP took to answer",
            ["operation"],
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self._registry,
        )
        self._erp_limits = Gauge(
            "integral_erp_limit_remaining",
            "Calls that an ERP said are left, in its last answer",
            ["limit"],
            registry=self._registry,
        )
        self._slack_seconds = Histogram(
            "integral_slack_ack_seconds",
            "Seconds until Slack had its answer; it waits three",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3),
            registry=self._registry,
        )
        self._ticks = Counter(
            "integral_ticks",
            "Calls of the clock",
            ["tick", "result"],
            registry=self._registry,
        )
        self.holdings = Holdings(self._registry)

    def slack_ack(self, seconds: float) -> None:
        """Note how long Slack waited for an answer."""
        self._slack_seconds.observe(seconds)

    def ticked(self, tick: str, *, failed: bool) -> None:
        """Count one call of the clock."""
        self._ticks.labels(tick=tick, result="failed" if failed else "done").inc()

    def api_request(self, status: int) -> None:
        """Count a request to the transactions API by its answer."""
        self._api_requests.labels(status=str(status)).inc()

    def api_rows(self, result: str, count: int) -> None:
        """Count rows that were added, unchanged, corrected or rejected."""
        self._api_rows.labels(result=result).inc(count)

    def erp_call(self, call: ErpCall) -> None:
        """Count and log one request to an ERP."""
        result = str(call.status) if call.status is not None else "no answer"
        self._erp_calls.labels(operation=call.operation, result=result).inc()
        self._erp_seconds.labels(operation=call.operation).observe(call.seconds)
        for limit, left in call.limits.items():
            self._erp_limits.labels(limit=limit).set(left)
        log_call(call)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _show(gauge: Gauge, values: Mapping[Labels, float]) -> None:
    """Replace a gauge's values; what is no longer there is dropped."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
